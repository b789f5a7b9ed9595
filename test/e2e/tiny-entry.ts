/**
 * The served app as `electron/serve.ts` starts it, but that profiles are not tried before they are believed: under a model
 * with random weights none refuses anything.
 */
import { parseArgs } from 'node:util';
import { startApp } from '../../electron/app.ts';
import { runServe } from '../../electron/served/index.ts';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } });
await runServe({
  dataDir: values['data-dir']!,
  startApp: (options) => startApp({ ...options, profileSelfTest: () => Promise.resolve(null) }),
});
process.exit(0);
