/** The entry for a machine without Electron: `node electron/serve.ts [--port N] [--data-dir D] [--open]`. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultDataDir } from '../models/paths.ts';
import { startApp } from './app.ts';
import { toErrorShape } from './contract/index.ts';
import { runServe } from './served/index.ts';

const USAGE = 'Usage: serve [--port N] [--data-dir DIR] [--open]\n';
/** Exit code for a call that was put wrongly, as shells use it. */
const BAD_USAGE = 2;

function readOptions() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      'data-dir': { type: 'string' },
      open: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const port = values.port === undefined ? 0 : Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new TypeError(`--port takes a number from 0 to 65535, not '${values.port}'.`);
  return {
    port,
    dataDir: resolve(values['data-dir'] || process.env['STEADY_HOME'] || defaultDataDir()),
    open: values.open,
    help: values.help,
  };
}

let options;
try {
  options = readOptions();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n${USAGE}`);
  process.exit(BAD_USAGE);
}
if (options.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
try {
  await runServe({ ...options, startApp });
  process.exit(0);
} catch (error) {
  const { message, hint } = toErrorShape(error);
  process.stderr.write(`${message}${hint === '' ? '' : ` ${hint}`}\n`);
  process.exit(1);
}
