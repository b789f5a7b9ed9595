/**
 * Writes a reply to the store as it streams, so that a kill loses at most half a second of it. Writes are merged while
 * one is under way; a store that is full or slow never holds up the reply. A disk that is full costs the reserve first.
 */
import type { Message } from '../contract/index.ts';
import type { MessageFinish, MessageStore } from '../store/index.ts';
import { writeWithReserve, type DiskReserve } from './disk-reserve.ts';

const FLUSH_EVERY_MS = 500;

export class ReplyWriter {
  readonly #messages: MessageStore;
  readonly #id: string;
  readonly #reserve: DiskReserve;
  readonly #onError: (error: unknown) => void;
  #text = '';
  #stored = 0;
  #failing = false;
  #onReserve = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param onError is told that the disk is full or the store fails, also where the reserve helps for now
   * @param text what the reply says already, and what of it is stored
   */
  constructor(messages: MessageStore, id: string, reserve: DiskReserve, onError: (error: unknown) => void, text = '') {
    this.#messages = messages;
    this.#id = id;
    this.#reserve = reserve;
    this.#onError = onError;
    this.#text = text;
    this.#stored = text.length;
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

  /** Ends the reply in the store. @throws what the store throws */
  async finish(finish: MessageFinish): Promise<Message> {
    await this.close();
    return this.#write(() => this.#messages.finish(this.#id, finish));
  }

  #flush(): void {
    this.#timer = null;
    this.#writing = this.#writing.then(async () => {
      try {
        this.#stored = await this.#write(() => this.#messages.appendText(this.#id, this.#stored, this.#text.slice(this.#stored)));
        this.#failing = false;
      } catch (error) {
        // Said once. The next piece brings this one along.
        if (!this.#failing && !this.#onReserve) this.#onError(error);
        this.#failing = true;
      }
    });
  }

  #write<T>(write: () => Promise<T>): Promise<T> {
    return writeWithReserve(this.#reserve, write, (error) => {
      this.#onReserve = true;
      this.#onError(error);
    });
  }
}
