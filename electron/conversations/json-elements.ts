/** The elements of a JSON list, one at a time, from text that comes in pieces: a file of any size takes the memory of its largest element. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING = new Set([0x5b, 0x7b]); // [ {
const CLOSING = new Set([0x5d, 0x7d]); // ] }

export class JsonElements {
  readonly #maxLength: number;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #parts: string[] = [];
  #length = 0;
  #tooLong = false;

  /** @param maxLength UTF-16 units of the longest element that is kept; of a longer one null comes out */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Whether the list's closing bracket has come. */
  get ended(): boolean {
    return this.#ended;
  }
  #ended = false;

  /** The elements that are complete with this piece, as text. The first piece begins with the list's bracket, or white space. */
  *push(piece: string): Generator<string | null> {
    let start = 0;
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === BACKSLASH) this.#escaped = true;
        else if (code === QUOTE) this.#inString = false;
      } else if (code === QUOTE) this.#inString = true;
      else if (OPENING.has(code)) {
        if (++this.#depth === 1) start = at + 1;
      } else if (CLOSING.has(code) && --this.#depth === 0) {
        this.#keep(piece.slice(start, at));
        this.#ended = true;
        yield* this.#take();
        return;
      } else if (code === COMMA && this.#depth === 1) {
        this.#keep(piece.slice(start, at));
        start = at + 1;
        yield* this.#take();
      }
    }
    if (this.#depth > 0) this.#keep(piece.slice(start));
  }

  #keep(text: string): void {
    this.#length += text.length;
    if (this.#length > this.#maxLength) {
      this.#tooLong = true;
      this.#parts = [];
    } else this.#parts.push(text);
  }

  *#take(): Generator<string | null> {
    const text = this.#parts.join('').trim();
    const tooLong = this.#tooLong;
    this.#parts = [];
    this.#length = 0;
    this.#tooLong = false;
    if (tooLong) yield null;
    else if (text !== '') yield text;
  }
}
