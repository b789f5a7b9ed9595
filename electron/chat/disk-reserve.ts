/** A file that does nothing but hold room on the disk, to be given up when something must be written to a full one. */
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { toErrorShape } from '../contract/index.ts';

/** Some replies with their rows of the refusal log. */
export const RESERVE_BYTES = 512 * 1024;

export class DiskReserve {
  readonly #path: string;

  /** @param path absolute. Its room is taken now. */
  constructor(path: string) {
    this.#path = path;
    this.take();
  }

  /** Takes the room, unless it is held or the disk has hardly more. */
  take(): void {
    try {
      if (statSync(this.#path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      if (bavail * bsize < 2 * RESERVE_BYTES) return;
      // Random, so that a disk that compresses holds room too.
      writeFileSync(this.#path, randomBytes(RESERVE_BYTES), { mode: 0o600 });
    } catch {
      rmSync(this.#path, { force: true });
    }
  }

  /** Gives the room up. Answers whether any was held. */
  release(): boolean {
    const held = existsSync(this.#path);
    rmSync(this.#path, { force: true });
    return held;
  }
}

/**
 * Writes something; where the disk is full, once more with the room of the reserve.
 * @param onUsed is told why the reserve is gone
 */
export async function writeWithReserve<T>(reserve: DiskReserve, write: () => Promise<T>, onUsed: (error: unknown) => void): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (toErrorShape(error).code !== 'disk-full' || !reserve.release()) throw error;
    const written = await write();
    onUsed(error);
    return written;
  }
}
