/** A Chromium for the end-to-end tests: the machine's own. Playwright's download is not used. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from '../context.mjs';
import { answers, run } from '../exec.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const FIXED = {
  darwin: ['/Applications/Chromium.app/Contents/MacOS/Chromium', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  win32: ['C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe', 'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe'],
};

/** Path of a Chromium, or null. STEADY_CHROMIUM names one. */
export function findChromium() {
  const named = process.env.STEADY_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  return [...onPath, ...(FIXED[process.platform] ?? [])].find((path) => existsSync(path)) ?? null;
}

export const chromium = {
  title: 'Installing Chromium for the tests',
  isDone: () => findChromium() !== null,
  async run({ reporter }) {
    const isRoot = process.getuid?.() === 0;
    if (process.platform !== 'linux' || !isRoot || !answers('apt-get')) {
      throw new SetupError(
        'The end-to-end tests need Chromium, and none was found.',
        'Install Chromium or Chrome (Debian: sudo apt-get install chromium), or name one with STEADY_CHROMIUM.',
      );
    }
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const failure = 'Chromium could not be installed with apt-get.';
    reporter.update('apt-get update');
    await run('apt-get', ['update', '-q'], { env, failure });
    reporter.update('apt-get install chromium');
    await run('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], { env, failure });
    if (findChromium() === null) throw new SetupError('apt-get installed Chromium, but it cannot be found.');
  },
};
