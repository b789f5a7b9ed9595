/** Long work in short slices, so that the app keeps answering. */
import { setImmediate } from 'node:timers/promises';
import { SteadyError } from '../../contract/index.ts';

const SLICE_MS = 15;

export class Slices {
  readonly #signal: AbortSignal | undefined;
  #began = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /** Lets others run where this slice was long enough. @throws SteadyError `cancelled` */
  async pause(): Promise<void> {
    if (performance.now() - this.#began < SLICE_MS) return;
    await setImmediate();
    if (this.#signal?.aborted === true) throw new SteadyError('cancelled', 'Reading the prompts was cancelled.');
    this.#began = performance.now();
  }
}
