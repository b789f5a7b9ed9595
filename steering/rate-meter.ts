/** How fast a job goes. */

/** Before this much time has passed a speed would be a guess. */
const LEAST_SECONDS = 0.5;

/**
 * Items a second since the first report, which may come when some were done before.
 * @param burst items end in groups of about this size, and no speed is told before so many of them are done
 * @returns takes how many are done now; answers null while the speed cannot be told
 */
export function rateMeter(burst = 1): (done: number) => number | null {
  let first: { at: number; done: number } | null = null;
  return (done) => {
    const now = performance.now();
    first ??= { at: now, done };
    const seconds = (now - first.at) / 1000;
    return seconds > LEAST_SECONDS && done - first.done >= burst ? (done - first.done) / seconds : null;
  };
}
