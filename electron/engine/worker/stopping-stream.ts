/** A reply's text that ends before the first of some given texts. What may be the beginning of one is held back until it is known. */
/** Where the first of `stops` begins in `text`; of two at the same place the one that was named first. */
function firstOf(stops: readonly string[], text: string): { at: number; stop: string } | null {
  let first: { at: number; stop: string } | null = null;
  for (const stop of stops) {
    const at = text.indexOf(stop);
    if (at >= 0 && (first === null || at < first.at)) first = { at, stop };
  }
  return first;
}

/** How many characters at the end of `text` may be the beginning of a stop. */
function heldBack(stops: readonly string[], text: string): number {
  let most = 0;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > most; length--) {
      if (text.endsWith(stop.slice(0, length))) most = length;
    }
  }
  return most;
}

export class StoppingStream {
  readonly #stops: readonly string[];
  #text: string;
  #held = '';
  #stoppedBy: string | null = null;

  /** @param text what the reply says already @param stops texts that end it, none of them empty */
  constructor(text: string, stops: readonly string[] = []) {
    this.#text = text;
    this.#stops = stops;
  }

  /** The text so far, without what is held back. */
  get text(): string {
    return this.#text;
  }

  /** The text that ended the reply; null while none did. */
  get stoppedBy(): string | null {
    return this.#stoppedBy;
  }

  /** Adds text; answers what of it is sure now, possibly none. */
  push(text: string): string {
    if (this.#stoppedBy !== null) return '';
    this.#held += text;
    const found = firstOf(this.#stops, this.#held);
    if (found === null) return this.#show(this.#held.length - heldBack(this.#stops, this.#held));
    this.#stoppedBy = found.stop;
    return this.#show(found.at);
  }

  /** Ends the reply; answers what was still held back. */
  end(): string {
    return this.#stoppedBy === null ? this.#show(this.#held.length) : '';
  }

  #show(length: number): string {
    const shown = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    this.#text += shown;
    return shown;
  }
}
