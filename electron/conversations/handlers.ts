/** The requests about conversations as such; their messages are chat's. */
import type { Handlers, PageContract } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { Store } from '../store/index.ts';

type Names = Extract<keyof PageContract['requests'], `conversations.${'list' | 'search' | 'open' | 'update' | 'delete' | 'restore'}`>;

export interface ConversationHandlerOptions {
  store: Store;
  events: AppEvents;
  /** Ends the replies that are being written in a conversation. */
  stopReplies(conversationId: string): Promise<void>;
}

export function conversationHandlers({ store, events, stopReplies }: ConversationHandlerOptions): Pick<Handlers<PageContract>, Names> {
  const { conversations } = store;
  return {
    'conversations.list': (page) => conversations.list(page),
    'conversations.search': (request) => conversations.search(request),
    'conversations.open': ({ id }) => conversations.open(id),
    'conversations.update': async ({ id, ...patch }) => {
      const conversation = await conversations.update(id, patch);
      events.emit('conversations.changed', conversation);
      return conversation;
    },
    'conversations.delete': async ({ id }) => {
      await stopReplies(id);
      await conversations.delete(id);
      events.emit('conversations.removed', { id });
      return {};
    },
    'conversations.restore': async ({ id }) => {
      const summary = await conversations.restore(id);
      events.emit('conversations.changed', summary);
      return summary;
    },
  };
}
