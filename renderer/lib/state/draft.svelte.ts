/**
 * A message being written. Long pasted text is kept beside the text box instead of in it: laying out a megabyte in a
 * text box freezes the page, and nobody edits that much by hand.
 */
import { MAX_MESSAGE_LENGTH } from '../contract.ts';
import type { StoredDraft } from './draft-storage.ts';

/** From this many UTF-16 units on, text goes beside the box. */
export const LONG_TEXT = 20_000;

export interface Paste {
  readonly id: number;
  readonly text: string;
  readonly bytes: number;
  /** Of the file that it was read from. */
  readonly name?: string;
}

const encoder = new TextEncoder();

export class Draft {
  text = $state('');
  pastes = $state.raw<readonly Paste[]>([]);
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

  /** Takes the text of a file, however short it is. */
  addFile(name: string, text: string): void {
    this.pastes = [...this.pastes, { id: this.#nextId++, text: `${name}:\n\n${text}`, bytes: encoder.encode(text).length, name }];
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
    return { text: this.text, pastes: this.pastes.map((paste) => paste.text), rephrases: this.rephrases };
  }

  restore({ text, pastes, rephrases }: StoredDraft): void {
    this.setText(text);
    for (const text of pastes)
      if (!this.addPaste(text)) this.pastes = [...this.pastes, { id: this.#nextId++, text, bytes: encoder.encode(text).length }];
    this.rephrases = rephrases;
  }

  clear(): void {
    this.text = '';
    this.pastes = [];
    this.rephrases = null;
  }
}
