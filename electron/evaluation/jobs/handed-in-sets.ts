/** Sets of prompts that were handed in and read without a fault: files of their own until an evaluation takes them. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { SteadyError, type EvaluationSetInfo } from '../../contract/index.ts';
import { askedOf } from '../../prompt-files/entry.ts';
import { fromFile } from '../../prompt-files/source.ts';
import type { PromptUploads } from '../../prompt-files/uploads.ts';
import { eachItem, lineOf } from '../prompt-set.ts';

const PREVIEW = 5;
const PREVIEW_CHARACTERS = 200;

interface HandedIn {
  path: string;
  info: EvaluationSetInfo;
}

export class HandedInSets {
  readonly #folder: string;
  readonly #uploads: PromptUploads;
  readonly #sets = new Map<string, HandedIn>();
  /** The folder, emptied once: several files may be read at the same moment. */
  #ready: Promise<void> | null = null;

  /** @param folder is emptied: what was handed in to an app that ended is nobody's any more */
  constructor(folder: string, uploads: PromptUploads) {
    this.#folder = folder;
    this.#uploads = uploads;
  }

  /** Reads a file that was handed in; the file goes. @throws SteadyError `bad-input` that names each faulty line; `conflict`, `not-found` */
  async read(uploadId: string): Promise<EvaluationSetInfo> {
    const upload = await this.#uploads.take(uploadId);
    try {
      await (this.#ready ??= this.#prepare());
      const setId = randomUUID();
      const path = join(this.#folder, `${setId}.jsonl`);
      try {
        const info = { setId, name: upload.fileName, ...(await copyAsJsonl(upload.path, upload.fileName, path)) };
        this.#sets.set(setId, { path, info });
        return info;
      } catch (error) {
        await rm(path, { force: true }).catch(() => undefined);
        throw error;
      }
    } finally {
      await rm(upload.path, { force: true }).catch(() => undefined);
    }
  }

  async discard(setId: string): Promise<void> {
    const set = this.#sets.get(setId);
    this.#sets.delete(setId);
    if (set !== undefined) await rm(set.path, { force: true });
  }

  /** What is known of sets. @throws SteadyError `not-found` */
  infos(setIds: readonly string[]): EvaluationSetInfo[] {
    return setIds.map((setId) => this.#require(setId).info);
  }

  /** Hands a set's file over to where it is to lie. @throws SteadyError `not-found`; the file system's own error */
  async take(setId: string, path: string): Promise<void> {
    await rename(this.#require(setId).path, path);
    this.#sets.delete(setId);
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

  #require(setId: string): HandedIn {
    const set = this.#sets.get(setId);
    if (set === undefined) throw new SteadyError('not-found', 'These prompts are not there any more.', { hint: 'Hand them in again.' });
    return set;
  }
}

/** Whatever the format was, a job finds one JSON object a line; where lines allow it, each on the line where it stood. */
async function copyAsJsonl(from: string, name: string, to: string): Promise<Omit<EvaluationSetInfo, 'setId' | 'name'>> {
  const file = createWriteStream(to, { mode: 0o600, flags: 'wx' });
  const failed = once(file, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  const preview: string[] = [];
  let [prompts, withAnswers, line] = [0, 0, 1];
  try {
    const duplicates = await eachItem(fromFile(from, name), async (item) => {
      prompts++;
      if (item.answer !== null) withAnswers++;
      if (preview.length < PREVIEW) preview.push(askedOf(item.prompt).slice(0, PREVIEW_CHARACTERS).toWellFormed());
      const before = Math.max(0, item.line - line);
      line += before + 1;
      if (!file.write(`${'\n'.repeat(before)}${lineOf(item)}\n`)) await Promise.race([once(file, 'drain'), failed]);
      return true;
    });
    file.end();
    await finished(file);
    return { prompts, duplicates, withAnswers, preview };
  } catch (error) {
    file.destroy();
    throw error;
  }
}
