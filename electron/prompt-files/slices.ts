/** Long work in short slices, so that the app keeps answering. */
import { setImmediate } from 'node:timers/promises';
import { SteadyError } from '../contract/index.ts';

const SLICE_MS = 10;

export class Slices {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether this slice was long enough. */
  get isOver(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  /** Lets others run. @throws SteadyError `cancelled` */
  async pause(): Promise<void> {
    await setImmediate();
    if (this.#signal?.aborted === true) throw new SteadyError('cancelled', 'Reading the prompts was cancelled.');
    this.#began = performance.now();
  }
}
