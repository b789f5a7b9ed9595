/**
 * Several replies that are written token by token in the same batches. Each token is sampled in a thread of its own, and
 * whichever was done first would be first in the next batch, or alone in one: floating-point sums, and with them words,
 * would depend on chance. In lock step everybody waits for everybody, and all go on in their order.
 */
export class LockStep {
  #running: number;
  readonly #waiting = new Map<number, () => void>();

  /** @param count how many take part, numbered from 0 */
  constructor(count: number) {
    this.#running = count;
  }

  /** Resolves once all others who still take part have arrived as well. */
  arrive(member: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(member, resolve);
      this.#release();
    });
  }

  /** Takes part no more. Whoever may not arrive again must leave, or the others wait for ever. */
  leave(): void {
    this.#running--;
    this.#release();
  }

  #release(): void {
    if (this.#waiting.size === 0 || this.#waiting.size < this.#running) return;
    const released = [...this.#waiting].sort(([a], [b]) => a - b);
    this.#waiting.clear();
    // From the event loop itself: by then the last batch is over in every respect, so that all land in the next one.
    setImmediate(() => {
      for (const [, go] of released) go();
    });
  }
}

/**
 * Has `count` items worked on by `members` in lock step. Which of them ends an item first is chance as well, so items are given out in
 * lock step too: those who are free at the same step get the next ones in their order.
 * @param work is given an item, the member whose it is, and what it has to await before each step
 */
export async function shareOut(
  members: number,
  count: number,
  work: (item: number, member: number, turn: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const step = new LockStep(members);
  let next = 0;
  const serve = async (member: number): Promise<void> => {
    const turn = () => step.arrive(member);
    try {
      for (;;) {
        await turn();
        if (next >= count) return;
        await work(next++, member, turn);
      }
    } finally {
      step.leave();
    }
  };
  await Promise.all(Array.from({ length: members }, (_, member) => serve(member)));
}
