/** `npm run --silent steady -- <command>`: the operator's command line. Nothing but the command's own output is on stdout. */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

const args = process.argv.slice(2);

await main(async () => {
  await setUp(['dependencies', 'gpu', 'native', ...(args[0] === 'serve' ? ['page'] : [])]);
  return runInForeground(currentNode(), [join(ROOT, 'electron', 'cli.ts'), ...args]);
});
