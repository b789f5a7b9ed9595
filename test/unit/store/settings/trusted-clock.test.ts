/** By which time things are removed for good, whatever a clock says. */
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { createTrustedClock, nextState } from '../../../../electron/store/settings/trusted-clock.ts';
import { temporaryFolder } from '../helpers.ts';

const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1);

/** What is trusted after each reading, in days since the first. */
function trustedAfter(...days: number[]): number[] {
  let state = { believed: START, doubted: null as number | null };
  return days.map((day) => ((state = nextState(state, START + day * DAY)), (state.believed - START) / DAY));
}

test.each([
  ['used every day', [1, 2, 3], [1, 2, 3]],
  ['a week without the app', [7], [7]],
  ['one reading ten years ahead, then right again', [3652, 1, 2], [0, 1, 2]],
  ['one reading ten years ahead, twice within a day', [3652, 3652.9], [0, 0]],
  ['a clock that goes on for a day is believed', [3652, 3652.5, 3653], [0, 0, 3653]],
  ['ten years ahead, then thirty', [3652, 10957], [0, 3652]],
  ['used once a month: the month before', [30, 60, 90], [0, 30, 60]],
  ['back: less is due', [5, -400, -399], [5, -400, -399]],
  ['back and forth again waits', [5, -400, 6, 7], [5, -400, -400, 7]],
  ['a false clock that was believed, then set right', [3652, 3653, 3, 4], [0, 3653, 3, 4]],
])('%s', (_, readings, trusted) => {
  expect(trustedAfter(...readings)).toEqual(trusted);
});

test('the first reading is compared with what was written last, and readings are remembered', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  onTestFinished(() => void vi.useRealTimers());
  const path = join(temporaryFolder(), 'steady.db');
  const db = await openDatabase(path);
  db.prepare("INSERT INTO conversations (id, title, system_prompt, sampling, created_at, updated_at) VALUES ('a', '', '', '{}', ?, ?)").run(
    START,
    START,
  );
  vi.setSystemTime(START + 3652 * DAY);
  expect(createTrustedClock(db).read()).toEqual({ clock: START + 3652 * DAY, trusted: START });
  db.close();
  const again = await openDatabase(path);
  onTestFinished(() => void again.close());
  vi.setSystemTime(START + 3653 * DAY);
  expect(createTrustedClock(again).read()).toEqual({ clock: START + 3653 * DAY, trusted: START + 3653 * DAY });
});

test('a new database believes its clock, and a damaged note is started anew', async () => {
  const db = await openDatabase(join(temporaryFolder(), 'steady.db'));
  onTestFinished(() => void db.close());
  const clock = createTrustedClock(db);
  const first = clock.read();
  expect(first.trusted).toBe(first.clock);
  db.prepare('UPDATE settings SET value = ? WHERE key = ?').run('{"believed":"soon"}', 'trustedClock');
  expect(clock.read().trusted).toBeGreaterThanOrEqual(first.clock);
});
