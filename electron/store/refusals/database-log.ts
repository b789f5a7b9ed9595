/** The refusal log of a database file that is not the app's own, opened to be read only. */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { SteadyError, type ChainFault } from '../../contract/index.ts';
import { loadSqlite } from '../database/database.ts';
import { storeError } from '../errors.ts';
import { MIGRATIONS } from '../migrations/index.ts';
import { fingerprintOf, keyPath } from './export/bundle/key.ts';
import { exportRows, type ExportRow } from './export/rows.ts';
import { createRefusalVerifier } from './verify.ts';

/** Rows that are read in one go. */
const PORTION = 500;

/**
 * Checks the log, and reads it then. Nothing is written to the file.
 * @throws SteadyError `bad-input` for a database of another version; `store-damaged` and others for one that cannot be read
 */
export async function openDatabaseLog(path: string, { prompts, replies }: { prompts: boolean; replies: boolean }) {
  const Sqlite = await loadSqlite();
  try {
    const db = new Sqlite(path, { readonly: true, fileMustExist: true });
    try {
      const version = Number(db.pragma('user_version', { simple: true }));
      if (version !== MIGRATIONS.length) {
        throw new SteadyError(
          'bad-input',
          `This database is of ${version < MIGRATIONS.length ? 'an earlier' : 'a later'} version of Steady.`,
          {
            hint:
              version < MIGRATIONS.length ? 'Open it with this version once, or export a bundle there.' : 'Collect with the newer version.',
          },
        );
      }
      // Beside its database a data folder has its recorded head, unless it is a copy of the database alone.
      const { faults, checked, headSeq, head } = await createRefusalVerifier(db, { isCopy: true }).verifyChain();
      const hash = db.prepare<[number], string>('SELECT hash FROM refusal_log WHERE seq = ?').pluck();
      return {
        faults: faults as readonly ChainFault[],
        ...{ entries: checked, headSeq, head },
        key: keyOf(path),
        each: async (onRow: (row: ExportRow) => void): Promise<void> => {
          const next = exportRows(db, { filter: {}, last: headSeq, includePrompts: prompts, includeReplies: replies });
          for (let rows = next(PORTION); rows.length > 0; rows = next(PORTION)) {
            rows.forEach(onRow);
            await setImmediate();
          }
        },
        hashAt: (seq: number) => Promise.resolve(hash.get(seq) ?? null),
        close: () => void db.close(),
      };
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw storeError(error);
  }
}

function keyOf(databasePath: string): string | null {
  const path = keyPath(databasePath);
  if (!existsSync(path)) return null;
  try {
    return fingerprintOf(createPublicKey(createPrivateKey(readFileSync(path))));
  } catch {
    return null;
  }
}
