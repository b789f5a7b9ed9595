/** One process at a time works on a download; others wait for it. A lock whose owner was killed goes stale in seconds. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { cancelled, ModelError } from '../errors.ts';

const STALE_MS = 8000;
const TOUCH_MS = 2000;
const RETRY_MS = 500;

export interface HeldLock {
  /** Aborted when the lock was lost, which a machine that slept can bring about. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Waits for the lock on `path`, calling `onWait` at each try that failed.
 * @throws ModelError `cancelled`, `download-failed` where locks cannot be made.
 */
export async function acquireLock(path: string, signal: AbortSignal, onWait: () => void | Promise<void>): Promise<HeldLock> {
  await mkdir(dirname(path), { recursive: true });
  const lost = new AbortController();
  for (;;) {
    if (signal.aborted) throw cancelled();
    try {
      const release = await lockfile.lock(path, {
        realpath: false,
        stale: STALE_MS,
        update: TOUCH_MS,
        onCompromised: (error) => lost.abort(error),
      });
      return { lost: lost.signal, release: () => release().catch(() => undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') {
        throw new ModelError('download-failed', `The folder ${dirname(path)} cannot be written to.`, {
          hint: 'Check its permissions, or choose another data folder.',
          cause: error,
        });
      }
    }
    await onWait();
    await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
}
