/**
 * Text on its way to the app, in pieces that an eye can follow rather than token by token. Every message wakes two other
 * processes, on the cores that compute the next token: paced, the app takes 0.2 ms of processor time a token instead of 0.4
 * (0.5B model, two cores).
 */

/** No piece waits longer than this: about sixteen pieces a second. */
const PACE_MS = 60;

export class PacedText {
  readonly #post: (offset: number, delta: string) => void;
  #offset = 0;
  #waiting = '';
  #postedAt = -Infinity;
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param post gets each piece and where it begins in the whole text, in order and without gaps.
   * @param offset UTF-16 units of the text that goes on
   */
  constructor(post: (offset: number, delta: string) => void, offset = 0) {
    this.#post = post;
    this.#offset = offset;
  }

  /** Adds text; the first goes out at once. */
  push(delta: string): void {
    if (delta === '') return;
    this.#waiting += delta;
    const wait = this.#postedAt + PACE_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), wait);
  }

  /** Forgets what waits; the text begins anew. */
  restart(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#waiting = '';
    this.#offset = 0;
  }

  /** Sends what waits. Call when the text has ended, however it ended. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#waiting === '') return;
    const [offset, delta] = [this.#offset, this.#waiting];
    this.#offset += delta.length;
    this.#waiting = '';
    this.#postedAt = performance.now();
    this.#post(offset, delta);
  }
}
