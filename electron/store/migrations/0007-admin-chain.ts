/**
 * Each event of the admin area carries a hash over itself and the one before, as the rows of the refusal log do. Events that
 * are there already are chained as they stand. Released migrations are never edited: a change is a new file.
 */
import type { Database } from 'better-sqlite3';
import { adminEventHash, GENESIS } from '../refusals/chain.ts';

const NO_UPDATE = `CREATE TRIGGER admin_events_no_update BEFORE UPDATE ON admin_events BEGIN
    SELECT raise(ABORT, 'admin events are append-only');
  END;`;

export const sql = `
  ALTER TABLE admin_events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
  DROP TRIGGER admin_events_no_update;
`;

export function run(db: Database): void {
  const setHash = db.prepare('UPDATE admin_events SET hash = ? WHERE seq = ?');
  let hash = GENESIS;
  const events = db.prepare<[], { seq: number; at: number; kind: string; detail: string }>(
    'SELECT seq, at, kind, detail FROM admin_events ORDER BY seq',
  );
  for (const event of events.all()) {
    hash = adminEventHash(event, hash);
    setHash.run(hash, event.seq);
  }
  db.exec(NO_UPDATE);
}
