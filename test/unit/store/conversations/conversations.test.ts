import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { conversationTree, DEFAULT_SAMPLING, type ConversationSummary } from '../../../../electron/contract/index.ts';
import { createCore } from '../../../../electron/store/core.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { openStore } from '../../../../electron/store/index.ts';
import {
  addConversation,
  addReply,
  addTurn,
  done,
  failure,
  newConversation,
  rawDatabase,
  startReply,
  temporaryFolder,
  temporaryStore,
} from '../helpers.ts';

describe('trees', () => {
  test('a regenerated reply and an edited question are siblings, and nothing is overwritten', async () => {
    const { store, path } = await temporaryStore();
    const { conversation, asked, answer } = await startReply(store, 'First wording');
    await store.messages.finish(answer.id, done('First answer'));
    const again = await addReply(store, asked.id, 'Second answer');
    const turn = { conversation: conversation.id, text: 'Second wording', reply: 'Third answer' };
    const { userMessage: edited, reply: third } = await addTurn(store, turn);

    await store.close();
    const reopened = (await temporaryStore(path)).store;
    const tree = await reopened.conversations.open(conversation.id);
    expect(conversationTree.parse(tree)).toEqual(tree);
    expect(tree.messages.map(({ id, parentId, text }) => [id, parentId, text])).toEqual([
      [asked.id, null, 'First wording'],
      [answer.id, asked.id, 'First answer'],
      [again.id, asked.id, 'Second answer'],
      [edited.id, null, 'Second wording'],
      [third.id, edited.id, 'Third answer'],
    ]);
    expect(tree.conversation.activeLeafId).toBe(third.id);
    expect((await reopened.messages.path(again.id)).map(({ id }) => id)).toEqual([asked.id, again.id]);
  });

  test('a message must follow one of its own conversation, by the other author', async () => {
    const { store } = await temporaryStore();
    const { conversation, asked, answer } = await startReply(store);
    const other = await addTurn(store);
    const bad = failure('bad-input');
    const { id } = conversation;
    await expect(addTurn(store, { conversation: id, parentId: other.reply.id })).rejects.toEqual(bad);
    await expect(addTurn(store, { conversation: id, parentId: asked.id })).rejects.toEqual(bad);
    await expect(addReply(store, answer.id, 'twice')).rejects.toEqual(bad);
    await expect(addTurn(store, { conversation: id, parentId: randomUUID() })).rejects.toEqual(failure('not-found'));
    await expect(addTurn(store, { conversation: randomUUID() })).rejects.toEqual(failure('not-found'));
    await expect(addReply(store, randomUUID(), 'x')).rejects.toEqual(failure('not-found'));
    expect((await store.conversations.open(conversation.id)).messages).toHaveLength(2);
  });

  test('the database itself forbids a branch into another conversation', async () => {
    const { store, path } = await temporaryStore();
    const { asked } = await startReply(store);
    const other = await addConversation(store, 'Other');
    const db = rawDatabase(path);
    db.pragma('foreign_keys = ON');
    const insert = db.prepare(
      `INSERT INTO messages (id, conversation_id, parent_id, role, text, state, created_at) VALUES ('x', ?, ?, 'assistant', '', 'done', 0)`,
    );
    expect(() => insert.run(other.id, asked.id)).toThrow(/FOREIGN KEY/);
  });

  test('text comes back as it was, whatever is in it', async () => {
    const { store } = await temporaryStore();
    const { id } = await addConversation(store, '"; DROP TABLE messages; --');
    for (const text of ['', 'a\0b', '👩‍👩‍👧 e\u0301 \u202E', '<|im_end|>', 'x'.repeat(1_000_000)]) {
      const { userMessage, reply } = await addTurn(store, { conversation: id, text, reply: text });
      for (const message of [userMessage, reply]) expect((await store.messages.get(message.id)).text === text).toBe(true);
    }
  });
});

