/**
 * Unsent messages, kept in this browser so that a reload loses none of them. One entry a conversation, and one for each of its messages
 * that is being edited; what has not been started yet has one of its own. Bounded: the oldest go first, and one too long is not kept.
 */

import { attachedDocument, type AttachedDocument } from '../contract.ts';

/** A document that goes with the message, and how long it is for the model; null where that is not known. */
export interface DraftDocument {
  readonly document: AttachedDocument;
  readonly tokens: number | null;
}

/** What a message that is being written is made of. */
export interface StoredDraft {
  /** What was typed, and long pastes beside it. */
  readonly text: string;
  readonly pastes: readonly string[];
  /** Documents that were read for it. Absent in drafts of earlier versions. */
  readonly documents?: readonly DraftDocument[];
  /** The message of which this will be another version; null: it goes to the end. */
  readonly rephrases: string | null;
}

interface Entry extends StoredDraft {
  readonly id: string;
}

const KEY = 'steady.drafts';
/** The name of what has no conversation yet. */
const NEW = '';
/** How long after the last change it is written. */
const DELAY_MS = 300;
const MOST_DRAFTS = 40;
/** UTF-16 units of all drafts together; browsers keep about five million an origin. */
const MOST_UNITS = 1_000_000;

/** Under which name the new text of an edited message is kept. Ids have no spaces. */
export const editId = (conversationId: string, messageId: string): string => `${conversationId} ${messageId}`;

/** What the name and the notes of a document take at most, for a bound. */
const DOCUMENT_UNITS = 1_000;
const sizeOf = ({ text, pastes, documents = [] }: StoredDraft) =>
  pastes.reduce((sum, paste) => sum + paste.length, text.length + documents.length * DOCUMENT_UNITS);

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { id, text, pastes, documents, rephrases } = value as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    typeof text === 'string' &&
    Array.isArray(pastes) &&
    pastes.every((paste) => typeof paste === 'string') &&
    (documents === undefined ||
      (Array.isArray(documents) &&
        documents.every((one: Partial<DraftDocument> | null) => attachedDocument.safeParse(one?.document).success))) &&
    (rephrases === null || typeof rephrases === 'string')
  );
}

export class DraftStorage {
  readonly #storage: Storage;
  /** The change that is not written yet. */
  #waiting: { readonly id: string | null; readonly draft: StoredDraft } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  get(conversationId: string | null): StoredDraft | null {
    return this.#read().find(({ id }) => id === (conversationId ?? NEW)) ?? null;
  }

  /** New texts of messages of a conversation that are being edited, with the messages' ids. */
  edits(conversationId: string): [messageId: string, draft: StoredDraft][] {
    const prefix = editId(conversationId, '');
    return this.#read().flatMap((entry) => (entry.id.startsWith(prefix) ? [[entry.id.slice(prefix.length), entry]] : []));
  }

  /** Keeps a draft once it has not changed for a moment; an empty one is removed. */
  keepSoon(id: string | null, draft: StoredDraft): void {
    if (this.#waiting?.id !== id) this.flush();
    this.#waiting = { id, draft };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), DELAY_MS);
  }

  /** Writes what waits. */
  flush(): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) this.#set(waiting.id, waiting.draft);
  }

  /** Forgets a draft, also one that waits: it was sent. */
  remove(id: string | null): void {
    if (this.#waiting?.id === id) this.#waiting = null;
    this.#set(id, { text: '', pastes: [], rephrases: null });
  }

  /** Forgets everything of a conversation that is gone. */
  removeConversation(id: string): void {
    const isOfIt = (name: string | null | undefined) => name === id || name?.startsWith(editId(id, '')) === true;
    if (isOfIt(this.#waiting?.id)) this.#waiting = null;
    this.#write(this.#read().filter((entry) => !isOfIt(entry.id)));
  }

  #set(conversationId: string | null, draft: StoredDraft): void {
    const id = conversationId ?? NEW;
    const others = this.#read().filter((entry) => entry.id !== id);
    if (sizeOf(draft) === 0 || sizeOf(draft) > MOST_UNITS) this.#write(others);
    else this.#write([{ id, ...draft }, ...others]);
  }

  /** The newest first. What is not as it was written is passed over. */
  #read(): Entry[] {
    try {
      const stored: unknown = JSON.parse(this.#storage.getItem(KEY) ?? '[]');
      return Array.isArray(stored) ? stored.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  #write(entries: readonly Entry[]): void {
    let units = 0;
    const kept = entries.slice(0, MOST_DRAFTS).filter((entry) => (units += sizeOf(entry)) <= MOST_UNITS);
    try {
      if (kept.length === 0) this.#storage.removeItem(KEY);
      else this.#storage.setItem(KEY, JSON.stringify(kept));
    } catch (error) {
      // Full, or forbidden by the browser: the draft lives as long as the page.
      console.warn('The unsent message could not be kept for a reload.', error);
    }
  }
}
