/** Turns sampled tokens into text as they come, never splitting a character that spans tokens. */
import type { LlamaModel, Token } from 'node-llama-cpp';

const REPLACEMENT = '\uFFFD';
/** No character needs more tokens than it has bytes; beyond that the bytes are really broken. */
const MAX_PENDING = 8;
/** Enough for a tokenizer that decides on a leading space by what came before. */
const CONTEXT = 4;

export class TextStream {
  readonly #model: LlamaModel;
  #done: Token[] = [];
  #pending: Token[] = [];
  #text = '';

  /** @param before the text that goes on, and the tokens it ends with */
  constructor(model: LlamaModel, before: { text: string; tokens: readonly Token[] } = { text: '', tokens: [] }) {
    this.#model = model;
    this.#text = before.text;
    this.#done = before.tokens.slice(-CONTEXT);
  }

  /** The text so far. */
  get text(): string {
    return this.#text;
  }

  /** Adds a token; answers the text it completed, possibly none. */
  push(token: Token): string {
    this.#pending.push(token);
    const delta = this.#model.detokenize(this.#pending, false, this.#done);
    if (delta.endsWith(REPLACEMENT) && this.#pending.length < MAX_PENDING) return '';
    return this.#flush(delta);
  }

  /** Ends the stream; answers what was still held back. */
  end(): string {
    return this.#pending.length === 0 ? '' : this.#flush(this.#model.detokenize(this.#pending, false, this.#done));
  }

  #flush(delta: string): string {
    this.#done = [...this.#done, ...this.#pending].slice(-CONTEXT);
    this.#pending = [];
    this.#text += delta;
    return delta;
  }
}
