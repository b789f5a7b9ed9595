/** Files of prompts that a page hands in, piece by piece, until an area takes them to be read. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MAX_PROMPT_FILE_BYTES, SteadyError } from '../contract/index.ts';

/** More than a page sends at once; the oldest gives way to the next. */
const MAX_UPLOADS = 64;
/** What an app that ended left behind is removed when it is as old as this: another copy may be receiving the rest. */
const KEEP_MS = 24 * 60 * 60 * 1000;

interface Upload {
  fileName: string;
  bytes: number;
  received: number;
  path: string;
}

/** A file that came whole. Whoever takes it removes it. */
export interface TakenUpload {
  fileName: string;
  path: string;
}

export class PromptUploads {
  readonly #folder: string;
  readonly #uploads = new Map<string, Upload>();
  /** Made and swept once: several files may be handed in at the same moment. */
  #ready: Promise<void> | null = null;

  /** @param folder absolute; made when the first file comes */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Starts a file of so many bytes. @throws SteadyError `bad-input` for one that is too large */
  async begin(fileName: string, bytes: number): Promise<{ uploadId: string }> {
    if (bytes > MAX_PROMPT_FILE_BYTES) {
      throw new SteadyError('bad-input', `${fileName} is too large.`, {
        hint: `Files of up to ${MAX_PROMPT_FILE_BYTES / 1024 / 1024} MiB are read.`,
      });
    }
    await (this.#ready ??= this.#prepare());
    const uploadId = randomUUID();
    const path = join(this.#folder, uploadId);
    await writeFile(path, '', { mode: 0o600 });
    const tooMany = Math.max(0, this.#uploads.size + 1 - MAX_UPLOADS);
    for (const oldest of [...this.#uploads.keys()].slice(0, tooMany)) await this.discard(oldest);
    this.#uploads.set(uploadId, { fileName: basename(fileName), bytes, received: 0, path });
    return { uploadId };
  }

  /**
   * Adds a piece. One that came before is not added twice, so that a page may send it again when it heard no answer.
   * @returns how many bytes are there
   * @throws SteadyError `conflict` for a piece that does not follow the ones before; `not-found`
   */
  async append(uploadId: string, offset: number, base64: string): Promise<{ received: number }> {
    const upload = this.#require(uploadId);
    const piece = Buffer.from(base64, 'base64');
    if (offset > upload.received || offset + piece.length > upload.bytes) {
      throw new SteadyError('conflict', `The pieces of ${upload.fileName} do not fit together.`, { hint: 'Choose the file again.' });
    }
    upload.received = Math.max(upload.received, offset + piece.length);
    try {
      const file = await open(upload.path, 'r+');
      try {
        await file.write(piece, 0, piece.length, offset);
      } finally {
        await file.close();
      }
    } catch (error) {
      // Part of the piece may be there. On a full disk nobody wants to keep it.
      await this.discard(uploadId).catch(() => undefined);
      throw error;
    }
    return { received: upload.received };
  }

  /** Hands a file over to whoever reads it. One that did not come whole yet stays. @throws SteadyError `conflict`, `not-found` */
  async take(uploadId: string): Promise<TakenUpload & { bytes: number }> {
    const upload = this.#require(uploadId);
    const { fileName, path, received, bytes } = upload;
    if (received !== bytes) {
      throw new SteadyError('conflict', `Only ${received} of ${bytes} bytes of ${fileName} arrived: it did not arrive whole.`, {
        hint: 'Send the rest, or choose it again.',
      });
    }
    this.#uploads.delete(uploadId);
    return { fileName, path, bytes };
  }

  async discard(uploadId: string): Promise<void> {
    const upload = this.#uploads.get(uploadId);
    this.#uploads.delete(uploadId);
    if (upload !== undefined) await rm(upload.path, { force: true });
  }

  async #prepare(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      for (const name of await readdir(this.#folder)) {
        const path = join(this.#folder, name);
        const modified = await stat(path).then(
          ({ mtimeMs }) => mtimeMs,
          () => Date.now(),
        );
        if (Date.now() - modified > KEEP_MS) await rm(path, { recursive: true, force: true }).catch(() => undefined);
      }
    } catch (error) {
      this.#ready = null;
      throw error;
    }
  }

  #require(uploadId: string): Upload {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined) throw new SteadyError('not-found', 'This upload is not there any more.', { hint: 'Hand the file in again.' });
    return upload;
  }
}
