/** Prompts that were read and are not kept yet. In memory, a few at a time: the oldest gives way. */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { MAX_PROMPT_DRAFTS, SteadyError, type PromptDraft } from '../../contract/index.ts';
import type { PromptFormatName } from '../../prompt-files/formats/index.ts';
import type { PromptUploads } from '../../prompt-files/uploads.ts';
import { readPrompts, readPromptsFrom, type PromptReading } from './read-prompts.ts';

const PREVIEW = 20;

export interface ReadDraft {
  source: string;
  reading: PromptReading;
}

export class Drafts {
  readonly #uploads: PromptUploads;
  readonly #drafts = new Map<string, ReadDraft>();

  constructor(uploads: PromptUploads) {
    this.#uploads = uploads;
  }

  async fromText(text: string, source: string, format?: PromptFormatName): Promise<PromptDraft> {
    return this.#keep({ source, reading: await readPrompts(source, new TextEncoder().encode(text), { format }) });
  }

  /** Reads the prompts of a file that was handed in; the file goes. @throws SteadyError `bad-input`, `conflict`, `not-found` */
  async fromUpload(uploadId: string): Promise<PromptDraft> {
    const { fileName, path } = await this.#uploads.take(uploadId);
    try {
      return this.#keep({ source: fileName, reading: await readPromptsFrom(path, fileName) });
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
    }
  }

  discard(draftId: string): void {
    this.#drafts.delete(draftId);
  }

  /** @throws SteadyError `not-found` */
  get(draftId: string): ReadDraft {
    const draft = this.#drafts.get(draftId);
    if (draft === undefined) throw new SteadyError('not-found', 'These prompts are not there any more.', { hint: 'Read the file again.' });
    return draft;
  }

  #keep(draft: ReadDraft): PromptDraft {
    const draftId = randomUUID();
    while (this.#drafts.size >= MAX_PROMPT_DRAFTS) this.#drafts.delete(this.#drafts.keys().next().value!);
    this.#drafts.set(draftId, draft);
    const { format, encoding, prompts, duplicates, badLines, badLineCount, notes } = draft.reading;
    return {
      draftId,
      source: draft.source,
      format,
      encoding,
      prompts: prompts.length,
      duplicates,
      badLines,
      badLineCount,
      preview: prompts.slice(0, PREVIEW),
      notes,
    };
  }
}
