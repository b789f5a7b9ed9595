/**
 * A message being written. Long pasted text is kept beside the text box instead of in it: laying out a megabyte in a
 * text box freezes the page, and nobody edits that much by hand.
 */
import { MAX_MESSAGE_LENGTH, type AttachedDocument } from '../contract.ts';
import type { DraftDocument, StoredDraft } from './draft-storage.ts';

/** From this many UTF-16 units on, text goes beside the box. */
export const LONG_TEXT = 20_000;

export interface Paste {
  readonly id: number;
  readonly text: string;
  readonly bytes: number;
}

/** A file that is being handed over and read. */
export interface PendingFile {
  readonly id: number;
  readonly name: string;
}

const encoder = new TextEncoder();

export class Draft {
  text = $state('');
  pastes = $state.raw<readonly Paste[]>([]);
  documents = $state.raw<readonly DraftDocument[]>([]);
  pending = $state.raw<readonly PendingFile[]>([]);
  /** The id of the message whose refused version is being reworded here: sending makes another version of it. */
  rephrases = $state<string | null>(null);
  #nextId = 1;

  /** Length of the whole message in UTF-16 units. */
  readonly length = $derived(this.text.length + this.pastes.reduce((sum, paste) => sum + paste.text.length + 2, 0));
  readonly isEmpty = $derived(this.pastes.length === 0 && this.text.trim() === '');
  readonly isTooLong = $derived(this.length > MAX_MESSAGE_LENGTH);

  constructor(text = '') {
    this.setText(text);
  }

  /** Replaces the text of the box; text too long for it goes beside it. */
  setText(text: string): void {
    if (text.length < LONG_TEXT) {
      this.text = text;
      return;
    }
    this.text = '';
    this.addPaste(text);
  }

  /** Takes pasted text if it is too long for the box. Returns whether it did. */
  addPaste(text: string): boolean {
    if (text.length < LONG_TEXT) return false;
    this.pastes = [...this.pastes, { id: this.#nextId++, text, bytes: encoder.encode(text).length }];
    return true;
  }

  /** Notes that a file is being read; answers with the function that says that it is not any more. */
  begin(name: string): () => void {
    const id = this.#nextId++;
    this.pending = [...this.pending, { id, name }];
    return () => (this.pending = this.pending.filter((file) => file.id !== id));
  }

  addDocument(document: AttachedDocument, tokens: number | null): void {
    this.documents = [...this.documents.filter((known) => known.document.id !== document.id), { document, tokens }];
  }

  removeDocument(id: string): void {
    this.documents = this.documents.filter(({ document }) => document.id !== id);
  }

  removePaste(id: number): void {
    this.pastes = this.pastes.filter((paste) => paste.id !== id);
  }

  /** The whole message: what was typed, then what was pasted. */
  compose(): string {
    const typed = this.text.trim();
    return [...(typed === '' ? [] : [typed]), ...this.pastes.map((paste) => paste.text)].join('\n\n');
  }

  /** What outlasts a reload. */
  get stored(): StoredDraft {
    return { text: this.text, pastes: this.pastes.map((paste) => paste.text), documents: this.documents, rephrases: this.rephrases };
  }

  restore({ text, pastes, documents = [], rephrases }: StoredDraft): void {
    this.setText(text);
    for (const text of pastes)
      if (!this.addPaste(text)) this.pastes = [...this.pastes, { id: this.#nextId++, text, bytes: encoder.encode(text).length }];
    this.documents = documents;
    this.rephrases = rephrases;
  }

  clear(): void {
    this.text = '';
    this.pastes = [];
    this.documents = [];
    this.rephrases = null;
  }
}
