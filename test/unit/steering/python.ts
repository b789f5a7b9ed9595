/** A Python with numpy and safetensors, for tests that check our numbers and files against independent code. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Python {
  /** Null when there is none; then `reason` says what to do. */
  readonly path: string | null;
  readonly reason: string;
}

/** Looks at STEADY_TEST_PYTHON, then at ~/.cache/steady/venv. */
export function findPython(): Python {
  const inVenv = process.platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python');
  const candidates = [process.env['STEADY_TEST_PYTHON'], join(homedir(), '.cache', 'steady', 'venv', inVenv)];
  for (const path of candidates) {
    if (path === undefined || !existsSync(path)) continue;
    try {
      execFileSync(path, ['-c', 'import numpy, safetensors'], { stdio: 'pipe' });
      return { path, reason: '' };
    } catch {
      // Try the next one.
    }
  }
  return {
    path: null,
    reason:
      'no Python with numpy and safetensors (python3 -m venv ~/.cache/steady/venv, then pip install numpy safetensors; or set STEADY_TEST_PYTHON)',
  };
}

/** Runs a script and returns its standard output. */
export function runPython(path: string, script: string, args: string[], input = ''): string {
  // Small problems: threads would only wait for one another.
  const env = { ...process.env, OPENBLAS_NUM_THREADS: '1', OMP_NUM_THREADS: '1' };
  return execFileSync(path, [script, ...args], { input, encoding: 'utf8', maxBuffer: 256 << 20, env });
}
