/** Runs the programs that a build needs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A failure that a person can do something about. */
export class BuildError extends Error {}

/** Runs a program to its end, quietly. @throws BuildError with what it said on standard error, and `hint`. */
export async function sh(command: string, args: readonly string[], hint: string, env: Record<string, string> = {}): Promise<string> {
  try {
    return (await run(command, args, { maxBuffer: 64 << 20, windowsHide: true, env: { ...process.env, ...env } })).stdout;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT') throw new BuildError(`${command} was not found. ${hint}`, { cause: error });
    throw new BuildError(`${command} failed. ${hint}\n${stderr ?? String(error)}`, { cause: error });
  }
}
