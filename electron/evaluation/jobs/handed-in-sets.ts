/** Sets of prompts that were handed in and read without a fault: files of their own until an evaluation takes them. */
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { SHOWN_PROMPT_LENGTH, SteadyError, type BuiltInSet, type EvaluationSetInfo, type PromptFileOptions } from '../../contract/index.ts';
import { PromptAnalyser } from '../../prompt-files/analysis/analyse.ts';
import { askedOf } from '../../prompt-files/entry.ts';
import type { PromptFormatName } from '../../prompt-files/formats/index.ts';
import { fromFile } from '../../prompt-files/source.ts';
import type { PromptUploads, TakenUpload } from '../../prompt-files/uploads.ts';
import { BUILT_IN_NAMES, builtInPrompts } from '../built-in-sets.ts';
import { eachItem, lineOf } from '../prompt-set.ts';

const PREVIEW = 20;
const PREVIEW_CHARACTERS = SHOWN_PROMPT_LENGTH;

/** What is read: its format is found out where it is not known. */
interface Source extends TakenUpload {
  format?: PromptFormatName;
}

interface HandedIn {
  /** As it was handed in, to be read again. */
  upload: Source;
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

  /** Reads a file that was handed in. @throws SteadyError `bad-input` that names each faulty line; `conflict`, `not-found` */
  async read(uploadId: string): Promise<EvaluationSetInfo> {
    const upload = await this.#uploads.take(uploadId);
    try {
      return await this.#read(randomUUID(), upload, {});
    } catch (error) {
      await remove(upload.path);
      throw error;
    }
  }

  /** Takes a set that comes with the app. */
  builtIn(kind: BuiltInSet): Promise<EvaluationSetInfo> {
    const lines = builtInPrompts(kind).map((prompt) => JSON.stringify({ prompt }));
    return this.fromLines(BUILT_IN_NAMES[kind], lines);
  }

  /** Takes prompts that are here already. @param lines one JSON object each @throws SteadyError `bad-input` where there are none */
  async fromLines(name: string, lines: readonly string[]): Promise<EvaluationSetInfo> {
    await (this.#ready ??= this.#prepare());
    const path = join(this.#folder, `${randomUUID()}.source`);
    await writeFile(path, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    return this.#read(randomUUID(), { fileName: name, path, format: 'jsonl' }, {});
  }

  /** Reads it again, as a person says. Where that fails the set stays as it was. @throws SteadyError `bad-input`, `not-found` */
  async readAgain(setId: string, options: PromptFileOptions): Promise<EvaluationSetInfo> {
    const { upload, path } = this.#require(setId);
    const info = await this.#read(setId, upload, options);
    await remove(path);
    return info;
  }

  async discard(setId: string): Promise<void> {
    const set = this.#sets.get(setId);
    this.#sets.delete(setId);
    if (set !== undefined) await Promise.all([remove(set.path), remove(set.upload.path)]);
  }

  /** What is known of sets. @throws SteadyError `not-found` */
  infos(setIds: readonly string[]): EvaluationSetInfo[] {
    return setIds.map((setId) => this.#require(setId).info);
  }

  /** Hands a set's file over to where it is to lie. @throws SteadyError `not-found`; the file system's own error */
  async take(setId: string, path: string): Promise<void> {
    const set = this.#require(setId);
    await rename(set.path, path);
    this.#sets.delete(setId);
    await remove(set.upload.path);
  }

  async #read(setId: string, upload: Source, options: PromptFileOptions): Promise<EvaluationSetInfo> {
    await (this.#ready ??= this.#prepare());
    const path = join(this.#folder, `${randomUUID()}.jsonl`);
    try {
      const { fileName } = upload;
      const found = await copyAsJsonl(upload, path, options);
      const info = { setId, name: fileName, source: fileName, options, ...found };
      this.#sets.set(setId, { upload, path, info });
      return info;
    } catch (error) {
      await remove(path);
      throw error;
    }
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

const remove = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined);

type Copied = Omit<EvaluationSetInfo, 'setId' | 'name' | 'source' | 'options'>;

/** Whatever the format was, a job finds one JSON object a line; where lines allow it, each on the line where it stood. */
async function copyAsJsonl({ path: from, fileName: name, format }: Source, to: string, options: PromptFileOptions): Promise<Copied> {
  const file = createWriteStream(to, { mode: 0o600, flags: 'wx' });
  const failed = once(file, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined);
  const preview: string[] = [];
  const analyser = new PromptAnalyser();
  let [prompts, withAnswers, line] = [0, 0, 1];
  try {
    const found = await eachItem(fromFile(from, name), format === undefined ? options : { ...options, format }, async (item) => {
      prompts++;
      if (item.answer !== null) withAnswers++;
      const asked = askedOf(item.prompt);
      if (preview.length < PREVIEW) preview.push(asked.slice(0, PREVIEW_CHARACTERS).toWellFormed());
      await analyser.add(asked);
      const before = Math.max(0, item.line - line);
      line += before + 1;
      if (!file.write(`${'\n'.repeat(before)}${lineOf(item)}\n`)) await Promise.race([once(file, 'drain'), failed]);
      return true;
    });
    file.end();
    await finished(file);
    return { ...found, prompts, withAnswers, preview, badLines: [], badLineCount: 0, ...(await analyser.finish()) };
  } catch (error) {
    file.destroy();
    throw error;
  }
}
