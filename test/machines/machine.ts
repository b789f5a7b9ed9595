/** A machine that is not this one, as far as the tests use it. */

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  timeoutMs: number;
}

export interface ForeignMachine {
  /** Paths as programs there see them: the app's folder, and the one that holds models. */
  readonly app: string;
  readonly models: string;
  /** Runs Node in the app's folder. Never rejects for how the program ended. */
  node(args: readonly string[], options: RunOptions): Promise<Ended>;
}
