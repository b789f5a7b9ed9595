/**
 * `node build/task.mjs NAME [ARGUMENT]…`: makes ready what a task needs, then runs it on Steady's own Node. Plain JavaScript,
 * for any Node from 18 on: it runs before anything is installed.
 */
import { join } from 'node:path';
import { currentNode, ROOT, SetupError } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

/** What must be there (steps of build/setup) and what runs then, with which arguments before those that are passed on. */
const TASKS = {
  build: { needs: ['dependencies', 'native', 'page', 'app'] },
  'build:native': { needs: ['dependencies'], runs: 'build/native.ts' },
  check: { needs: ['dependencies'], runs: 'build/check.ts' },
  dev: { needs: ['dependencies', 'gpu', 'native', 'page', 'firstModel'], runs: 'build/dev-server.ts' },
  licences: { needs: ['dependencies'], runs: 'build/licences.ts' },
  package: { needs: ['dependencies', 'page', 'app'], runs: 'build/package.ts' },
  'calibrate:shipped': { needs: ['dependencies', 'gpu', 'native'], runs: 'build/calibrate-shipped.ts' },
  bench: { needs: ['dependencies', 'gpu', 'native', 'page', 'model'], runs: 'test/bench/main.ts' },
  results: { needs: ['dependencies', 'gpu', 'native', 'model'], runs: 'test/trials/results/main.ts' },
  trials: { needs: ['dependencies', 'gpu', 'native', 'page', 'model', 'chromium'], runs: 'test/trials/main.ts' },
  'test:wine': { needs: ['dependencies', 'native', 'model', 'testModel'], runs: 'test/machines/main.ts', first: ['wine'] },
  'synthetic-gguf': { needs: ['dependencies'], runs: 'test/synthetic-gguf/main.ts' },
};

await main(async () => {
  const [name = '', ...args] = process.argv.slice(2);
  if (!Object.hasOwn(TASKS, name))
    throw new SetupError(`There is no task called "${name}".`, `There are: ${Object.keys(TASKS).join(', ')}.`);
  const { needs, runs, first = [] } = TASKS[name];
  await setUp(needs);
  if (runs) return runInForeground(currentNode(), [join(ROOT, runs), ...first, ...args]);
  process.stderr.write('Built: dist/renderer (the page), dist/app (the app).\n');
  return 0;
});
