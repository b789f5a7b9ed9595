/**
 * What every set-up step needs to know of this machine. Plain JavaScript without dependencies, for any Node from 18 on:
 * this runs before anything is installed.
 */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where set-up remembers what it has done. */
export const STATE_DIR = process.env.STEADY_SETUP_STATE || join(ROOT, '.cache', 'setup');
/** What can be shared by several checkouts. */
export const USER_CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'steady');
/** The oldest Node that Steady itself runs on: its TypeScript is run as it is. */
export const MIN_NODE = [24, 2];

const BIN = join(ROOT, 'node_modules', '.bin');

/** A failure that a person can do something about: one sentence, and what to do. */
export class SetupError extends Error {
  /** @param {string} message @param {string} [hint] */
  constructor(message, hint = '') {
    super(message);
    this.hint = hint;
  }
}

/** The environment for child processes: tools of this repository come first on PATH. */
export function childEnv(extra = {}) {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  const rest = (process.env[key] ?? '').split(delimiter).filter((entry) => entry !== BIN);
  return { ...process.env, [key]: [BIN, ...rest].join(delimiter), ...extra };
}

/** Whether a Node version (`24.2.0`) is new enough for Steady. */
export function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1]);
}

/**
 * The Node that runs Steady: this one where it is new enough, else the one that comes with the dependencies.
 * @throws SetupError where there is neither.
 */
export function currentNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const bundled = join(BIN, 'node');
  if (existsSync(bundled)) return bundled;
  throw new SetupError(
    `Steady needs Node.js ${MIN_NODE.join('.')} or newer, and this is ${process.versions.node}.`,
    process.platform === 'linux' && process.arch === 'x64'
      ? 'A newer one comes with the dependencies: run `npm ci`, then try again.'
      : 'Install a current one from https://nodejs.org, then try again.',
  );
}

/** Whether a newer Node comes with the dependencies on this kind of machine. */
export function bringsOwnNode() {
  return process.platform === 'linux' && process.arch === 'x64';
}
