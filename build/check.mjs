/** `npm run check`: types, lint, format, the links of the pages, and which part may import which. With `--fix`, mends what can be mended. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { currentNode, ROOT, SetupError } from './setup/context.mjs';
import { run } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

const fix = process.argv.includes('--fix');
const tool = (...path) => join(ROOT, 'node_modules', ...path);
const config = (name) => join(ROOT, 'build', 'config', name);
const CODE = ['electron', 'steering', 'models', 'renderer', 'build', 'test'];

const CHECKS = [
  ['types', [tool('typescript', 'bin', 'tsc'), '-p', ROOT]],
  ['types of the browser tests', [tool('typescript', 'bin', 'tsc'), '-p', join(ROOT, 'test', 'e2e')]],
  ["types of the page's tests", [tool('typescript', 'bin', 'tsc'), '-p', join(ROOT, 'test', 'unit', 'renderer')]],
  [
    'types of the page',
    [tool('svelte-check', 'bin', 'svelte-check'), '--tsconfig', join(ROOT, 'renderer', 'tsconfig.json'), '--fail-on-warnings'],
  ],
  [
    'lint',
    [tool('eslint', 'bin', 'eslint.js'), '--config', config('eslint.mjs'), '--max-warnings', '0', ...(fix ? ['--fix'] : []), ...CODE],
  ],
  [
    'format',
    [
      tool('prettier', 'bin', 'prettier.cjs'),
      '--ignore-path',
      config('prettierignore'),
      '--log-level',
      'warn',
      fix ? '--write' : '--check',
      '.',
    ],
  ],
  [
    'links of the pages',
    [
      tool('remark-cli', 'cli.js'),
      '--no-config',
      '--rc-path',
      config('remark.mjs'),
      '--ignore-path',
      config('remarkignore'),
      '--ignore-path-resolve-from',
      'cwd',
      '--frail',
      '--quiet',
      '--no-stdout',
      ROOT,
    ],
  ],
  ['imports', [tool('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'), '--config', config('dependency-cruiser.mjs'), ...CODE]],
];

await main(async () => {
  await setUp(['dependencies']);
  const queue = [...CHECKS];
  let failed = 0;
  const worker = async () => {
    for (let check = queue.shift(); check; check = queue.shift()) {
      const [name, args] = check;
      const startedAt = Date.now();
      try {
        await run(currentNode(), args, { failure: `${name}: failed`, keep: 20_000 });
        process.stdout.write(`${name}: ok (${Math.round((Date.now() - startedAt) / 1000)} s)\n`);
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        failed++;
        process.stdout.write(`${error.message}\n${error.hint}\n`);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return failed === 0 ? 0 : 1;
});
