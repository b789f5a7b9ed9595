/** Types of what TypeScript takes from `exec.mjs`, which itself must run before there is a compiler. */

export interface SetupRunOptions {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  onLine?: (line: string) => void;
  timeoutMs?: number;
  failure?: string;
  hint?: string;
}

/** Runs a program to its end. Returns the end of its standard output. @throws SetupError with the end of what it said. */
export function run(command: string, args: readonly string[], options?: SetupRunOptions): Promise<string>;
/** How npm is called, as command and first arguments. */
export function npmCommand(): [string, ...string[]];
/** Whether a program is there and answers to `args` with success. */
export function answers(command: string, args?: readonly string[]): boolean;
/** Runs a program on this terminal. Returns the exit code to leave with. */
export function runInForeground(command: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<number>;
