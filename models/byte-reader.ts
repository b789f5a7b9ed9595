/** Reads a file forwards through a window, so that a header of megabytes is parsed without holding the file. */
import type { FileHandle } from 'node:fs/promises';

const WINDOW_BYTES = 256 * 1024;

/** Thrown where the file ends before the value does. */
export class UnexpectedEnd extends Error {}

export class ByteReader {
  private readonly handle: FileHandle;
  private readonly fileBytes: number;
  private window: Buffer = Buffer.alloc(0);
  /** File offset of the window's first byte. */
  private windowStart = 0;
  /** Place in the window. */
  private cursor = 0;

  constructor(handle: FileHandle, fileBytes: number) {
    this.handle = handle;
    this.fileBytes = fileBytes;
  }

  /** File offset of the next byte. */
  get offset(): number {
    return this.windowStart + this.cursor;
  }

  /** Whether the next `bytes` can be taken without reading the file. */
  has(bytes: number): boolean {
    return this.cursor + bytes <= this.window.length;
  }

  /** Makes the next `bytes` available to the synchronous readers below. */
  async fill(bytes: number): Promise<void> {
    if (this.has(bytes)) return;
    const start = this.offset;
    if (start + bytes > this.fileBytes) throw new UnexpectedEnd();
    const length = Math.min(Math.max(bytes, WINDOW_BYTES), this.fileBytes - start);
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.handle.read(buffer, filled, length - filled, start + filled);
      if (bytesRead === 0) throw new UnexpectedEnd();
      filled += bytesRead;
    }
    this.window = buffer;
    this.windowStart = start;
    this.cursor = 0;
  }

  /** Moves on without looking; costs nothing until the next `fill`. */
  skip(bytes: number): void {
    if (this.offset + bytes > this.fileBytes) throw new UnexpectedEnd();
    if (this.has(bytes)) {
      this.cursor += bytes;
      return;
    }
    this.windowStart = this.offset + bytes;
    this.window = Buffer.alloc(0);
    this.cursor = 0;
  }

  /** The next bytes, valid until the next `fill`. */
  take(bytes: number): Buffer {
    const slice = this.window.subarray(this.cursor, this.cursor + bytes);
    this.cursor += bytes;
    return slice;
  }
}
