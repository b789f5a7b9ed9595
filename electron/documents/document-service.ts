/** Documents of conversations: read from files, kept, and put into prompts. */
import { rm } from 'node:fs/promises';
import type { AttachedDocument, DocumentUse, Measure, Message } from '../contract/index.ts';
import { DOCUMENT_CHUNK } from '../contract/index.ts';
import type { EngineTurn } from '../engine/protocol.ts';
import type { PromptUploads } from '../prompt-files/uploads.ts';
import type { DocumentStore } from '../store/index.ts';
import { planReading } from './plan-reading.ts';
import { documentText } from './prompt-text.ts';
import { DocumentReader } from './reader.ts';

/** A document that was read for a message and never sent is removed after this: drafts outlast a reload, not a month. */
const UNSENT_MS = 30 * 24 * 60 * 60 * 1000;

export interface DocumentServiceOptions {
  store: DocumentStore;
  uploads: PromptUploads;
  /** Counts texts with the loaded model; null where none is loaded. */
  countTokens(text: string): Promise<number | null>;
  reader?: DocumentReader;
}

export class DocumentService {
  readonly #options: DocumentServiceOptions;
  readonly #reader: DocumentReader;

  constructor(options: DocumentServiceOptions) {
    this.#options = options;
    this.#reader = options.reader ?? new DocumentReader();
  }

  /** Files on their way. None of those of the admin area. */
  get uploads(): PromptUploads {
    return this.#options.uploads;
  }

  /** Reads a file that a page handed over. @throws SteadyError `bad-input` for what cannot be read */
  async addUpload(uploadId: string): Promise<{ document: AttachedDocument; tokens: number | null }> {
    const { path, fileName, bytes } = await this.#options.uploads.take(uploadId);
    try {
      const document = await this.addFile(path, fileName, bytes);
      const text = await this.#options.store.read(document.id, 0, document.length);
      return { document, tokens: await this.#options.countTokens(text) };
    } finally {
      await rm(path, { force: true });
    }
  }

  /** Reads a file of this machine. @throws SteadyError `bad-input` for what cannot be read */
  async addFile(path: string, name: string, bytes: number): Promise<AttachedDocument> {
    return this.#options.store.add({ name, bytes, ...(await this.#reader.read(path, name)) });
  }

  read(id: string, start: number): Promise<string> {
    return this.#options.store.read(id, start, DOCUMENT_CHUNK);
  }

  discard(id: string): Promise<void> {
    return this.#options.store.discard(id);
  }

  /** Call now and then. */
  sweep(): Promise<void> {
    return this.#options.store.sweep(Date.now() - UNSENT_MS);
  }

  /**
   * What the prompt of a new message has of documents; undefined where there are none.
   * @param path the messages before it
   */
  async plan(
    path: readonly Message[],
    message: { text: string; documents: readonly string[] },
    measure: (texts: string[]) => Promise<Measure>,
  ): Promise<DocumentUse[] | undefined> {
    const { store } = this.#options;
    const attached = await store.get(message.documents);
    const earlier = await store.get([...longOnes(path)].filter((id) => !message.documents.includes(id)));
    if (attached.length === 0 && earlier.length === 0) return undefined;
    return planReading({ question: message.text, attached, earlier, store, measure });
  }

  /** The turns as the model gets them: documents stand before the message, and protection reads them as it reads a pasted text. */
  async turns(path: readonly Message[]): Promise<EngineTurn[]> {
    const { store } = this.#options;
    const known = new Map<string, AttachedDocument>();
    const turns: EngineTurn[] = [];
    for (const { role, text, reasoning, documents = [], reading = [] } of path) {
      for (const document of documents) known.set(document.id, document);
      const before = await documentText(reading, known, (id, start, length) => store.read(id, start, length));
      turns.push({ role, text: before + text, ...(reasoning === undefined ? {} : { reasoning: reasoning.text }) });
    }
    return turns;
  }
}

/** Documents of which some message has passages: later questions may need others. */
function longOnes(path: readonly Message[]): Set<string> {
  return new Set(path.flatMap(({ reading = [] }) => reading.flatMap(({ documentId, passages }) => (passages === null ? [] : documentId))));
}
