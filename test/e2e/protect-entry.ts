/** The served app as `electron/serve.ts` starts it, but that calibrations read few prompts. What comes of one is tried, as ever. */
import { parseArgs } from 'node:util';
import { startApp } from '../../electron/app.ts';
import { runServe } from '../../electron/served/index.ts';

const { values } = parseArgs({ options: { 'data-dir': { type: 'string' } } });
const calibrationLimits = { train: { benign: 240, harmful: 144 }, validation: { benign: 120, harmful: 80 }, answered: 3 };
await runServe({ dataDir: values['data-dir']!, startApp: (options) => startApp({ ...options, calibrationLimits }) });
process.exit(0);