describe('the list', () => {
  const everyPage = async (list: (page: { limit: number; before: number | null }) => unknown): Promise<string[]> => {
    const seen: ConversationSummary[] = [];
    for (;;) {
      const page = (await list({ limit: 4, before: seen.at(-1)?.updatedAt ?? null })) as ConversationSummary[];
      if (page.length === 0) return seen.map(({ title }) => title);
      seen.push(...page);
    }
  };

  test('is newest first and moves up what is written to, but not what is renamed', async () => {
    const { store } = await temporaryStore();
    const made = await Promise.all(Array.from({ length: 10 }, (_, i) => addConversation(store, `No ${i}`)));
    await addTurn(store, { conversation: made[3]!.id, text: 'up' });
    await store.conversations.update(made[5]!.id, { title: 'Renamed' });
    const expected = ['No 3', 'No 9', 'No 8', 'No 7', 'No 6', 'Renamed', 'No 4', 'No 2', 'No 1', 'No 0'];
    expect(await everyPage(store.conversations.list)).toEqual(expected);
  });

  test('pages without loss among conversations of one millisecond', async () => {
    const db = await openDatabase(join(temporaryFolder(), 'steady.db'));
    vi.useFakeTimers({ toFake: ['Date'], now: 1_750_000_000_000 });
    onTestFinished(() => {
      vi.useRealTimers();
      db.close();
    });
    const { conversations, messages } = createCore(db);
    const titles = Array.from({ length: 10 }, (_, i) => `No ${i}`);
    for (const title of titles)
      await messages.startTurn({ conversation: newConversation(title), parentId: null, text: 'x', modelName: null });
    expect(await everyPage(conversations.list)).toEqual(titles.reverse());
  });

  test('update changes what the patch names and nothing else', async () => {
    const { store } = await temporaryStore();
    const { conversation, asked, answer } = await startReply(store);
    const sampling = { ...DEFAULT_SAMPLING, temperature: 0, seed: 7 };
    const before = await store.conversations.get(conversation.id);
    expect(await store.conversations.update(conversation.id, { sampling, activeLeafId: asked.id })).toEqual({
      ...before,
      sampling,
      activeLeafId: asked.id,
    });
    const other = await startReply(store);
    await expect(store.conversations.update(other.conversation.id, { activeLeafId: answer.id })).rejects.toEqual(failure('bad-input'));
    const wrong = { sampling: { ...sampling, temperature: 9 } };
    await expect(store.conversations.update(conversation.id, wrong)).rejects.toEqual(failure('bad-input'));
    await expect(store.conversations.update(randomUUID(), { title: 'x' })).rejects.toEqual(failure('not-found'));
  });

  test('delete hides, restore brings back everything', async () => {
    const { store } = await temporaryStore();
    const { conversation } = await startReply(store, 'findable');
    const before = await store.conversations.open(conversation.id);
    await store.conversations.delete(conversation.id);
    await store.conversations.delete(conversation.id);
    expect(await store.conversations.list({ limit: 10, before: null })).toEqual([]);
    expect(await store.conversations.search({ query: 'findable', limit: 10 })).toEqual([]);
    await expect(store.conversations.open(conversation.id)).rejects.toEqual(failure('not-found'));
    await expect(addTurn(store, { conversation: conversation.id })).rejects.toEqual(failure('not-found'));
    expect((await store.conversations.restore(conversation.id)).id).toBe(conversation.id);
    expect(await store.conversations.open(conversation.id)).toEqual(before);
  });

  test('a purge removes old deletions for good, however long the conversation, and no word of them stays in the file', async () => {
    const { store, path } = await temporaryStore();
    const kept = await startReply(store, 'kept');
    const { conversation, answer } = await startReply(store, 'Xylophonist');
    await store.messages.finish(answer.id, done('A secret zugzwang'));
    let parent = answer.id;
    for (let i = 0; i < 600; i++) {
      const turn = await addTurn(store, { conversation: conversation.id, parentId: parent, text: 'more', reply: 'more' });
      parent = turn.reply.id;
    }
    await store.conversations.delete(conversation.id);
    expect(await store.conversations.purgeDeleted(Date.now() - 60_000, 'keep')).toBe(0);
    expect(await store.conversations.purgeDeleted(Date.now(), 'keep')).toBe(1);
    await expect(store.conversations.restore(conversation.id)).rejects.toEqual(failure('not-found'));
    expect((await store.conversations.open(kept.conversation.id)).messages).toHaveLength(2);
    expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
    await store.close();
    const bytes = readFileSync(path, 'latin1').toLowerCase();
    expect(bytes).not.toContain('zugzwang');
    expect(bytes).not.toContain('xylophonist');
  });
});

test('two stores on one file write at once and see each other', async () => {
  const { store, path } = await temporaryStore();
  const others = await Promise.all([1, 2, 3].map(() => openStore({ path })));
  const stores = [store, ...others];
  await Promise.all(stores.flatMap((one, n) => Array.from({ length: 20 }, (_, i) => addConversation(one, `${n}-${i}`))));
  const lists = await Promise.all(stores.map((one) => one.conversations.list({ limit: 500, before: null })));
  for (const list of lists) expect(list).toHaveLength(80);
  await Promise.all(others.map((one) => one.close()));
});
