/** One calibration at a time over all processes that share a data folder. A lock whose owner was killed goes stale in seconds. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';
import { SteadyError } from '../../contract/index.ts';

const STALE_MS = 8000;
const TOUCH_MS = 2000;
const RETRY_MS = 500;
/** Longer than a dead owner's lock counts. */
const PATIENCE_MS = STALE_MS + 2000;

export interface CalibrationLock {
  release(): Promise<void>;
}

/** @param onLost called when the lock was lost, which a machine that slept can bring about. @throws `busy` */
export async function lockCalibration(dataDir: string, onLost: () => void): Promise<CalibrationLock> {
  const folder = join(dataDir, 'calibration');
  await mkdir(folder, { recursive: true });
  const began = performance.now();
  for (;;) {
    try {
      const release = await lockfile.lock(join(folder, 'running'), {
        realpath: false,
        stale: STALE_MS,
        update: TOUCH_MS,
        onCompromised: onLost,
      });
      return { release: () => release().catch(() => undefined) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    }
    if (performance.now() - began > PATIENCE_MS) {
      throw new SteadyError('busy', 'Another copy of Steady is calibrating with the same data folder.', { hint: 'Wait until it is done.' });
    }
    await sleep(RETRY_MS);
  }
}
