/** Opens the database file: checked before it is written to, then migrated and set up. Runs in the worker only. */
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Database } from 'better-sqlite3';
import { storeError } from '../errors.ts';
import { networkFileSystem } from './file-system.ts';
import { checkVersion, migrate } from './migrate.ts';
import { MIGRATIONS, type Migration } from '../migrations/index.ts';
import { requireUsableNode } from './node-version.ts';
import { logSlowQueries } from './slow-queries.ts';

/** How long a writer waits for another process to end its transaction. */
const BUSY_TIMEOUT_MS = 10_000;
/** Rights of the database file: its owner's only. */
const PRIVATE = 0o600;

/** better-sqlite3, loaded only where it does not crash the process. */
export async function loadSqlite(): Promise<typeof import('better-sqlite3')> {
  requireUsableNode(process.versions.node);
  return (await import('better-sqlite3')).default;
}

/**
 * Opens (or creates) the database at `path`.
 * @param fileSystemOf names the network file system that a file lies on; null: it lies on a disk
 * @throws SteadyError `store-too-new`, `store-damaged`, `store-locked` or `disk-full`; an existing file is then as it was.
 */
export async function openDatabase(
  path: string,
  migrations: readonly Migration[] = MIGRATIONS,
  fileSystemOf: (file: string) => string | null = networkFileSystem,
): Promise<Database> {
  const Sqlite = await loadSqlite();
  let db: Database | undefined;
  try {
    const file = resolve(path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    keepPrivate(file);
    db = new Sqlite(file, { timeout: BUSY_TIMEOUT_MS });
    checkVersion(db, migrations);
    setJournalMode(db, fileSystemOf(file) !== null);
    // One fsync a commit. A reply commits about once a second, so the safety costs nothing that can be felt.
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    // What a user removes for good is overwritten, not just unlinked.
    db.pragma('secure_delete = ON');
    db.pragma('journal_size_limit = 16777216');
    migrate(db, file, migrations);
    if (process.env['STEADY_LOG'] === 'store') logSlowQueries(db, (line) => process.stderr.write(`${line}\n`));
    return db;
  } catch (error) {
    db?.close();
    throw storeError(error);
  }
}

/**
 * A write-ahead log, but for a file on a network: there machines do not share the memory that it needs, and the older
 * journal beside the file, which is slower, holds.
 */
function setJournalMode(db: Database, onNetwork: boolean): void {
  if (!onNetwork) return void db.pragma('journal_mode = WAL');
  // A log that is there from before is taken in without that memory while the file is locked for us alone.
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = TRUNCATE');
  db.pragma('locking_mode = NORMAL');
}

/**
 * For this user alone, also in a folder that others may enter, and where an earlier version left it open to them. SQLite
 * gives the files beside it the same rights. What does not succeed is no reason to keep the app from starting.
 */
function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', PRIVATE));
  } catch {
    // It is there already, or cannot be made; then opening it says why.
  }
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    try {
      chmodSync(path, PRIVATE);
    } catch {
      // Not there, or somebody else's.
    }
  }
}
