/** Housekeeping that a process of months must repeat: it is not enough to do it at the start. */

const HOUR_MS = 60 * 60 * 1000;

/** A task that is done again every so often, never twice at once. What fails (a full disk) is tried again the next time. */
export class Recurring {
  readonly #task: () => Promise<unknown>;
  readonly #everyMs: number;
  readonly #stop: (() => void)[] = [];
  #running: Promise<void> = Promise.resolve();

  constructor(task: () => Promise<unknown>, everyMs = HOUR_MS) {
    this.#task = task;
    this.#everyMs = everyMs;
  }

  /**
   * Does it now and from now on. Resolves when it was done once.
   * @param onChange calls its listener whenever the task had better be done at once; returns what ends that
   */
  start(onChange?: (listener: () => void) => () => void): Promise<void> {
    const timer = setInterval(() => void this.now(), this.#everyMs).unref();
    this.#stop.push(() => clearInterval(timer));
    if (onChange !== undefined) this.#stop.push(onChange(() => void this.now()));
    return this.now();
  }

  /** Does it now, or as soon as what is under way is done. Never rejects. */
  now(): Promise<void> {
    return (this.#running = this.#running.then(async () => {
      try {
        await this.#task();
      } catch {
        // Nothing waits for it; the next time comes.
      }
    }));
  }

  /** Does it no more; resolves when nothing of it is under way. */
  async close(): Promise<void> {
    for (const stop of this.#stop.splice(0)) stop();
    await this.#running;
  }
}
