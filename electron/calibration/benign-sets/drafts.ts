/** Prompts that were read and are not kept yet. In memory, a few at a time: the oldest gives way. */
import { randomUUID } from 'node:crypto';
import { MAX_PROMPT_DRAFTS, MAX_PROMPT_FILE_BYTES, SteadyError, type PromptDraft } from '../../contract/index.ts';
import { readPrompts, type PromptFormat, type PromptReading } from '../prompt-file.ts';

const PREVIEW = 20;

interface Upload {
  fileName: string;
  bytes: Uint8Array;
  received: number;
}

export interface ReadDraft {
  source: string;
  reading: PromptReading;
}

export class Drafts {
  readonly #uploads = new Map<string, Upload>();
  readonly #drafts = new Map<string, ReadDraft>();

  async fromText(text: string, source: string, format?: PromptFormat): Promise<PromptDraft> {
    return this.#keep(randomUUID(), { source, reading: await readPrompts(source, new TextEncoder().encode(text), { format }) });
  }

  /** Starts a file that comes in pieces. */
  begin(fileName: string, bytes: number): { draftId: string } {
    if (bytes > MAX_PROMPT_FILE_BYTES) {
      throw new SteadyError('bad-input', `${fileName} is too large.`, {
        hint: `Files of up to ${MAX_PROMPT_FILE_BYTES / 1024 / 1024} MiB are read.`,
      });
    }
    makeRoom(this.#uploads);
    const draftId = randomUUID();
    this.#uploads.set(draftId, { fileName, bytes: new Uint8Array(bytes), received: 0 });
    return { draftId };
  }

  /** Adds a piece; a piece that came before is not added twice. Answers how many bytes are there. */
  append(draftId: string, offset: number, base64: string): { received: number } {
    const upload = this.#upload(draftId);
    const piece = Buffer.from(base64, 'base64');
    if (offset > upload.received || offset + piece.length > upload.bytes.length) {
      throw new SteadyError('bad-input', `A piece of ${upload.fileName} does not fit behind the ones before.`, {
        hint: 'Send the file again.',
      });
    }
    upload.bytes.set(piece, offset);
    upload.received = Math.max(upload.received, offset + piece.length);
    return { received: upload.received };
  }

  /** Reads the prompts of a file that came whole. */
  async finish(draftId: string): Promise<PromptDraft> {
    const { fileName, bytes, received } = this.#upload(draftId);
    if (received < bytes.length)
      throw new SteadyError('bad-input', `Only ${received} of ${bytes.length} bytes of ${fileName} arrived.`, {
        hint: 'Send the file again.',
      });
    this.#uploads.delete(draftId);
    return this.#keep(draftId, { source: fileName, reading: await readPrompts(fileName, bytes) });
  }

  discard(draftId: string): void {
    this.#uploads.delete(draftId);
    this.#drafts.delete(draftId);
  }

  /** @throws SteadyError `not-found` */
  get(draftId: string): ReadDraft {
    const draft = this.#drafts.get(draftId);
    if (draft === undefined) throw new SteadyError('not-found', 'These prompts are not there any more.', { hint: 'Read the file again.' });
    return draft;
  }

  #upload(draftId: string): Upload {
    const upload = this.#uploads.get(draftId);
    if (upload === undefined) throw new SteadyError('not-found', 'This upload is not there any more.', { hint: 'Send the file again.' });
    return upload;
  }

  #keep(draftId: string, draft: ReadDraft): PromptDraft {
    makeRoom(this.#drafts);
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

function makeRoom(map: Map<string, unknown>): void {
  while (map.size >= MAX_PROMPT_DRAFTS) map.delete(map.keys().next().value!);
}
