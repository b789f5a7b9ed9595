/**
 * Whether the app can open in Electron here. Its binary is a download that some networks block, so that is tried once,
 * within bounds, and a failure is remembered for a while.
 */
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { currentNode, ROOT, SetupError } from '../context.mjs';
import { run } from '../exec.mjs';
import { readStamp, removeStamp, writeStamp } from '../stamp.mjs';

const STAMP = 'electron-unavailable';
const PACKAGE = join(ROOT, 'node_modules', 'electron');
const RETRY_AFTER_MS = 24 * 60 * 60 * 1000;
/** How long a network gets to show that it lets the download through at all. */
const REACH_MS = 6000;
const DOWNLOAD_MS = 10 * 60 * 1000;
const RELEASES = 'https://github.com/electron/electron/releases/download';

/** Path of the Electron binary, or null. ELECTRON_OVERRIDE_DIST_PATH names an unpacked Electron. */
export function findElectron() {
  const names = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };
  const name = names[process.platform] ?? 'electron';
  const named = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (named) return existsSync(join(named, name)) ? join(named, name) : null;
  try {
    const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8'));
    if (
      readFileSync(join(PACKAGE, 'dist', 'version'), 'utf8')
        .trim()
        .replace(/^v/, '') !== version
    )
      return null;
  } catch {
    return null;
  }
  const path = join(PACKAGE, 'dist', name);
  return existsSync(path) ? path : null;
}

/** An Electron that ends sooner than this, and badly, could not start. */
const STARTUP_MS = 5000;
/** Signals by which people and systems end a program. Others are its own fault: Chromium ends by SIGTRAP where it has no sandbox. */
const ENDED_BY_OTHERS = ['SIGHUP', 'SIGINT', 'SIGKILL', 'SIGTERM'].map((signal) => 128 + constants.signals[signal]);

/** Whether an exit code (128 and more: a signal) after so many milliseconds means that Electron could not start here. */
export function couldNotStart(code, afterMs) {
  return code !== 0 && afterMs < STARTUP_MS && !ENDED_BY_OTHERS.includes(code);
}

/** Whether a window could appear on this machine. */
export function hasDisplay(env = process.env, platform = process.platform) {
  return platform === 'darwin' || platform === 'win32' || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** The last failure, if it was lately: a clause for a person. */
function rememberedFailure() {
  try {
    const { at, version, reason } = JSON.parse(readStamp(STAMP) ?? '');
    return version === electronVersion() && Date.now() - at < RETRY_AFTER_MS ? reason : null;
  } catch {
    return null;
  }
}

const electronVersion = () => JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')).version;

/**
 * Makes Electron ready if it can be had.
 * @returns {Promise<{ path: string } | { reason: string }>} its binary, or why there is none: a clause for a person.
 */
export async function prepareElectron(reporter) {
  if (!hasDisplay()) return { reason: 'there is no display' };
  const present = findElectron();
  if (present) return { path: present };
  if (process.env.ELECTRON_OVERRIDE_DIST_PATH) return { reason: 'ELECTRON_OVERRIDE_DIST_PATH holds no Electron' };
  const remembered = rememberedFailure();
  if (remembered) return { reason: remembered };
  reporter.begin('Fetching Electron');
  try {
    await reach();
    await run(currentNode(), [join(PACKAGE, 'install.js')], { timeoutMs: DOWNLOAD_MS, failure: 'the Electron download failed' });
    const path = findElectron();
    if (!path) throw new SetupError('the Electron download brought no Electron');
    removeStamp(STAMP);
    reporter.done();
    return { path };
  } catch (error) {
    reporter.fail();
    const reason = error instanceof SetupError ? error.message : String(error);
    writeStamp(STAMP, JSON.stringify({ at: Date.now(), version: electronVersion(), reason }));
    return { reason };
  }
}

/** Asks the download's server (or the mirror that is set) for a sign of life. */
async function reach() {
  const mirror = process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror || RELEASES;
  try {
    await fetch(mirror, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(REACH_MS) });
  } catch {
    throw new SetupError("Electron's download server cannot be reached from this network");
  }
}
