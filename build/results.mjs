/** `npm run results -- --sets DIR`: measures the shipped profiles on prompt sets and writes the tables of docs/research/results.md anew. */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

await main(async () => {
  await setUp(['dependencies', 'gpu', 'native', 'model']);
  return runInForeground(currentNode(), [join(ROOT, 'build', 'results', 'main.ts'), ...process.argv.slice(2)]);
});
