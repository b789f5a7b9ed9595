/**
 * Writes a reply to the store as it streams, so that a kill loses at most half a second of it. Writes are merged while
 * one is under way; a store that is full or slow never holds up the reply. A disk that is full costs the reserve first.
 */
import type { Message, ReplyPart } from '../contract/index.ts';
import type { MessageFinish, MessageStore } from '../store/index.ts';
import { writeWithReserve, type DiskReserve } from './disk-reserve.ts';

const FLUSH_EVERY_MS = 500;

export class ReplyWriter {
  readonly #messages: MessageStore;
  readonly #id: string;
  readonly #reserve: DiskReserve;
  readonly #onError: (error: unknown) => void;
  /** What each part says, and how much of it is stored. */
  readonly #parts = { reasoning: { text: '', stored: 0 }, reply: { text: '', stored: 0 } };
  #failing = false;
  #onReserve = false;
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param onError is told that the disk is full or the store fails, also where the reserve helps for now
   * @param before what the reply and its reasoning say already, all of it stored
   */
  constructor(
    messages: MessageStore,
    id: string,
    reserve: DiskReserve,
    onError: (error: unknown) => void,
    before: { text?: string; reasoning?: string } = {},
  ) {
    this.#messages = messages;
    this.#id = id;
    this.#reserve = reserve;
    this.#onError = onError;
    const { text = '', reasoning = '' } = before;
    this.#parts.reply = { text, stored: text.length };
    this.#parts.reasoning = { text: reasoning, stored: reasoning.length };
  }

  /** The reply, or its reasoning, so far. */
  textOf(part: ReplyPart): string {
    return this.#parts[part].text;
  }

  push(delta: string, part: ReplyPart = 'reply'): void {
    this.#parts[part].text += delta;
    this.#timer ??= setTimeout(() => this.#flush(), FLUSH_EVERY_MS);
  }

  /** Takes back the whole text, in the store as well; another one follows. */
  restart(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    for (const part of Object.values(this.#parts)) part.text = '';
    this.#writing = this.#writing.then(async () => {
      for (const part of Object.values(this.#parts)) part.stored = 0;
      // Where the store fails, the reply's end replaces what is there.
      await this.#messages.takeBackText(this.#id).catch((error: unknown) => this.#onError(error));
    });
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
        for (const part of ['reasoning', 'reply'] as const) await this.#store(part);
        this.#failing = false;
      } catch (error) {
        // Said once. The next piece brings this one along.
        if (!this.#failing && !this.#onReserve) this.#onError(error);
        this.#failing = true;
      }
    });
  }

  async #store(part: ReplyPart): Promise<void> {
    const written = this.#parts[part];
    const { text, stored } = written;
    if (stored >= text.length) return;
    written.stored = await this.#write(() => this.#messages.appendText(this.#id, stored, text.slice(stored), part));
  }

  #write<T>(write: () => Promise<T>): Promise<T> {
    return writeWithReserve(this.#reserve, write, (error) => {
      this.#onReserve = true;
      this.#onError(error);
    });
  }
}
