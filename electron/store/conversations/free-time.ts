/** Values of `updated_at` that no conversation has: pages of the list are cut by them, so a tie would lose a conversation. */
import type { Database } from 'better-sqlite3';

/** How many milliseconds are tried one after another before the search grows wider. */
const NEAREST = 32;
/** After these the time is given out as it is: a tie may then hide a conversation at the end of one page, and no more. */
const WIDER = 40;

/**
 * Finds a free time: the one that is wished for, or one soon after it. It takes some tens of look-ups at most, however
 * many conversations share a time, as those of a file can that somebody made.
 */
export function createFreeTime(db: Database): (wanted: number) => number {
  const taken = db.prepare<[number]>('SELECT 1 FROM conversations WHERE updated_at = ?');
  return (wanted) => {
    for (let step = 0; step < NEAREST; step++) if (taken.get(wanted + step) === undefined) return wanted + step;
    for (let attempt = 1; attempt <= WIDER; attempt++) {
      const time = wanted + NEAREST + Math.floor(Math.random() * 2 ** Math.min(attempt + 4, 31));
      if (taken.get(time) === undefined) return time;
    }
    return wanted;
  };
}
