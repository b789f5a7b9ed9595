/**
 * Notices a process that runs and answers nothing: one that was stopped, or whose main thread hangs. llama.cpp computes on
 * threads of its own, so the engine's main thread answers also in the middle of the longest prompt.
 */

export interface HeartbeatOptions {
  /** Milliseconds between two looks. */
  everyMs: number;
  /** After so many looks in a row that found the same question unanswered the process is given up. */
  misses: number;
}

/**
 * Asks again and again until `stop` is called or an answer is missing for too long. Looks are counted, not milliseconds: after a
 * laptop has slept, or while this process itself was held up, hours may have passed and nobody had the chance to answer.
 * @param onSilent called once, with the milliseconds without an answer
 * @returns the function that stops asking
 */
export function watchHeartbeat(
  ask: () => Promise<unknown>,
  options: () => HeartbeatOptions,
  onSilent: (silentMs: number) => void,
): () => void {
  let open = false;
  let missed = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    const { everyMs, misses } = options();
    if (open && ++missed >= misses) return onSilent(missed * everyMs);
    if (!open) {
      open = true;
      missed = 0;
      const answered = () => (open = false);
      // An error is an answer as well.
      ask().then(answered, answered);
    }
    wait();
  };
  const wait = () => {
    timer = setTimeout(look, options().everyMs).unref();
  };
  wait();
  return () => clearTimeout(timer);
}
