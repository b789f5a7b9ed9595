/**
 * `npm run dev`: the app, served, with the page coming from Vite's development server, which reloads it as it changes.
 * Arguments go to the app (`--data-dir DIR`). The page's address here needs no token: it is for development only.
 */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';

await main(async () => {
  await setUp(['dependencies', 'gpu', 'native', 'page', 'firstModel']);
  return runInForeground(currentNode(), [join(ROOT, 'build', 'dev-server.mjs'), ...process.argv.slice(2)]);
});
