/** A turn begins whole or not at all: no question is ever left without the reply that was promised to it. */
import { expect, test } from 'vitest';
import type { Store } from '../../../../electron/store/index.ts';
import { done, failure, newConversation, rawDatabase, temporaryStore } from '../helpers.ts';

const first = (text = 'What is a tree?') => ({ conversation: newConversation(), parentId: null, text, modelName: 'A model' });
const summaries = (store: Store) => store.conversations.list({ limit: 10, before: null });

test('a first turn brings its conversation; the next ones go on in it', async () => {
  const { store } = await temporaryStore();
  const one = await store.messages.startTurn(first());
  expect(one.conversation).toMatchObject({ ...newConversation(), activeLeafId: one.reply.id });
  expect(one.userMessage).toMatchObject({ role: 'user', text: 'What is a tree?', state: 'done', parentId: null, modelName: null });
  expect(one.reply).toMatchObject({ role: 'assistant', text: '', state: 'streaming', parentId: one.userMessage.id, modelName: 'A model' });
  await store.messages.finish(one.reply.id, done('A plant.'));
  const two = await store.messages.startTurn({ ...first('And a bush?'), conversation: one.conversation.id, parentId: one.reply.id });
  expect((await store.messages.path(two.reply.id)).map(({ text }) => text)).toEqual(['What is a tree?', 'A plant.', 'And a bush?', '']);
  expect(two.conversation.updatedAt).toBeGreaterThan(one.conversation.updatedAt);
  expect(await summaries(store)).toHaveLength(1);
  const again = await store.messages.startReply(two.userMessage.id, null);
  expect(again.reply).toMatchObject({ parentId: two.userMessage.id, modelName: null, state: 'streaming' });
  expect(again.conversation.activeLeafId).toBe(again.reply.id);
});

test('where the reply cannot be added, neither its question nor its conversation is', async () => {
  const { store, path } = await temporaryStore();
  const { conversation, reply } = await store.messages.startTurn(first());
  await store.messages.finish(reply.id, done('A plant.'));
  const before = await store.conversations.open(conversation.id);
  rawDatabase(path).exec(
    "CREATE TRIGGER no_replies BEFORE INSERT ON messages WHEN new.role = 'assistant' BEGIN SELECT raise(ABORT, 'no more replies'); END",
  );
  await expect(store.messages.startTurn(first())).rejects.toThrow('no more replies');
  await expect(store.messages.startTurn({ ...first(), conversation: conversation.id, parentId: reply.id })).rejects.toThrow(
    'no more replies',
  );
  expect(await store.conversations.open(conversation.id)).toEqual(before);
  expect(await summaries(store)).toHaveLength(1);
});

test('what does not fit is refused: another conversation, a question as parent, a deleted conversation', async () => {
  const { store } = await temporaryStore();
  const one = await store.messages.startTurn(first());
  const other = await store.messages.startTurn(first());
  const inOne = (parentId: string | null) => store.messages.startTurn({ ...first(), conversation: one.conversation.id, parentId });
  await expect(inOne(other.reply.id)).rejects.toEqual(failure('bad-input'));
  await expect(inOne(one.userMessage.id)).rejects.toEqual(failure('bad-input'));
  await expect(store.messages.startReply(one.reply.id, null)).rejects.toEqual(failure('bad-input'));
  await store.conversations.delete(one.conversation.id);
  await expect(inOne(one.reply.id)).rejects.toEqual(failure('not-found'));
  await expect(store.messages.startReply(one.userMessage.id, null)).rejects.toEqual(failure('not-found'));
});
