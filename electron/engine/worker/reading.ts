/** Tells how far the reading of a prompt is, and ends it at once when it is stopped. */
import type { ContextSteering } from '../../../steering/runtime/hook.ts';

/** Tokens that were read of those that have to be. */
export interface ReadProgress {
  read: number;
  total: number;
}

/** How often progress is told; shorter readings tell nothing. */
const EVERY_MS = 300;

/** What a reading is watched with. */
export interface ReadingOptions {
  steering: Pick<ContextSteering, 'interrupt' | 'rowsEvaluated'>;
  /** Tokens to be read in one pass. */
  tokens: number;
  /** Tokens that a second pass reads once more. */
  lastTokens: number;
  signal: AbortSignal;
  onProgress(progress: ReadProgress): void;
}

/**
 * Watches what `work` evaluates. Stopping ends the batch under way; its rows are thrown away as a whole, so that how tokens are cut
 * into batches never depends on who stops when.
 */
export async function watchReading<T>(options: ReadingOptions, work: () => Promise<T>): Promise<T> {
  const { steering, tokens, lastTokens, signal, onProgress } = options;
  const start = steering.rowsEvaluated();
  const tell = () => {
    const read = Math.floor(steering.rowsEvaluated() - start);
    const total = read > tokens ? tokens + lastTokens : tokens;
    onProgress({ read: Math.min(read, total), total });
  };
  const stop = () => steering.interrupt(true);
  const timer = setInterval(tell, EVERY_MS);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
    steering.interrupt(false);
  }
}
