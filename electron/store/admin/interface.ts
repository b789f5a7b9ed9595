/** What the rest of the app may ask of the admin area's lock, policies and events. Types only; what holds for every call stands in `../interface.ts`. */
import type { AdminEvent } from '../../contract/index.ts';

/** The admin area's lock. */
export interface AdminLock {
  /** `undecided` until somebody chose whether there is to be a passphrase. */
  passphrase: 'undecided' | 'none' | 'set';
  hash: string | null;
  /** Grows with every change of the passphrase. */
  revision: number;
  /** No passphrase is tried before this time. */
  retryAt: number | null;
}

export interface AttemptAnswer {
  allowed: boolean;
  /** When one may be tried, if not now. */
  retryAt: number | null;
}

export interface AdminStore {
  lock(): Promise<AdminLock>;
  /**
   * Sets the hash of the passphrase, or none (null), and notes it.
   * @param expectedRevision @throws `conflict` when the lock has another one; null: whatever it has.
   */
  setLock(hash: string | null, expectedRevision: number | null, event: Pick<AdminEvent, 'kind' | 'detail'>): Promise<AdminLock>;
  /** Replaces the hash by a stronger one of the same passphrase. */
  strengthen(hash: string, revision: number): Promise<void>;
  /** Counts an attempt as failed before it is made, so that ending the process gains nothing. */
  beginAttempt(): Promise<AttemptAnswer>;
  attemptSucceeded(): Promise<void>;
  /** Values as they are stored, unchecked. */
  policies(): Promise<Record<string, unknown>>;
  setPolicies(patch: Record<string, unknown>, event: Pick<AdminEvent, 'kind' | 'detail'>): Promise<void>;
  /** Newest first. */
  events(limit: number): Promise<AdminEvent[]>;
}
