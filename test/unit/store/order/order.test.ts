/** Folders, pins, the archive and tags; many conversations at once; and prompts that are kept. */
import { describe, expect, test } from 'vitest';
import { MAX_FOLDER_DEPTH } from '../../../../electron/contract/index.ts';
import { addConversation, addTurn, done, failure, startReply, temporaryStore } from '../helpers.ts';

test('conversations lie where they were put, and are listed there alone', async () => {
  const { store } = await temporaryStore();
  const [plain, pinned, filed, archived] = await Promise.all(
    ['plain', 'pinned', 'filed', 'archived'].map((title) => addConversation(store, title)),
  );
  const work = await store.folders.create({ name: 'Work', parentId: null });
  await store.order.arrange([pinned!.id], { pinned: true });
  await store.order.arrange([filed!.id], { folderId: work.id, addTag: 'blue' });
  await store.order.arrange([archived!.id], { archived: true, pinned: true });
  const titles = async (place?: 'chats' | 'pinned' | 'archive' | { folderId: string }) =>
    (await store.conversations.list({ limit: 10, before: null, place })).map(({ title }) => title);
  expect(await titles('chats')).toEqual(['plain']);
  expect(await titles('pinned')).toEqual(['pinned']);
  expect(await titles('archive')).toEqual(['archived']);
  expect(await titles({ folderId: work.id })).toEqual(['filed']);
  expect((await titles()).toSorted()).toEqual(['archived', 'filed', 'pinned', 'plain']);
  expect(await store.conversations.get(filed!.id)).toMatchObject({ folderId: work.id, tags: ['blue'], pinned: false });
  // What is in a folder that goes stays.
  await store.folders.delete(work.id);
  expect((await titles('chats')).toSorted()).toEqual(['filed', 'plain']);
  expect(plain!.tags).toEqual([]);
});

test('a change of many is made of all or of none', async () => {
  const { store } = await temporaryStore();
  const { id } = await addConversation(store);
  await expect(store.order.arrange([id, crypto.randomUUID()], { pinned: true })).rejects.toEqual(failure('not-found'));
  await expect(store.order.arrange([id], { folderId: crypto.randomUUID() })).rejects.toEqual(failure('not-found'));
  expect(await store.conversations.get(id)).toMatchObject({ pinned: false, folderId: null });
});

test('many are deleted and brought back', async () => {
  const { store } = await temporaryStore();
  const ids: string[] = [];
  for (const title of ['a', 'b', 'c']) ids.push((await addConversation(store, title)).id);
  await store.order.deleteMany(ids.slice(0, 2));
  expect((await store.conversations.list({ limit: 10, before: null })).map(({ title }) => title)).toEqual(['c']);
  expect((await store.order.restoreMany(ids.slice(0, 2))).map(({ title }) => title)).toEqual(['a', 'b']);
});

describe('folders', () => {
  test('come each after the one that holds it, and never hold themselves', async () => {
    const { store } = await temporaryStore();
    const b = await store.folders.create({ name: 'b', parentId: null });
    const a = await store.folders.create({ name: 'A', parentId: null });
    const inner = await store.folders.create({ name: 'inner', parentId: b.id });
    expect((await store.folders.list()).map(({ name }) => name)).toEqual(['A', 'b', 'inner']);
    await expect(store.folders.update({ id: b.id, parentId: inner.id })).rejects.toEqual(failure('bad-input'));
    await store.folders.update({ id: b.id, parentId: a.id, name: 'B' });
    expect(await store.folders.list()).toEqual([a, { ...b, name: 'B', parentId: a.id }, inner]);
    await store.folders.delete(b.id);
    expect(await store.folders.list()).toEqual([a, { ...inner, parentId: a.id }]);
  });

  test('are nested so deep and no deeper, also where a whole branch is moved', async () => {
    const { store } = await temporaryStore();
    let parentId: string | null = null;
    const line: string[] = [];
    for (let depth = 0; depth < MAX_FOLDER_DEPTH; depth++) {
      parentId = (await store.folders.create({ name: `${depth}`, parentId })).id;
      line.push(parentId);
    }
    await expect(store.folders.create({ name: 'too deep', parentId })).rejects.toEqual(failure('bad-input'));
    const other = await store.folders.create({ name: 'other', parentId: null });
    await expect(store.folders.update({ id: line[0]!, parentId: other.id })).rejects.toEqual(failure('bad-input'));
    await store.folders.update({ id: line[1]!, parentId: other.id });
  });

  test('are searched with what is in them', async () => {
    const { store } = await temporaryStore();
    const outer = await store.folders.create({ name: 'outer', parentId: null });
    const inner = await store.folders.create({ name: 'inner', parentId: outer.id });
    for (const [title, folderId] of [
      ['in', inner.id],
      ['out', null],
    ] as const) {
      const { conversation, answer } = await startReply(store, `About olives, ${title}. 橄榄`);
      await store.messages.finish(answer.id, done('Yes.'));
      await store.conversations.update(conversation.id, { title });
      await store.order.arrange([conversation.id], { folderId });
    }
    const titles = async (query: string, folderId?: string) =>
      (await store.conversations.search({ query, limit: 10, folderId })).map(({ title }) => title).toSorted();
    for (const query of ['olives', '橄榄']) {
      expect(await titles(query)).toEqual(['in', 'out']);
      expect(await titles(query, outer.id)).toEqual(['in']);
    }
  });
});

