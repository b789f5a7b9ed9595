/** A process that serves the small app in the foreground, as the entry does with the real one. */
import { runServe } from '../../../electron/served/index.ts';
import { createSmallApp } from './small-app.ts';

const [pageDir = ''] = process.argv.slice(2);
await runServe({
  dataDir: '/nonexistent',
  pageDir,
  open: true,
  startApp: async () => {
    const app = createSmallApp();
    return Object.assign(app, { close: async () => void process.stderr.write('app closed\n') });
  },
});
process.exit(0);
