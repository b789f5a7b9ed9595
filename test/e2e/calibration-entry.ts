/**
 * The served app as `electron/serve.ts` starts it, but for three things: calibrations are tiny, so that a test sees one
 * through in a minute or two; what comes of them is not tried; and no model is loaded before one is chosen. Sizes: `--prompts N` benign ones to learn from.
 */
import { parseArgs } from 'node:util';
import { startApp } from '../../electron/app.ts';
import { runServe } from '../../electron/served/index.ts';

const { values } = parseArgs({
  options: { 'data-dir': { type: 'string' }, prompts: { type: 'string', default: '64' }, page: { type: 'string' } },
});
const size = Number(values.prompts);
const calibrationLimits = {
  train: { benign: size, harmful: Math.round(size * 0.6) },
  validation: { benign: Math.round(size / 2), harmful: Math.round(size / 3) },
  answered: 3,
};

await runServe({
  dataDir: values['data-dir']!,
  ...(values.page === undefined ? {} : { pageDir: values.page }),
  startApp: async (options) => {
    const app = await startApp({ ...options, calibrationLimits, loadModel: false, profileSelfTest: () => Promise.resolve(null) });
    // The lock has tests of its own. After a restart the choice was made before.
    await app.admin.choose(null).catch(() => undefined);
    return app;
  },
});
process.exit(0);
