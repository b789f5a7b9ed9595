/** The requests about conversations as such; their messages are chat's. */
import type { ConversationSummary, Handlers, PageContract } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { Store } from '../store/index.ts';

type Own = 'list' | 'search' | 'open' | 'update' | 'delete' | 'restore' | 'arrange' | 'deleteMany' | 'restoreMany' | 'duplicate';
type Names = Extract<keyof PageContract['requests'], `conversations.${Own}` | `folders.${string}` | `savedPrompts.${string}`>;

export interface ConversationHandlerOptions {
  store: Store;
  events: AppEvents;
  /** Ends the replies that are being written in a conversation. */
  stopReplies(conversationId: string): Promise<void>;
}

export function conversationHandlers({ store, events, stopReplies }: ConversationHandlerOptions): Pick<Handlers<PageContract>, Names> {
  const { conversations, order, folders, savedPrompts } = store;
  const tell = <T extends ConversationSummary>(changed: T): T => {
    events.emit('conversations.changed', changed);
    return changed;
  };
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
      return tell(summary);
    },
    'conversations.arrange': async ({ ids, change }) => (await order.arrange(ids, change)).map(tell),
    'conversations.deleteMany': async ({ ids }) => {
      for (const id of ids) await stopReplies(id);
      await order.deleteMany(ids);
      for (const id of ids) events.emit('conversations.removed', { id });
      return {};
    },
    'conversations.restoreMany': async ({ ids }) => (await order.restoreMany(ids)).map(tell),
    'conversations.duplicate': async ({ messageId }) => tell(await order.duplicate(messageId)),

    'folders.list': () => folders.list(),
    'folders.create': async (input) => {
      const folder = await folders.create(input);
      events.emit('folders.changed', {});
      return folder;
    },
    'folders.update': async (input) => {
      const folder = await folders.update(input);
      events.emit('folders.changed', {});
      return folder;
    },
    'folders.delete': async ({ id }) => {
      await folders.delete(id);
      events.emit('folders.changed', {});
      return {};
    },

    'savedPrompts.list': () => savedPrompts.list(),
    'savedPrompts.save': async (input) => {
      const saved = await savedPrompts.save(input);
      events.emit('savedPrompts.changed', {});
      return saved;
    },
    'savedPrompts.delete': async ({ id }) => {
      await savedPrompts.delete(id);
      events.emit('savedPrompts.changed', {});
      return {};
    },
  };
}
