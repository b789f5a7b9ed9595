/** A file that does nothing but hold room on the disk, to be given up when the last things must be written to a full one. */
import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';

/** Some replies with their rows of the refusal log. */
export const RESERVE_BYTES = 512 * 1024;

export class DiskReserve {
  readonly #path: string;

  /** @param path absolute. Made now, unless it is there or there is no room. */
  constructor(path: string) {
    this.#path = path;
    try {
      if (statSync(path, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return;
      // Random, so that a disk that compresses holds room too.
      writeFileSync(path, randomBytes(RESERVE_BYTES), { mode: 0o600 });
    } catch {
      rmSync(path, { force: true });
    }
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}
