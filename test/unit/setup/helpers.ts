/** Runs a piece of set-up in a Node of its own, the way npm would: nothing installed is needed. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-setup-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Runs module code with `from './build/setup/…'` imports; state goes to a folder of the test's own. */
export function runSetup(code: string, env: Record<string, string> = {}): Outcome {
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, STEADY_SETUP_STATE: temporaryFolder(), ...env },
  });
  return { code: result.status, stdout: result.stdout, stderr: result.stderr };
}
