/** One job of a kind at a time over all processes that share a data folder. The lock of a process that was killed goes stale in seconds. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { SteadyError } from '../contract/index.ts';

const STALE_MS = 8000;
const TOUCH_MS = 2000;
const RETRY_MS = 500;
/** Longer than a dead owner's lock counts. */
const PATIENCE_MS = STALE_MS + 2000;

export interface JobLock {
  release(): Promise<void>;
}

export interface LockOptions {
  /** How a sentence about the job begins, such as "A calibration". */
  article: string;
  /** Called when the lock was lost, which a machine that slept can bring about. */
  onLost(): void;
  /** How long another owner is waited for. */
  patienceMs?: number;
}

/** @param path absolute, of the lock; need not exist. @throws SteadyError `busy` while another process has it */
export async function lockJobs(path: string, { article, onLost, patienceMs = PATIENCE_MS }: LockOptions): Promise<JobLock> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const began = performance.now();
  for (;;) {
    try {
      const release = await lockfile.lock(path, { realpath: false, stale: STALE_MS, update: TOUCH_MS, onCompromised: onLost });
      return { release: () => release().catch(() => undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (performance.now() - began > patienceMs) {
      throw new SteadyError('busy', `${article} is running in another copy of Steady with the same data folder.`, {
        hint: 'Wait until it is done.',
      });
    }
    await sleep(RETRY_MS);
  }
}
