/** Collects a document's text up to a limit; what comes after it is dropped, and readers stop at the next chance. */
import { MAX_DOCUMENT_LENGTH } from '../contract/documents.ts';

export class TextSink {
  readonly #limit: number;
  #parts: string[] = [];
  #length = 0;

  constructor(limit = MAX_DOCUMENT_LENGTH) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#length >= this.#limit;
  }

  push(text: string): void {
    if (this.isFull || text === '') return;
    const kept = text.slice(0, this.#limit - this.#length);
    this.#parts.push(kept);
    this.#length += kept.length;
  }

  /** The text, with at most one empty line between two others and no spaces at the ends of lines. */
  text(): string {
    return this.#parts
      .join('')
      .toWellFormed()
      .replaceAll('\0', '')
      .replace(/\r\n?/g, '\n')
      .replace(/[^\S\n]+\n/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim();
  }
}
