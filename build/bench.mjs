/** `npm run bench`: speed with steering, with the hook idle and of plain node-llama-cpp; app start; store. Arguments are passed on. */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

await main(async () => {
  await setUp(['dependencies', 'gpu', 'native', 'page', 'model']);
  return runInForeground(currentNode(), [join(ROOT, 'test', 'bench', 'main.ts'), ...process.argv.slice(2)]);
});
