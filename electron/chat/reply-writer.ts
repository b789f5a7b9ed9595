/**
 * Writes a reply to the store as it streams, so that a kill loses at most half a second of it. Writes are merged while
 * one is under way; a store that is full or slow never holds up the reply.
 */
import type { MessageStore } from '../store/index.ts';

const FLUSH_EVERY_MS = 500;

export class ReplyWriter {
  readonly #messages: MessageStore;
  readonly #id: string;
  readonly #onError: (error: unknown) => void;
  #text = '';
  #stored = 0;
  #failing = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(messages: MessageStore, id: string, onError: (error: unknown) => void) {
    this.#messages = messages;
    this.#id = id;
    this.#onError = onError;
  }

  /** The reply so far. */
  get text(): string {
    return this.#text;
  }

  push(delta: string): void {
    this.#text += delta;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_EVERY_MS);
  }

  /** Stops writing; resolves when no write is under way. What is not written yet goes with the finish. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#writing;
  }

  #flush(): void {
    this.#timer = null;
    this.#writing = this.#writing.then(async () => {
      try {
        this.#stored = await this.#messages.appendText(this.#id, this.#stored, this.#text.slice(this.#stored));
        this.#failing = false;
      } catch (error) {
        // Said once. The next piece brings this one along.
        if (!this.#failing) this.#onError(error);
        this.#failing = true;
      }
    });
  }
}