test('a message and all before it become a conversation of their own', async () => {
  const { store } = await temporaryStore();
  const { conversation, asked, answer } = await startReply(store);
  await expect(store.order.duplicate(answer.id)).rejects.toEqual(failure('bad-input'));
  await store.messages.finish(answer.id, { ...done('A tall plant.'), seed: 7 });
  await addTurn(store, { conversation: conversation.id, parentId: answer.id, text: 'And a bush?', reply: 'A small one.' });
  const copy = await store.order.duplicate(answer.id);
  const { messages } = await store.conversations.open(copy.id);
  expect(copy).toMatchObject({ title: 'A title (copy)', systemPrompt: 'Be brief.', activeLeafId: messages[1]!.id });
  expect(messages.map(({ text }) => text)).toEqual([asked.text, 'A tall plant.']);
  expect(messages.map(({ id }) => id)).not.toContain(answer.id);
  expect(await store.messages.seed(messages[1]!.id)).toBe(7);
  expect((await store.conversations.open(conversation.id)).messages).toHaveLength(4);
});

test('prompts are kept by name, changed and removed', async () => {
  const { store } = await temporaryStore();
  const b = await store.savedPrompts.save({ name: 'b', text: 'Two' });
  await store.savedPrompts.save({ name: 'A', text: 'One' });
  await store.savedPrompts.save({ id: b.id, name: 'B', text: '2' });
  expect((await store.savedPrompts.list()).map(({ name, text }) => [name, text])).toEqual([
    ['A', 'One'],
    ['B', '2'],
  ]);
  await store.savedPrompts.delete(b.id);
  expect(await store.savedPrompts.list()).toHaveLength(1);
  await expect(store.savedPrompts.save({ id: b.id, name: 'B', text: '2' })).rejects.toEqual(failure('not-found'));
});

test('a finished reply can be opened again and written on, unless something follows it', async () => {
  const { store } = await temporaryStore();
  const { conversation, asked, answer } = await startReply(store);
  await expect(store.messages.resumeReply(answer.id, 'A model')).rejects.toEqual(failure('bad-input'));
  await store.messages.finish(answer.id, done('A tall'));
  const { reply: resumed } = await store.messages.resumeReply(answer.id, 'A model');
  expect(resumed).toMatchObject({ id: answer.id, state: 'streaming', text: 'A tall' });
  await store.messages.appendText(answer.id, 6, ' plant');
  await store.messages.finish(answer.id, done('A tall plant'));
  expect(await store.conversations.search({ query: 'tall plant', limit: 5 })).toHaveLength(1);
  await expect(store.messages.resumeReply(asked.id, null)).rejects.toEqual(failure('bad-input'));
  await addTurn(store, { conversation: conversation.id, parentId: answer.id, text: 'And?' });
  await expect(store.messages.resumeReply(answer.id, null)).rejects.toEqual(failure('conflict'));
});
