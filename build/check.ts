/** `npm run check`: types, lint, format, the links of the pages, which part may import which, and what nothing uses. With `--fix`, mends what can be mended. */
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { childEnv, ROOT } from './setup/context.mjs';

const fix = process.argv.includes('--fix');
const tool = (...path: string[]) => join(ROOT, 'node_modules', ...path);
const config = (name: string) => join(ROOT, 'build', 'config', name);
const CODE = ['electron', 'steering', 'models', 'renderer', 'build', 'test'];

/** A check's name, and what Node is called with. */
const CHECKS: [name: string, args: string[]][] = [
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
  ['workflows', [join(ROOT, 'build', 'lint-workflows.ts')]],
  ['licences', [join(ROOT, 'build', 'licences.ts'), '--check']],
  ['dead code', [tool('knip', 'bin', 'knip.js'), '--config', config('knip.ts'), '--no-progress']],
  ['imports', [tool('dependency-cruiser', 'bin', 'dependency-cruiser.mjs'), '--config', config('dependency-cruiser.mjs'), ...CODE]],
];

/** Runs a check; answers whether it failed and what it said: then its faults, else why it did not look. */
function run(args: string[]): Promise<{ failed: boolean; said: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env: childEnv(), maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const said = stripVTControlCharacters(`${stdout}${stderr}`).trim();
      if (error !== null) return resolve({ failed: true, said: said || error.message });
      resolve({ failed: false, said: /^Left out: .*/.exec(said)?.[0] ?? '' });
    });
  });
}

const queue = [...CHECKS];
let failed = 0;
async function work(): Promise<void> {
  for (let check = queue.shift(); check !== undefined; check = queue.shift()) {
    const [name, args] = check;
    const startedAt = Date.now();
    const result = await run(args);
    if (result.failed) failed++;
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stdout.write(`${name}: ${result.failed ? `failed\n${result.said}` : result.said || `ok (${seconds} s)`}\n`);
  }
}
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
process.exitCode = failed === 0 ? 0 : 1;
