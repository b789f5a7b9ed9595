/**
 * The one form of tar archive that bundles have (POSIX ustar, regular files, no times or owners), so that every byte of a
 * bundle is determined by the names, sizes and contents of its files.
 */
import { createHash, type Hash } from 'node:crypto';

export const TAR_BLOCK = 512;
const MAX_SIZE = 0o77777777777;

/** A file's header. @throws RangeError beyond 8 GiB. */
export function tarHeader(name: string, size: number): Buffer {
  if (size > MAX_SIZE) throw new RangeError('A file in a bundle cannot be larger than 8 GiB.');
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0, 100, 'ascii');
  header.write(octal(0o644, 7), 100, 'ascii');
  header.write(octal(0, 7), 108, 'ascii');
  header.write(octal(0, 7), 116, 'ascii');
  header.write(octal(size, 11), 124, 'ascii');
  header.write(octal(0, 11), 136, 'ascii');
  header.write('        ', 148, 'ascii');
  header.write('0', 156, 'ascii');
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return header;
}

/** Zero bytes after a file of this size. */
export const tarPadding = (size: number): number => (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
/** Two blocks of zeros end an archive. */
export const TAR_END = TAR_BLOCK * 2;

export interface TarredFile {
  name: string;
  bytes: number;
  sha256: string;
}

/** Writes an archive whose files' sizes are known only once they are written. `writeAt` puts bytes at a position. */
export class TarWriter {
  readonly #writeAt: (data: Buffer, position: number) => void;
  #position = 0;
  #open: { name: string; start: number; hash: Hash } | null = null;

  constructor(writeAt: (data: Buffer, position: number) => void) {
    this.#writeAt = writeAt;
  }

  get bytes(): number {
    return this.#position;
  }

  begin(name: string): void {
    this.#open = { name, start: this.#position, hash: createHash('sha256') };
    this.#put(Buffer.alloc(TAR_BLOCK));
  }

  write(data: Buffer): void {
    this.#open!.hash.update(data);
    this.#put(data);
  }

  end(): TarredFile {
    const { name, start, hash } = this.#open!;
    const bytes = this.#position - start - TAR_BLOCK;
    this.#put(Buffer.alloc(tarPadding(bytes)));
    this.#writeAt(tarHeader(name, bytes), start);
    this.#open = null;
    return { name, bytes, sha256: hash.digest('hex') };
  }

  add(name: string, data: Buffer): TarredFile {
    this.begin(name);
    this.write(data);
    return this.end();
  }

  finish(): void {
    this.#put(Buffer.alloc(TAR_END));
  }

  #put(data: Buffer): void {
    if (data.length > 0) this.#writeAt(data, this.#position);
    this.#position += data.length;
  }
}
