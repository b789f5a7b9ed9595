/**
 * The time by which things are removed for good. One reading of a clock may be wrong by years (an empty battery, a hand),
 * and what was removed by it does not come back; so a reading that jumped ahead counts only once a later one confirms it.
 */
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { timestamp } from '../../contract/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A step ahead that nobody wonders about: a week without the app. */
export const USUAL_STEP_MS = 7 * DAY_MS;
/** A clock that jumped further must have gone on for so long. */
export const CONFIRMED_AFTER_MS = DAY_MS;

const SETTING = 'trustedClock';
const stateSchema = z.object({
  /** The latest reading that is believed. */
  believed: timestamp,
  /** The reading that jumped ahead of it; null: none did. */
  doubted: timestamp.nullable(),
});
type State = z.infer<typeof stateSchema>;

export interface ClockReading {
  /** What the clock says. */
  clock: number;
  /** What may be gone by: `clock`, or an earlier time while that is in doubt. */
  trusted: number;
}

export interface ClockStore {
  /** Reads the clock, and remembers what it said. */
  read(): Promise<ClockReading>;
}

/** What is believed after a reading. Going back is always believed: less is due then. */
export function nextState({ believed, doubted }: State, now: number): State {
  if (now <= believed + USUAL_STEP_MS) return { believed: now, doubted: null };
  if (doubted === null || now < doubted) return { believed, doubted: now };
  if (now < doubted + CONFIRMED_AFTER_MS) return { believed, doubted };
  // The earlier of the two readings, which the later one confirms. That one has to be a usual step from there.
  return now <= doubted + USUAL_STEP_MS ? { believed: now, doubted: null } : { believed: doubted, doubted: now };
}

export function createTrustedClock(db: Database) {
  const stored = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck();
  const put = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
  const newest = db
    .prepare<[], number | null>(
      `SELECT max(at) FROM (SELECT max(created_at) AS at FROM refusals UNION ALL SELECT max(updated_at) FROM conversations)`,
    )
    .pluck();

  /** Before the first reading: what was written last is the last that is known of the time. */
  const last = (now: number): State => {
    const json = stored.get(SETTING);
    const parsed = json === undefined ? undefined : stateSchema.safeParse(JSON.parse(json));
    return parsed?.success === true ? parsed.data : { believed: newest.get() ?? now, doubted: null };
  };

  const read = db.transaction((now: number): ClockReading => {
    const state = nextState(last(now), now);
    put.run(SETTING, JSON.stringify(state));
    return { clock: now, trusted: state.believed };
  });
  return { read: () => read.immediate(Date.now()) };
}
