/** `npm run package`: an unpacked application folder, by electron-builder. Arguments are passed on. */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

await main(async () => {
  await setUp(['dependencies', 'page', 'app']);
  return runInForeground(currentNode(), [join(ROOT, 'build', 'package.ts'), ...process.argv.slice(2)]);
});
