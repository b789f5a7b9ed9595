/** Removes rows of the log that are older than the policy wants, leaving tombstones. */
import type { RefusalStore } from '../store/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Rows of one tombstone; few enough that nothing else of the store waits for long. */
const AT_ONCE = 200;

/** Answers how many rows went. */
export async function applyRetention(store: RefusalStore, retentionDays: number | null, now = Date.now()): Promise<number> {
  if (retentionDays === null) return 0;
  const before = now - retentionDays * DAY_MS;
  let removed = 0;
  for (;;) {
    const due = await store.olderThan(before, AT_ONCE);
    if (due.length === 0) return removed;
    removed += (await store.remove(due, 'row', 'retention')).length;
  }
}
