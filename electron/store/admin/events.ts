/** What was done in the admin area: events that are added, chained and never changed. */
import type { Database } from 'better-sqlite3';
import type { AdminEvent } from '../../contract/index.ts';
import { adminEventHash, GENESIS } from '../refusals/chain.ts';

export function createEventLog(db: Database) {
  const add = db.prepare('INSERT INTO admin_events (seq, at, kind, detail, hash) VALUES (?, ?, ?, ?, ?)');
  const everGiven = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'admin_events'").pluck();
  const lastHash = db.prepare<[], string>('SELECT hash FROM admin_events ORDER BY seq DESC LIMIT 1').pluck();
  const last = db.prepare<[number], AdminEvent>('SELECT at, kind, detail FROM admin_events ORDER BY seq DESC LIMIT ?');
  return {
    /** Call inside a write transaction: the next event is chained to the last one. */
    note: ({ kind, detail }: Pick<AdminEvent, 'kind' | 'detail'>): void => {
      const event = { seq: (everGiven.get() ?? 0) + 1, at: Date.now(), kind, detail };
      add.run(event.seq, event.at, kind, detail, adminEventHash(event, lastHash.get() ?? GENESIS));
    },
    /** Newest first. */
    list: (limit: number): AdminEvent[] => last.all(limit),
  };
}
