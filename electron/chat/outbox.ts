/**
 * Ends of replies that the store could not take, because the disk was full or the database held: tried until it can, and
 * once more, with the room of a reserve, when the app ends. A refused reply takes its row of the refusal log along.
 */
import type { Message } from '../contract/index.ts';
import { toErrorShape } from '../contract/index.ts';
import type { MessageFinish, MessageStore } from '../store/index.ts';
import type { DiskReserve } from './disk-reserve.ts';

const TRY_EVERY_MS = 3000;

interface Waiting {
  id: string;
  finish: MessageFinish;
  onStored(message: Message): void;
}

export class Outbox {
  readonly #messages: MessageStore;
  readonly #waiting = new Map<string, Waiting>();
  #timer: NodeJS.Timeout | null = null;

  constructor(messages: MessageStore) {
    this.#messages = messages;
  }

  /** Calls `onStored` once the reply is stored. Gives up where trying again cannot help; the next start marks the reply then. */
  add(id: string, finish: MessageFinish, onStored: (message: Message) => void): void {
    this.#waiting.set(id, { id, finish, onStored });
    this.#timer ??= setInterval(() => void this.#tryAll(), TRY_EVERY_MS).unref();
  }

  /**
   * The last tries before the app ends.
   * @returns how many replies were lost, and how many refusals with them
   */
  async close(reserve: DiskReserve): Promise<{ replies: number; refusals: number }> {
    if (this.#waiting.size > 0) await this.#tryAll();
    if (this.#waiting.size > 0) {
      reserve.release();
      // Refusals first: whatever else the room is for, the log must not have a hole.
      await this.#tryAll(({ finish }) => finish.refusal !== undefined);
      await this.#tryAll();
    }
    if (this.#timer !== null) clearInterval(this.#timer);
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    return { replies: lost.length, refusals: lost.filter(({ finish }) => finish.refusal !== undefined).length };
  }

  async #tryAll(which: (waiting: Waiting) => boolean = () => true): Promise<void> {
    for (const waiting of [...this.#waiting.values()].filter(which)) {
      try {
        const message = await this.#messages.finish(waiting.id, waiting.finish);
        if (this.#waiting.delete(waiting.id)) waiting.onStored(message);
      } catch (error) {
        const { code } = toErrorShape(error);
        if (code !== 'disk-full' && code !== 'store-locked') this.#waiting.delete(waiting.id);
      }
    }
    if (this.#waiting.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
