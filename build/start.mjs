/**
 * `npm start`: sets everything up, then opens the app: in Electron where that can be had, and otherwise served on
 * loopback for the browser, saying why.
 *
 * Usage: npm start -- [--served] [--port N] [--data-dir DIR]
 */
import { join } from 'node:path';
import { currentNode, ROOT } from './setup/context.mjs';
import { runInForeground } from './setup/exec.mjs';
import { main, setUp } from './setup/index.mjs';
import { createReporter } from './setup/report.mjs';
import { couldNotStart, prepareElectron } from './setup/steps/electron.mjs';

const args = process.argv.slice(2).filter((arg) => arg !== '--served');
const wantsServed = args.length < process.argv.length - 2 || args.includes('--port');
const dataDir = args.indexOf('--data-dir');
if (dataDir >= 0 && args[dataDir + 1]) process.env.STEADY_HOME = args[dataDir + 1];

async function openInElectron(path) {
  await setUp(['app']);
  const startedAt = Date.now();
  const code = await runInForeground(path, [ROOT, ...args]);
  return couldNotStart(code, Date.now() - startedAt) ? null : code;
}

async function whyNotElectron() {
  if (wantsServed) return 'you asked for it';
  if (process.platform === 'linux' && process.getuid?.() === 0) return 'Electron does not run as root';
  const electron = await prepareElectron(createReporter());
  if (electron.reason) return electron.reason;
  const code = await openInElectron(electron.path);
  if (code === null) return 'Electron could not start here';
  process.exit(code);
}

await main(async () => {
  await setUp(['dependencies', 'gpu', 'native', 'page', 'firstModel']);
  const reason = await whyNotElectron();
  process.stderr.write(`Steady opens in your browser, not in its own window: ${reason}.\n`);
  return runInForeground(currentNode(), [join(ROOT, 'electron', 'serve.ts'), '--open', ...args]);
});
