/** Prompts that were read and are not kept yet. A few at a time: the oldest gives way. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { MAX_PROMPT_DRAFTS, SteadyError, type PromptDraft, type PromptFileOptions } from '../../contract/index.ts';
import { analysePrompts, type PromptAnalysis } from '../../prompt-files/analysis/analyse.ts';
import type { PromptFormatName } from '../../prompt-files/formats/index.ts';
import type { PromptUploads } from '../../prompt-files/uploads.ts';
import { readPrompts, readPromptsFrom, type PromptReading } from './read-prompts.ts';

const PREVIEW = 20;

export interface ReadDraft {
  source: string;
  /** How it can be read again. */
  from: { path: string } | { bytes: Uint8Array; format: PromptFormatName | undefined };
  options: PromptFileOptions;
  reading: PromptReading;
  analysis: PromptAnalysis;
}

export class Drafts {
  readonly #uploads: PromptUploads;
  readonly #drafts = new Map<string, ReadDraft>();

  constructor(uploads: PromptUploads) {
    this.#uploads = uploads;
  }

  async fromText(text: string, source: string, format?: PromptFormatName): Promise<PromptDraft> {
    return this.#keep(randomUUID(), await readDraft(source, { bytes: new TextEncoder().encode(text), format }, {}));
  }

  /** Reads the prompts of a file that was handed in, and holds it until the draft goes. @throws SteadyError `bad-input`, `conflict`, `not-found` */
  async fromUpload(uploadId: string): Promise<PromptDraft> {
    const { fileName, path } = await this.#uploads.take(uploadId);
    try {
      return this.#keep(randomUUID(), await readDraft(fileName, { path }, {}));
    } catch (error) {
      await remove(path);
      throw error;
    }
  }

  /** Reads a draft again. Where that fails it stays as it was. @throws SteadyError `bad-input`, `not-found` */
  async read(draftId: string, options: PromptFileOptions): Promise<PromptDraft> {
    const { source, from } = this.get(draftId);
    return this.#keep(draftId, await readDraft(source, from, options));
  }

  async discard(draftId: string): Promise<void> {
    const draft = this.#drafts.get(draftId);
    this.#drafts.delete(draftId);
    if (draft !== undefined && 'path' in draft.from) await remove(draft.from.path);
  }

  /** @throws SteadyError `not-found` */
  get(draftId: string): ReadDraft {
    const draft = this.#drafts.get(draftId);
    if (draft === undefined) throw new SteadyError('not-found', 'These prompts are not there any more.', { hint: 'Read the file again.' });
    return draft;
  }

  async #keep(draftId: string, draft: ReadDraft): Promise<PromptDraft> {
    const oldest = [...this.#drafts.keys()]
      .filter((key) => key !== draftId)
      .slice(0, Math.max(0, this.#drafts.size - MAX_PROMPT_DRAFTS + 1));
    if (!this.#drafts.has(draftId)) for (const key of oldest) await this.discard(key);
    this.#drafts.set(draftId, draft);
    const { source, options, reading, analysis } = draft;
    const { prompts, ...found } = reading;
    return { draftId, source, options, ...found, prompts: prompts.length, preview: prompts.slice(0, PREVIEW), ...analysis };
  }
}

async function readDraft(source: string, from: ReadDraft['from'], options: PromptFileOptions): Promise<ReadDraft> {
  const reading =
    'path' in from
      ? await readPromptsFrom(from.path, source, options)
      : await readPrompts(source, from.bytes, { ...options, format: from.format });
  return { source, from, options, reading, analysis: await analysePrompts(reading.prompts) };
}

const remove = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined);
