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
