/** Reads a bundle's archive byte by byte: anything but the one form that bundles have is refused. */
import { createReadStream } from 'node:fs';
import { SteadyError } from '../../../../contract/index.ts';
import { TAR_BLOCK, TAR_END, tarHeader, tarPadding } from './tar.ts';
import { BUNDLE_FILES } from './write.ts';

const notABundle = (why: string) =>
  new SteadyError('bad-input', `This is not a whole bundle: ${why}.`, {
    hint: 'Ask for the file again; it may have been changed, or cut off on its way.',
  });

/** Bytes of a file, in the lengths that are asked for. */
class Source {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#chunks = createReadStream(path, { highWaterMark: 256 * 1024 })[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  /** The next bytes, at most `most`; empty at the end. */
  async some(most: number): Promise<Buffer> {
    if (this.#rest.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done === true) return Buffer.alloc(0);
      this.#rest = value;
    }
    const part = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(part.length);
    return part;
  }

  async exactly(length: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0;) {
      const part = await this.some(left);
      if (part.length === 0) throw notABundle('it is cut off');
      parts.push(part);
      left -= part.length;
    }
    return Buffer.concat(parts);
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * Hands every file of the bundle to `onFile`, in order, with its bytes as they are read.
 * @throws SteadyError `bad-input` for an archive of another form
 */
export async function readBundle(path: string, onFile: (name: string, size: number) => (data: Buffer) => void): Promise<void> {
  const source = new Source(path);
  try {
    for (const name of BUNDLE_FILES) {
      const header = await source.exactly(TAR_BLOCK);
      const size = Number.parseInt(header.toString('latin1', 124, 135), 8);
      if (!Number.isSafeInteger(size) || !header.equals(tarHeader(name, size))) throw notABundle(`${name} is not where it should be`);
      const take = onFile(name, size);
      for (let left = size; left > 0;) {
        const part = await source.some(left);
        if (part.length === 0) throw notABundle('it is cut off');
        take(part);
        left -= part.length;
      }
      if ((await source.exactly(tarPadding(size))).some((byte) => byte !== 0)) throw notABundle(`something is hidden behind ${name}`);
    }
    if ((await source.exactly(TAR_END)).some((byte) => byte !== 0) || (await source.some(1)).length > 0) {
      throw notABundle('there is more in it than there should be');
    }
  } finally {
    await source.close();
  }
}

/** Cuts bytes into lines of text. A line that is too long is not ours. */
export class Lines {
  readonly #onLine: (line: string) => void;
  #parts: Buffer[] = [];

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(data: Buffer): void {
    let start = 0;
    for (let at = data.indexOf(0x0a); at !== -1; at = data.indexOf(0x0a, start)) {
      this.#parts.push(data.subarray(start, at));
      this.#onLine(Buffer.concat(this.#parts).toString('utf8'));
      this.#parts = [];
      start = at + 1;
    }
    // Copied: the buffer it came in is used again.
    if (start < data.length) this.#parts.push(Buffer.from(data.subarray(start)));
  }

  /** Whether nothing is left behind the last line feed. */
  get complete(): boolean {
    return this.#parts.length === 0;
  }
}
