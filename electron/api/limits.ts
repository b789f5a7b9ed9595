/** How much one key may ask, and how many requests wait for the one engine. Whoever is too many is told when to come again. */
import { SteadyError } from '../contract/index.ts';
import { ApiError } from './errors.ts';

const MINUTE_MS = 60_000;

/** Requests a minute of each key: a bucket that fills evenly and holds a minute's worth. */
export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Counts a request. @throws ApiError 429 with the seconds to wait, where there were too many */
  count(key: string, perMinute: number | null): void {
    if (perMinute === null) return;
    const now = this.#now();
    const { tokens, at } = this.#buckets.get(key) ?? { tokens: perMinute, at: now };
    const filled = Math.min(perMinute, tokens + ((now - at) * perMinute) / MINUTE_MS);
    this.#buckets.set(key, { tokens: filled >= 1 ? filled - 1 : filled, at: now });
    if (filled >= 1) return;
    const seconds = Math.ceil(((1 - filled) * MINUTE_MS) / perMinute / 1000);
    throw new ApiError(`This key may ask ${perMinute} times a minute. Try again in ${seconds} s.`, {
      status: 429,
      code: 'rate_limit_exceeded',
      retryAfter: seconds,
    });
  }
}

/** What a request is taken to last until one has ended. */
const FIRST_GUESS_MS = 10_000;

export interface QueueOptions {
  /** At once. The engine writes one reply at a time; more would only wait there, in front of the page's. */
  concurrent: number;
  waiting: number;
}

export class RequestQueue {
  readonly #options: QueueOptions;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #averageMs = FIRST_GUESS_MS;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits for a turn, first come, first served.
   * @returns gives the turn back; a second call does nothing
   * @throws ApiError 429 where too many wait already; `cancelled` when `signal` says so
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw gone();
    if (this.#running < this.#options.concurrent) this.#running++;
    else await this.#wait(signal);
    const began = performance.now();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#averageMs += (performance.now() - began - this.#averageMs) / 4;
      // Handed on, so that nobody who comes just now gets in between.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#options.waiting) {
      const seconds = Math.max(1, Math.ceil((this.#averageMs * (this.#waiting.length + 1)) / this.#options.concurrent / 1000));
      throw new ApiError(`Too many requests are waiting. Try again in ${seconds} s.`, {
        status: 429,
        code: 'queue_full',
        retryAfter: seconds,
      });
    }
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1);
        reject(gone());
      };
      this.#waiting.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }
}

export const gone = () => new SteadyError('cancelled', 'Whoever asked is gone.');
