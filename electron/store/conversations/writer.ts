/**
 * Who is writing a reply, and whether they still are.
 *
 * A writer holds a lock on a small file beside the database for as long as its process lives; the system releases it
 * however the process ends. That needs no clock and no process number, which a sandbox or a restart can hand out again.
 */
import { closeSync, existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';

const SUFFIX = '.writer-';

export interface Writer {
  readonly id: string;
  /** Takes the lock; call inside a write transaction of the main database, before the first row is marked. */
  hold(): void;
  /** Whether the writer of this name is gone; call inside a write transaction of the main database. */
  isGone(id: string): boolean;
  /** Removes the lock files of writers that are gone. Call inside a write transaction of the main database. */
  sweep(): void;
  release(): void;
}

/** A writer for the database at `path`. Nothing is created before the first `hold`. */
export function createWriter(db: Database): Writer {
  const path = db.name;
  const Sqlite = db.constructor as new (path: string, options: { timeout: number; fileMustExist?: boolean }) => Database;
  const id = uuidv7();
  const fileOf = (writer: string) => `${path}${SUFFIX}${writer}`;
  let lock: Database | undefined;

  const tryLock = (file: string): Database | undefined => {
    let candidate: Database | undefined;
    try {
      candidate = new Sqlite(file, { timeout: 0, fileMustExist: true });
      candidate.pragma('journal_mode = MEMORY'); // no second file beside this one
      candidate.exec('BEGIN EXCLUSIVE');
      return candidate;
    } catch (error) {
      candidate?.close();
      if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
      throw error;
    }
  };

  const isGone = (writer: string) => {
    if (writer === id) return false;
    const file = fileOf(writer);
    if (!existsSync(file)) return true;
    const taken = tryLock(file);
    taken?.close();
    return taken !== undefined;
  };

  return {
    id,
    isGone,
    hold: () => {
      if (lock) return;
      closeSync(openSync(fileOf(id), 'a', 0o600));
      lock = tryLock(fileOf(id));
      if (!lock) throw new Error('The lock of a new writer is already taken.');
    },
    sweep: () => {
      const prefix = `${basename(path)}${SUFFIX}`;
      for (const name of readdirSync(dirname(path))) {
        if (!name.startsWith(prefix)) continue;
        const writer = name.slice(prefix.length);
        if (isGone(writer)) rmSync(join(dirname(path), name), { force: true });
      }
    },
    release: () => {
      lock?.close();
      lock = undefined;
      rmSync(fileOf(id), { force: true });
    },
  };
}
