/** Times that no calendar has. Released migrations are never edited: a change is a new file. */
import type { Database } from 'better-sqlite3';

/** The end of the year 9999. Imports took later times until this version, and nothing could show them. */
const LAST = 253_402_300_799_999;

/** Puts the present in the place of such times; no two conversations may get the same. */
export function run(db: Database): void {
  let time = Date.now();
  const taken = db.prepare<[number]>('SELECT 1 FROM conversations WHERE updated_at = ?');
  const impossible = db.prepare<[number], number>('SELECT seq FROM conversations WHERE updated_at > ? ORDER BY seq').pluck();
  const setUpdated = db.prepare('UPDATE conversations SET updated_at = ? WHERE seq = ?');
  for (const seq of impossible.all(LAST)) {
    // As many steps as there are conversations, at most.
    while (taken.get(time) !== undefined) time++;
    setUpdated.run(time++, seq);
  }
  db.prepare('UPDATE conversations SET created_at = updated_at WHERE created_at > ?').run(LAST);
  db.prepare('UPDATE messages SET created_at = ? WHERE created_at > ?').run(Date.now(), LAST);
}
