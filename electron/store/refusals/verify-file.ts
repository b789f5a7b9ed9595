/** Checks the refusal log of a database file that is not the app's own: a copy, a backup, one from another machine. */
import { existsSync } from 'node:fs';
import { SteadyError } from '../../contract/index.ts';
import { loadSqlite } from '../database/database.ts';
import { storeError } from '../errors.ts';
import type { ChainReport } from './interface.ts';
import { createRefusalVerifier } from './verify.ts';

/**
 * Nothing is written to the file. Blocks the caller's thread for moments at a time.
 * @throws SteadyError `not-found`, `store-damaged`, `bad-input` for a database without a log of this version
 */
export async function verifyDatabaseFile(path: string): Promise<ChainReport> {
  if (!existsSync(path)) throw new SteadyError('not-found', `There is no file ${path}.`, { hint: 'Check the path.' });
  const Sqlite = await loadSqlite();
  try {
    const db = new Sqlite(path, { readonly: true, fileMustExist: true });
    try {
      const hasLog = db.prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'refusal_log'").get();
      if (!hasLog) {
        throw new SteadyError('bad-input', 'This database has no refusal log of this version.', {
          hint: 'Open it with this version of Steady once, as the database of a data folder.',
        });
      }
      return await createRefusalVerifier(db, { isCopy: true }).verifyChain();
    } finally {
      db.close();
    }
  } catch (error) {
    throw storeError(error);
  }
}
