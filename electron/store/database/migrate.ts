/** Brings a database to the app's schema version, one migration a transaction, with a copy of it made before the first. */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { SteadyError } from '../../contract/index.ts';
import { damaged } from '../errors.ts';
import type { Migration } from '../migrations/index.ts';

/** The schema version of an open database; 0 for a new file. */
export function schemaVersion(db: Database): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/**
 * Refuses what this app must not touch, before anything is written.
 * @throws SteadyError `store-too-new`, or `store-damaged` for a file that holds something else.
 */
export function checkVersion(db: Database, migrations: readonly Migration[]): void {
  // One snapshot for both questions: another process may be creating the schema right now.
  const look = db.transaction(() => ({
    version: schemaVersion(db),
    isEmpty: db.prepare('SELECT count(*) FROM sqlite_master').pluck().get() === 0,
  }));
  const { version, isEmpty } = look();
  const newest = migrations.at(-1)?.version ?? 0;
  if (version > newest) {
    throw new SteadyError('store-too-new', 'Your conversations were saved by a newer version of Steady.', {
      hint: 'Update Steady to open them. Nothing was changed.',
      details: { version, newest },
    });
  }
  if (version === 0 && !isEmpty) throw damaged('it holds a database of another program');
}

/**
 * Runs the migrations that are missing. Two processes may do this at once: each step looks again under its lock.
 * A new database gets all of them in one transaction, so that no other process sees one half made and copies it.
 * @returns the path of the copy that was made, or null when the database was new or up to date.
 */
export function migrate(db: Database, path: string, migrations: readonly Migration[]): string | null {
  const before = schemaVersion(db);
  const missing = migrations.filter(({ version }) => version > before);
  if (missing.length === 0) return null;
  const backup = before === 0 ? null : backUp(db, `${path}.before-v${missing[0]?.version}`);
  // Rebuilding a table that others refer to needs this off, and it cannot be changed inside a transaction.
  db.pragma('foreign_keys = OFF');
  try {
    const runAll = () => missing.forEach((migration) => runOne(db, migration));
    if (before === 0) db.transaction(runAll).immediate();
    else runAll();
  } finally {
    db.pragma('foreign_keys = ON');
  }
  return backup;
}

function runOne(db: Database, { version, name, sql, run }: Migration): void {
  db.transaction(() => {
    if (schemaVersion(db) >= version) return;
    db.exec(sql);
    run?.(db);
    const broken = db.pragma('foreign_key_check') as unknown[];
    if (broken.length > 0) throw damaged(`migration ${version} (${name}) left ${broken.length} rows that refer to nothing`);
    db.pragma(`user_version = ${version}`);
  }).immediate();
}

/** Copies the database, with what is still in its log, to a file that appears only once it is complete and on the disk. */
function backUp(db: Database, path: string): string {
  const target = firstFree(path);
  const partial = `${target}.partial-${process.pid}`;
  rmSync(partial, { force: true });
  try {
    // There before SQLite writes it, so that nobody else can ever read it.
    closeSync(openSync(partial, 'wx', 0o600));
    db.prepare('VACUUM INTO ?').run(partial);
    const file = openSync(partial, 'r+');
    fsyncSync(file);
    closeSync(file);
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  return target;
}

function firstFree(path: string): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? `${path}.db` : `${path}-${n}.db`;
    if (!existsSync(candidate)) return candidate;
  }
}
