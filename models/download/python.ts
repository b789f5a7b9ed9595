/** Runs the machine's own Python, whose pip is the client of the Python package index. */
import { spawn } from 'node:child_process';
import { cancelled } from '../errors.ts';

export interface PythonRun {
  readonly code: number | null;
  /** The end of standard error. */
  readonly stderr: string;
}

/** How Python is called here, as a command and its first arguments. */
export type PythonCommand = readonly [string, ...string[]];

const STDERR_KEPT = 16_384;
const KILL_AFTER_MS = 3000;

/** Runs Python to its end. An aborted signal ends it. @throws ModelError `cancelled`; the spawn error when it cannot start. */
export async function runPython(
  command: PythonCommand,
  args: readonly string[],
  options: { signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
): Promise<PythonRun> {
  if (options.signal?.aborted) throw cancelled();
  const [program, ...first] = command;
  const child = spawn(program, [...first, ...args], {
    env: options.env ?? process.env,
    stdio: ['ignore', 'ignore', 'pipe'],
    windowsHide: true,
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });
  let forceTimer: NodeJS.Timeout | undefined;
  const stop = () => {
    // On Windows `py` starts the Python that was asked for, which a signal to `py` alone would leave running.
    if (process.platform === 'win32' && child.pid !== undefined) {
      spawn('taskkill', ['/PID', String(child.pid), '/T', '/F'], { stdio: 'ignore', windowsHide: true }).once('error', () => child.kill());
      return;
    }
    child.kill('SIGTERM');
    forceTimer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  };
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (options.signal?.aborted) throw cancelled();
    return { code, stderr };
  } finally {
    clearTimeout(forceTimer);
    options.signal?.removeEventListener('abort', stop);
  }
}

/** A Python 3 that has pip, or null. `STEADY_PYTHON` names one by its path. */
export async function findPython(env: NodeJS.ProcessEnv = process.env, signal?: AbortSignal): Promise<PythonCommand | null> {
  const named = env['STEADY_PYTHON'];
  const candidates: PythonCommand[] = named
    ? [[named]]
    : process.platform === 'win32'
      ? [['py', '-3'], ['python'], ['python3']]
      : [['python3'], ['python']];
  for (const candidate of candidates) {
    const run = await runPython(candidate, ['-c', 'import sys, pip; sys.exit(sys.version_info < (3, 8))'], {
      env,
      ...(signal ? { signal } : {}),
    }).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      return null;
    });
    if (run?.code === 0) return candidate;
  }
  return null;
}
