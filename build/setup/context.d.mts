/** Types of what TypeScript takes from `context.mjs`, which itself must run before there is a compiler. */

/** The repository. */
export const ROOT: string;
/** Where set-up remembers what it has done. */
export const STATE_DIR: string;
/** What can be shared by several checkouts. */
export const USER_CACHE: string;
/** The environment for child processes: tools of this repository come first on PATH. */
export function childEnv(extra?: Readonly<Record<string, string>>): NodeJS.ProcessEnv;
/** A failure that a person can do something about: one sentence, and what to do. */
export class SetupError extends Error {
  constructor(message: string, hint?: string);
  readonly hint: string;
}
