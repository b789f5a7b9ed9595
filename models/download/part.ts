/**
 * The unfinished file of a download: always a prefix of the finished one, whichever source wrote it, so that any source
 * can go on from where another stopped.
 */
import { mkdir, open, rm, statfs, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isDiskFull, ModelError } from '../errors.ts';
import { formatBytes } from '../text.ts';

/** Left free on the disk, in bytes: a conversation must still be savable. */
const RESERVE_BYTES = 64 * 1024 * 1024;

export class PartFile {
  readonly path: string;
  private readonly handle: FileHandle;
  private length: number;

  private constructor(path: string, handle: FileHandle, length: number) {
    this.path = path;
    this.handle = handle;
    this.length = length;
  }

  /** Opens or starts the file; what an earlier try wrote is kept. */
  static async open(path: string): Promise<PartFile> {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'r+').catch(() => open(path, 'w+'));
    return new PartFile(path, handle, (await handle.stat()).size);
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.length;
  }

  /** Writes at the end. @throws ModelError `disk-full`. */
  async append(chunk: Uint8Array): Promise<void> {
    try {
      let done = 0;
      while (done < chunk.length) {
        const { bytesWritten } = await this.handle.write(chunk, done, chunk.length - done, this.length);
        done += bytesWritten;
        this.length += bytesWritten;
      }
    } catch (error) {
      if (isDiskFull(error)) throw diskFull(dirname(this.path), undefined, error);
      throw error;
    }
  }

  /** Cuts the file back to its first `bytes`. */
  async truncate(bytes: number): Promise<void> {
    if (bytes >= this.length) return;
    await this.handle.truncate(bytes);
    this.length = bytes;
  }

  /** Puts what was written on the disk itself and closes the file. */
  async close(): Promise<void> {
    await this.handle.sync().catch(() => undefined);
    await this.handle.close();
  }
}

/** Checks that there is room for so many more bytes. @throws ModelError `disk-full`. */
export async function requireSpace(directory: string, bytes: number): Promise<void> {
  await mkdir(directory, { recursive: true });
  const { bavail, bsize } = await statfs(directory);
  const free = Number(bavail) * Number(bsize);
  if (free < bytes + RESERVE_BYTES) throw diskFull(directory, { neededBytes: bytes + RESERVE_BYTES, freeBytes: free });
}

/** The error of a disk without room. */
export function diskFull(directory: string, sizes?: { neededBytes: number; freeBytes: number }, cause?: unknown): ModelError {
  const numbers = sizes ? `: the download needs ${formatBytes(sizes.neededBytes)} and ${formatBytes(sizes.freeBytes)} is free` : '';
  return new ModelError('disk-full', `There is not enough room on the disk of ${directory}${numbers}.`, {
    hint: 'Free some space, then start again: what was fetched is kept.',
    details: { directory, ...sizes },
    cause,
  });
}

/** Deletes a file or folder of the download's own making. */
export async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true });
}
