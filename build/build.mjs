/** `npm run build`: the steering addon, the page and the app's bundles. */
import { main, setUp } from './setup/index.mjs';

await main(async () => {
  await setUp(['dependencies', 'native', 'page', 'app']);
  process.stderr.write('Built: dist/renderer (the page), dist/app (the app).\n');
});
