/** ZIP archives, and files that are ones (XLSX, ODS, DOCX), read within bounds whatever the archive says of itself. */
import { fromBufferPromise, openPromise, type Entry, type ZipFile } from 'yauzl';

/** Of one member, unpacked, in bytes; members say their size, and the reader holds them to it. */
const MAX_MEMBER_BYTES = 64 * 1024 * 1024;
/** Of all members that are read together. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;
/** More members than any office file or list of prompts has. */
const MAX_MEMBERS = 10_000;

/** What is wrong with an archive, in a sentence. */
export class BadArchive extends Error {}

interface Member {
  name: string;
  bytes: number;
}

export class Archive {
  readonly #zip: ZipFile;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly members: readonly Member[];
  #unpacked = 0;

  private constructor(zip: ZipFile, entries: ReadonlyMap<string, Entry>) {
    this.#zip = zip;
    this.#entries = entries;
    this.members = [...entries.values()].map(({ fileName, uncompressedSize }) => ({ name: fileName, bytes: uncompressedSize }));
  }

  /** Reads the list of members. @param content the bytes, or the path of a file @throws BadArchive */
  static async open({ content }: { readonly content: Uint8Array | string }): Promise<Archive> {
    const zip = await (
      typeof content === 'string' ? openPromise(content, OPTIONS) : fromBufferPromise(Buffer.from(content), OPTIONS)
    ).catch((cause: unknown) => {
      throw new BadArchive('It is a damaged ZIP archive.', { cause });
    });
    try {
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        if (entry.fileName.endsWith('/')) continue;
        if (entries.size >= MAX_MEMBERS) throw new BadArchive(`It holds more than ${MAX_MEMBERS} files.`);
        entries.set(entry.fileName, entry);
      }
      return new Archive(zip, entries);
    } catch (cause) {
      zip.close();
      throw cause instanceof BadArchive ? cause : new BadArchive('It is a damaged ZIP archive.', { cause });
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** A member's bytes, unpacked. @throws BadArchive for one that is absent, encrypted, damaged or larger than bounds allow */
  async *read(name: string): AsyncGenerator<Uint8Array> {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new BadArchive(`It lacks ${name}.`);
    if (entry.isEncrypted()) throw new BadArchive('It is protected by a password.');
    if (entry.uncompressedSize > MAX_MEMBER_BYTES) throw tooLarge(name);
    let bytes = 0;
    try {
      for await (const chunk of (await this.#zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        this.#unpacked += chunk.length;
        if (bytes > MAX_MEMBER_BYTES || this.#unpacked > MAX_UNPACKED_BYTES) throw tooLarge(name);
        yield chunk;
      }
    } catch (cause) {
      throw cause instanceof BadArchive ? cause : new BadArchive(`${name} in it is damaged.`, { cause });
    }
  }

  async readAll(name: string): Promise<Uint8Array> {
    return Buffer.concat(await Array.fromAsync(this.read(name)));
  }

  /** What is read again is not counted again. */
  again(): void {
    this.#unpacked = 0;
  }

  close(): void {
    this.#zip.close();
  }
}

const OPTIONS = { autoClose: false, lazyEntries: true, validateEntrySizes: true };

const tooLarge = (name: string) =>
  new BadArchive(
    `${name} in it is too large: up to ${MAX_MEMBER_BYTES / 1024 / 1024} MiB of a file are unpacked, and ${MAX_UNPACKED_BYTES / 1024 / 1024} MiB in all.`,
  );
