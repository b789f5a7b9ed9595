/** Chat's requests. */
import type { Handlers, PageContract } from '../contract/index.ts';
import type { ChatService } from './chat-service.ts';

type Names = Extract<keyof PageContract['requests'], `chat.${string}`>;

export function chatHandlers({ chat }: { chat: ChatService }): Pick<Handlers<PageContract>, Names> {
  return {
    'chat.send': (input) => chat.send(input),
    'chat.regenerate': ({ replyId }) => chat.regenerate(replyId),
    'chat.continue': ({ replyId }) => chat.continue(replyId),
    'chat.measure': (input) => chat.measure(input),
    'chat.stop': async ({ replyId }) => {
      await chat.stop(replyId);
      return {};
    },
  };
}
