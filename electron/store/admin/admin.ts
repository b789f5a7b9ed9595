/** What the admin area keeps: the lock's hash and its attempts, the policies an admin set, and what was done to either. */
import type { Database } from 'better-sqlite3';
import type { AdminEvent } from '../../contract/index.ts';
import { conflict } from '../errors.ts';
import { createEventLog } from './events.ts';
import type { AdminLock, AttemptAnswer } from './interface.ts';

interface LockRow {
  hash: string | null;
  revision: number;
  failures: number;
  last_attempt_at: number;
}

type NewEvent = Pick<AdminEvent, 'kind' | 'detail'>;

/** Wrong passphrases in a row that cost nothing. */
const FREE_FAILURES = 3;
const FIRST_DELAY_MS = 5_000;
const LONGEST_DELAY_MS = 15 * 60_000;

/** Milliseconds to wait after so many failures in a row: doubling from 5 s to a quarter of an hour. */
export function delayAfter(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(FIRST_DELAY_MS * 2 ** Math.min(failures - FREE_FAILURES, 30), LONGEST_DELAY_MS);
}

export function createAdmin(db: Database) {
  const lockRow = db.prepare<[], LockRow>('SELECT hash, revision, failures, last_attempt_at FROM admin_lock');
  const putLock = db.prepare(
    `INSERT INTO admin_lock (id, hash, revision) VALUES (1, ?, ?)
     ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, revision = excluded.revision, failures = 0, last_attempt_at = 0`,
  );
  const putHash = db.prepare('UPDATE admin_lock SET hash = ? WHERE revision = ? AND hash IS NOT NULL');
  const countAttempt = db.prepare('UPDATE admin_lock SET failures = ?, last_attempt_at = ?');
  const allPolicies = db.prepare<[], { name: string; value: string }>('SELECT name, value FROM policies');
  const putPolicy = db.prepare('INSERT INTO policies (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value');
  const { note, list } = createEventLog(db);

  /** When the next passphrase may be tried. A clock that was set back does not make the wait longer than it ever was. */
  const retryAtOf = ({ failures, last_attempt_at: last }: LockRow, now: number): number | null => {
    const delay = delayAfter(failures);
    const retryAt = Math.min(last, now) + delay;
    return delay > 0 && retryAt > now ? retryAt : null;
  };

  const lock = (): AdminLock => {
    const row = lockRow.get();
    if (row === undefined) return { passphrase: 'undecided', hash: null, revision: 0, retryAt: null };
    const passphrase = row.hash === null ? 'none' : 'set';
    return { passphrase, hash: row.hash, revision: row.revision, retryAt: retryAtOf(row, Date.now()) };
  };

  const setLock = db.transaction((hash: string | null, expectedRevision: number | null, event: NewEvent): AdminLock => {
    const { revision } = lock();
    if (expectedRevision !== null && revision !== expectedRevision) {
      throw conflict('The passphrase was changed by somebody else meanwhile.', 'Look again, then decide.');
    }
    putLock.run(hash, revision + 1);
    note(event);
    return lock();
  });

  const beginAttempt = db.transaction((): AttemptAnswer => {
    const row = lockRow.get();
    if (row === undefined) return { allowed: true, retryAt: null };
    const now = Date.now();
    const retryAt = retryAtOf(row, now);
    if (retryAt !== null) {
      if (row.last_attempt_at > now) countAttempt.run(row.failures, now);
      return { allowed: false, retryAt };
    }
    countAttempt.run(row.failures + 1, now);
    if (row.failures + 1 === FREE_FAILURES + 1) note({ kind: 'refused', detail: 'Several wrong passphrases were entered in a row.' });
    return { allowed: true, retryAt: null };
  });

  const setPolicies = db.transaction((patch: Record<string, unknown>, event: NewEvent): void => {
    for (const [name, value] of Object.entries(patch)) {
      if (value !== undefined) putPolicy.run(name, JSON.stringify(value));
    }
    note(event);
  });

  return {
    lock,
    setLock: (hash: string | null, expectedRevision: number | null, event: NewEvent) => setLock.immediate(hash, expectedRevision, event),
    strengthen: (hash: string, revision: number): void => void putHash.run(hash, revision),
    beginAttempt: () => beginAttempt.immediate(),
    attemptSucceeded: (): void => void countAttempt.run(0, 0),
    policies: (): Record<string, unknown> =>
      Object.fromEntries(allPolicies.all().map(({ name, value }) => [name, JSON.parse(value) as unknown])),
    setPolicies: (patch: Record<string, unknown>, event: NewEvent) => setPolicies.immediate(patch, event),
    events: list,
  };
}
