/** Removes rows of the log that are older than the policy wants, leaving tombstones. */
import type { Policies } from '../admin/policies.ts';
import type { RefusalStore } from '../store/index.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const CHECK_EVERY_MS = 60 * 60 * 1000;
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

/** Applies the policy now, when it changes, and every hour. */
export class Retention {
  readonly #store: RefusalStore;
  readonly #policies: Policies;
  readonly #onRemoved: () => void;
  readonly #stop: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(store: RefusalStore, policies: Policies, onRemoved: () => void) {
    this.#store = store;
    this.#policies = policies;
    this.#onRemoved = onRemoved;
  }

  start(): void {
    this.#apply();
    const timer = setInterval(() => this.#apply(), CHECK_EVERY_MS).unref();
    this.#stop.push(
      this.#policies.onChange(() => this.#apply()),
      () => clearInterval(timer),
    );
  }

  async close(): Promise<void> {
    for (const stop of this.#stop.splice(0)) stop();
    await this.#running;
  }

  /** One at a time. What fails (a full disk) is tried again within the hour. */
  #apply(): void {
    this.#running = this.#running.then(async () => {
      try {
        if ((await applyRetention(this.#store, this.#policies.current().retentionDays)) > 0) this.#onRemoved();
      } catch {
        // Nothing was removed.
      }
    });
  }
}
