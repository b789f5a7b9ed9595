/** Waiting for work that cannot be called off, but need not be waited for. */

/**
 * The result of `work`, or what `cancelled` makes as soon as the signal says so: what was begun elsewhere ends by itself.
 * @param onCancel asks whoever does the work to end early
 */
export async function raceAbort<T>(
  signal: AbortSignal,
  work: Promise<T>,
  cancelled: () => Error,
  onCancel: () => void = () => undefined,
): Promise<T> {
  const stop = Promise.withResolvers<never>();
  const abort = () => {
    onCancel();
    stop.reject(cancelled());
  };
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort);
  work.catch(() => undefined);
  try {
    return await Promise.race([work, stop.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
