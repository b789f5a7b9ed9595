/** `npm run bench`: speed with steering, with the hook off, and of plain node-llama-cpp. Arguments are passed on. */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

await main(async () => {
  await setUp(['dependencies', 'gpu', 'native', 'model']);
  return runInForeground(currentNode(), [join(ROOT, 'test', 'bench', 'index.ts'), ...process.argv.slice(2)]);
});
