/** What travels between the app's thread and the store's worker. */
import type { ErrorShape } from '../contract/index.ts';

/** Methods of the store itself, as opposed to those of its groups. */
export const ROOT = '';

export interface WorkerData {
  path: string;
}

export type Answer = { ok: true; value: unknown } | { ok: false; error: ErrorShape };

/** The worker's first message: whether the database could be opened. */
export type Opened = { opened: Answer };

export interface WorkerFunctions {
  call(group: string, method: string, args: unknown[]): Promise<Answer>;
}
