/** Removes rows of the log that are older than the policy wants, leaving tombstones. */
import type { ClockReading, RefusalStore } from '../store/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Rows of one tombstone; few enough that nothing else of the store waits for long. */
const AT_ONCE = 200;

export interface RetentionResult {
  /** How many rows went. */
  removed: number;
  /** Whether rows are due by a clock that is not trusted yet. */
  waiting: boolean;
}

export async function applyRetention(
  store: Pick<RefusalStore, 'olderThan' | 'remove'>,
  retentionDays: number | null,
  { clock, trusted }: ClockReading,
): Promise<RetentionResult> {
  if (retentionDays === null) return { removed: 0, waiting: false };
  const keptMs = retentionDays * DAY_MS;
  let removed = 0;
  for (;;) {
    const due = await store.olderThan(trusted - keptMs, AT_ONCE);
    if (due.length === 0) break;
    removed += (await store.remove(due, 'row', 'retention')).length;
  }
  return { removed, waiting: trusted < clock && (await store.olderThan(clock - keptMs, 1)).length > 0 };
}
