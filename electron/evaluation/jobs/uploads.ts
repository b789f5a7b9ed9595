/** Prompts that a page hands in, piece by piece, into files of their own until an evaluation takes them. */
import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { SteadyError, type EvaluationSetInfo } from '../../contract/index.ts';
import { linesOf, readEvaluationSet } from '../prompt-set.ts';

const PREVIEW = 5;
const PREVIEW_CHARACTERS = 200;
/** Lines that are looked at to tell JSONL from plain text. */
const LOOKED_AT = 50;

interface Upload {
  name: string;
  bytes: number;
  received: number;
  path: string;
  /** Null until it was read without a fault. */
  info: EvaluationSetInfo | null;
}

export class Uploads {
  readonly #folder: string;
  readonly #uploads = new Map<string, Upload>();
  /** The folder, emptied once: several files may be handed in at the same moment. */
  #ready: Promise<unknown> | null = null;

  /** @param folder is emptied: what was handed in to an app that ended is nobody's any more */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async begin(fileName: string, bytes: number): Promise<{ setId: string }> {
    await (this.#ready ??= this.#prepare());
    const setId = randomUUID();
    const path = join(this.#folder, `${setId}.jsonl`);
    await writeFile(path, '', { mode: 0o600 });
    this.#uploads.set(setId, { name: basename(fileName), bytes, received: 0, path, info: null });
    return { setId };
  }

  async #prepare(): Promise<void> {
    try {
      await rm(this.#folder, { recursive: true, force: true });
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      this.#ready = null;
      throw error;
    }
  }

  async append(setId: string, offset: number, base64: string): Promise<{ received: number }> {
    const upload = this.#require(setId);
    const piece = Buffer.from(base64, 'base64');
    if (offset !== upload.received || upload.received + piece.length > upload.bytes || upload.info !== null) {
      throw new SteadyError('conflict', 'The pieces of this file do not fit together.', { hint: 'Choose the file again.' });
    }
    upload.received += piece.length;
    try {
      await appendFile(upload.path, piece);
    } catch (error) {
      // Part of the piece may be there. On a full disk nobody wants to keep it.
      await this.discard(setId).catch(() => undefined);
      throw error;
    }
    return { received: upload.received };
  }

  /** Reads what was handed in. Where it has faults it is dropped. @throws `bad-input` */
  async finish(setId: string): Promise<EvaluationSetInfo> {
    const upload = this.#require(setId);
    try {
      if (upload.received !== upload.bytes)
        throw new SteadyError('conflict', 'The file did not arrive whole.', { hint: 'Choose it again.' });
      if (!(await looksLikeJsonl(upload))) await textToJsonl(upload.path, upload.name);
      const set = await readEvaluationSet(upload.path, { name: upload.name });
      upload.info = {
        setId,
        name: upload.name,
        prompts: set.items.length,
        duplicates: set.duplicates,
        withAnswers: set.items.filter(({ answer }) => answer !== null).length,
        preview: set.items.slice(0, PREVIEW).map(({ prompt }) => prompt.turns.at(-1)!.text.slice(0, PREVIEW_CHARACTERS).toWellFormed()),
      };
      return upload.info;
    } catch (error) {
      await this.discard(setId);
      throw error;
    }
  }

  async discard(setId: string): Promise<void> {
    const upload = this.#uploads.get(setId);
    this.#uploads.delete(setId);
    if (upload !== undefined) await rm(upload.path, { force: true });
  }

  /** What is known of sets that were read. @throws `not-found` */
  infos(setIds: readonly string[]): EvaluationSetInfo[] {
    return setIds.map((setId) => {
      const { info } = this.#require(setId);
      if (info === null) throw new SteadyError('bad-input', 'A file has not arrived whole yet.', { hint: 'Wait until it is there.' });
      return info;
    });
  }

  /** Hands a set's file over to where it is to lie. */
  async take(setId: string, path: string): Promise<void> {
    await rename(this.#require(setId).path, path);
    this.#uploads.delete(setId);
  }

  #require(setId: string): Upload {
    const upload = this.#uploads.get(setId);
    if (upload === undefined) throw new SteadyError('not-found', 'These prompts are not there any more.', { hint: 'Hand them in again.' });
    return upload;
  }
}

async function looksLikeJsonl({ name, path }: Upload): Promise<boolean> {
  if (/\.(?:jsonl|ndjson)$/i.test(name)) return true;
  if ((await stat(path)).size === 0) return true;
  const stream = createReadStream(path, 'utf8');
  let looked = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) {
      if (line.trim() === '') continue;
      if (!line.trimStart().startsWith('{')) return false;
      if (++looked === LOOKED_AT) break;
    }
  } finally {
    stream.destroy();
  }
  return looked > 0;
}

/** A prompt a line becomes a JSON object a line; lines keep their numbers. */
async function textToJsonl(path: string, name: string): Promise<void> {
  const partial = `${path}.part`;
  const objects = async function* () {
    for await (const { text } of linesOf(path, name)) {
      const prompt = text.replace(/^\ufeff/, '').trim();
      yield prompt === '' ? '\n' : `${JSON.stringify({ prompt })}\n`;
    }
  };
  await pipeline(objects, createWriteStream(partial, { mode: 0o600 }));
  await rename(partial, path);
}
