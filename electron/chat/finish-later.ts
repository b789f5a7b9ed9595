/** The end of a reply that the store could not take, because the disk was full or the database held: tried until it can. */
import type { Message } from '../contract/index.ts';
import { toErrorShape } from '../contract/index.ts';
import type { MessageFinish, MessageStore } from '../store/index.ts';

const TRY_EVERY_MS = 3000;

/** Calls `onStored` once the reply is stored. Gives up where trying again cannot help; the next start marks the reply then. */
export function finishLater(messages: MessageStore, id: string, finish: MessageFinish, onStored: (message: Message) => void): void {
  const attempt = async () => {
    try {
      onStored(await messages.finish(id, finish));
    } catch (error) {
      const { code } = toErrorShape(error);
      if (code === 'disk-full' || code === 'store-locked') finishLater(messages, id, finish, onStored);
    }
  };
  setTimeout(() => void attempt(), TRY_EVERY_MS).unref();
}
