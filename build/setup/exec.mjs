/** Runs other programs for set-up: quiet while all is well, with the end of what they said when it is not. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { win32 } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { childEnv, ROOT, SetupError } from './context.mjs';

const KEPT = 6000;

/** Programs at work; they end with this process, however it is ended. */
const atWork = new Set();
process.on('exit', () => {
  for (const child of atWork) {
    // There a signal ends one process at once, and leaves those that it started.
    if (process.platform === 'win32')
      spawnSync('taskkill', ['/PID', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true });
    else child.kill('SIGTERM');
  }
});

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, onLine?: (line: string) => void, timeoutMs?: number, failure?: string, hint?: string, keep?: number }} [options]
 *   `onLine` gets each line of standard output as it comes; `keep` is how much of the output an error carries.
 * @returns {Promise<string>} the end of standard output.
 * @throws SetupError with the end of the program's output when it fails.
 */
export function run(command, args, options = {}) {
  const { cwd = ROOT, env = {}, onLine, timeoutMs, failure = `${command} failed.`, hint = '', keep = KEPT } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: childEnv(env), stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
    atWork.add(child);
    let out = '';
    let all = '';
    let rest = '';
    let timedOut = false;
    const timer = timeoutMs === undefined ? undefined : setTimeout(() => ((timedOut = true), child.kill('SIGKILL')), timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out = (out + text).slice(-keep);
      all = (all + text).slice(-keep);
      if (!onLine) return;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => (all = (all + text).slice(-keep)));
    child.once('error', (error) => {
      atWork.delete(child);
      clearTimeout(timer);
      reject(new SetupError(error.code === 'ENOENT' ? `${command} was not found.` : `${failure} (${error.message})`, hint));
    });
    child.once('close', (code) => {
      atWork.delete(child);
      clearTimeout(timer);
      if (code === 0) return resolve(out);
      reject(
        new SetupError(
          timedOut ? `${failure} (It took too long.)` : failure,
          [stripVTControlCharacters(all).trim(), hint].filter(Boolean).join('\n'),
        ),
      );
    });
  });
}

/**
 * How npm is called, as a command and its first arguments. On Windows `npm` is a script that only a shell runs, so the
 * program behind it is run instead, which lies beside Node.
 */
export function npmCommand(env = process.env, platform = process.platform, node = process.execPath, there = existsSync) {
  const named = env.npm_execpath;
  if (named && there(named)) return [node, named];
  if (platform !== 'win32') return ['npm'];
  return [node, win32.join(win32.dirname(node), 'node_modules', 'npm', 'bin', 'npm-cli.js')];
}

/** Whether a program is there and answers to `args` with success. */
export function answers(command, args = ['--version']) {
  return spawnSync(command, args, { stdio: 'ignore', windowsHide: true, timeout: 20_000 }).status === 0;
}

/**
 * Runs a program in the foreground, on this terminal, and takes on its end. Signals reach it as they reach this process.
 * @returns {Promise<number>} the exit code to leave with; as in a shell, 128 and its number for a program that a signal ended.
 */
export function runInForeground(command, args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: process.cwd(), env: childEnv(env), stdio: 'inherit' });
    // A terminal sends Ctrl-C to the whole group, so the child has it already; others signal this process alone.
    // On Windows a console tells every process in it, and to send a signal would be to kill.
    const pass = (signal) => () => {
      if (process.platform !== 'win32' && (signal !== 'SIGINT' || !process.stdin.isTTY)) child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass(signal));
    const stopWatching = whenNpmIsGone(() => child.kill('SIGTERM'));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      stopWatching();
      resolve(code ?? 128 + (constants.signals[signal] ?? constants.signals.SIGTERM));
    });
  });
}

/**
 * npm runs a script through a shell, and a signal sent to npm alone ends that shell but not what runs in it. So whoever
 * was started by npm ends when the shell does. Returns the function that stops looking.
 */
function whenNpmIsGone(act) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, 500);
  timer.unref();
  return () => clearInterval(timer);
}
