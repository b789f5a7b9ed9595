import { uuidv7 } from 'uuidv7';
import { describe, expect, test } from 'vitest';
import type { NewConversation, Store } from '../../../../electron/store/index.ts';
import { addConversation, addTurn, done, newConversation, rawDatabase, startReply, temporaryStore } from '../helpers.ts';

async function fill(store: Store, texts: string[], title = 'Untitled') {
  let conversation: string | NewConversation = newConversation(title);
  for (const text of texts) conversation = (await addTurn(store, { conversation, text, reply: '' })).conversation.id;
  return conversation as string;
}
const snippets = async (store: Store, query: string, limit = 20) =>
  (await store.conversations.search({ query, limit })).map(({ snippet }) => snippet.replaceAll('\uE000', '[').replaceAll('\uE001', ']'));

test('finds titles first, then messages, with all words, without regard to case or accents, the last word unfinished', async () => {
  const { store } = await temporaryStore();
  const titled = await fill(store, ['Nothing here'], 'Crème brûlée');
  const other = await fill(store, ['How long does a creme brulee keep?', 'A brulee without the other word'], 'Kitchen');
  const hits = await store.conversations.search({ query: 'CREME bru', limit: 10 });
  expect(hits.map(({ conversationId, messageId, title }) => [conversationId, messageId === null, title])).toEqual([
    [titled, true, 'Crème brûlée'],
    [other, false, 'Kitchen'],
  ]);
  expect(hits[1]?.snippet).toBe('How long does a \uE000creme\uE001 \uE000brulee\uE001 keep?');
  expect(await snippets(store, 'cre brulee')).toEqual([]);
});

describe('any text is a valid query', () => {
  const odd = [
    '"',
    '""',
    "'",
    '*',
    'a*',
    '(',
    ')',
    'NEAR(a b)',
    'AND',
    'OR',
    'NOT',
    'a AND',
    'text:',
    'text : a',
    '-',
    '^a',
    '+',
    '\\',
    '%',
    '_',
  ];
  const odder = ['👩‍👩‍👧', '\0', '\uD83D', '\uE000', '你', 'a"b', '{a b}', '?', 'col.x', '/* */', ';', 'x'.repeat(500), ' ', ''];

  test('and never an error', async () => {
    const { store } = await temporaryStore();
    await fill(store, ['plain words']);
    for (const query of [...odd, ...odder]) {
      expect(await store.conversations.search({ query, limit: 5 }), JSON.stringify(query)).toBeInstanceOf(Array);
    }
  });

  test.each([
    ['"quoted"', 'She said "quoted" twice', 'She said "[quoted]" twice'],
    ['AND', 'this AND that', 'this [AND] that'],
    ['100%', 'is 100% sure', 'is [100]% sure'],
    ['*', 'two * three', 'two [*] three'],
    ['%', 'is 100% sure', 'is 100[%] sure'],
    ['👋', 'hello 👋 there', 'hello [👋] there'],
    ['世界', '你好世界,再见', '你好[世界],再见'],
    ['せか', 'こんにちはせかい', 'こんにちは[せか]い'],
    ['c++', 'I like c++ most', 'I like [c]++ most'],
    ['приве', 'Привет, мир', '[Привет], мир'],
    ['-', 'so - or not', 'so [-] or not'],
    ['foo - bar', 'bar, or foo - bar', '[bar], or [foo] [-] [bar]'],
    ['日本-語', 'これは日本-語です', 'これは[日本-語]です'],
    ['python', '使用Python编写程序', '使用[Python]编写程序'],
    ['python', '私はPythonが好き', '私は[Python]が好き'],
  ])('%s', async (query, text, expected) => {
    const { store } = await temporaryStore();
    await fill(store, [text, 'unrelated']);
    expect(await snippets(store, query)).toEqual([expected]);
  });
});

test('inside words nothing is found where words have spaces between them', async () => {
  const { store } = await temporaryStore();
  await fill(store, ['All about Python', 'На языке Python', 'Le café de Python'], 'A Python title');
  expect(await snippets(store, 'ython')).toEqual([]);
});

test('a reply is found once it is finished, with its final text', async () => {
  const { store } = await temporaryStore();
  const { answer } = await startReply(store);
  await store.messages.appendText(answer.id, 0, 'draft wording');
  expect(await snippets(store, 'wording')).toEqual([]);
  await store.messages.finish(answer.id, done('final wording'));
  expect(await snippets(store, 'wording')).toEqual(['final [wording]']);
  expect(await snippets(store, 'draft')).toEqual([]);
});

test('a renamed conversation is found by its new title only', async () => {
  const { store } = await temporaryStore();
  const id = await fill(store, [''], 'Old name');
  await store.conversations.update(id, { title: 'New name' });
  expect(await snippets(store, 'old')).toEqual([]);
  expect(await snippets(store, 'new')).toEqual(['[New] name']);
});

test('one conversation does not crowd out the others', async () => {
  const { store } = await temporaryStore();
  await fill(
    store,
    Array.from({ length: 30 }, () => 'marmalade marmalade'),
  );
  const other = await fill(store, ['once marmalade in a much longer sentence that ranks lower than the rest']);
  const hits = await store.conversations.search({ query: 'marmalade', limit: 10 });
  expect(hits).toHaveLength(4);
  expect(hits.at(-1)?.conversationId).toBe(other);
});

test.each(['marmalade', '柑橘'])('a search with more titles than fit (%s) leaves the database free to be written to', async (word) => {
  const { store } = await temporaryStore();
  for (let i = 0; i < 6; i++) await fill(store, [`On ${word}, again`], `${word} ${i}`);
  expect(await store.conversations.search({ query: word, limit: 4 })).toHaveLength(4);
  const id = await fill(store, ['A new message']);
  expect((await store.conversations.open(id)).messages).toHaveLength(2);
});

test('what was deleted is not found, and once it is gone for good the index holds no word of it', async () => {
  const { store, path } = await temporaryStore();
  await fill(store, ['marmalade and toast'], 'Breakfast');
  const gone = await fill(store, ['a zugzwang on the queenside'], 'Xylophonists');
  /** Every word that each index holds. */
  const words = () => {
    const db = rawDatabase(path);
    return ['messages_fts', 'conversations_fts'].flatMap((table) => {
      db.exec(`CREATE VIRTUAL TABLE temp.${table}_words USING fts5vocab('main', '${table}', 'row')`);
      return db.prepare(`SELECT term FROM temp.${table}_words ORDER BY term`).pluck().all() as string[];
    });
  };
  expect(words()).toEqual(expect.arrayContaining(['zugzwang', 'queenside', 'xylophonists', 'marmalade', 'breakfast']));
  await store.conversations.delete(gone);
  expect(await store.conversations.search({ query: 'zugzwang', limit: 10 })).toEqual([]);
  expect(await store.conversations.search({ query: 'xylophonists', limit: 10 })).toEqual([]);
  expect(await store.conversations.purgeDeleted(Date.now(), 'keep')).toBe(1);
  expect(words()).toEqual(['and', 'marmalade', 'toast', 'breakfast']);
});

test('ten thousand messages are listed, opened and searched', async () => {
  const { store, path } = await temporaryStore();
  const words = ['river', 'stone', 'lantern', 'orchard', 'copper', 'meadow', 'harbour'];
  const made = await Promise.all(Array.from({ length: 50 }, (_, c) => addConversation(store, `Talk ${c}`)));
  const db = rawDatabase(path);
  const insert = db.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, state, created_at) VALUES (?, ?, ?, ?, ?, 'done', 0)`,
  );
  db.transaction(() => {
    for (const [c, { id }] of made.entries()) {
      let parent: string | null = null;
      for (let m = 0; m < 200; m++) {
        const messageId = uuidv7();
        insert.run(messageId, id, parent, m % 2 ? 'assistant' : 'user', `${words[m % 7]} ${words[(m + c) % 7]} talk ${c} line ${m}`);
        parent = messageId;
      }
    }
  })();
  expect(await store.conversations.list({ limit: 500, before: null })).toHaveLength(50);
  const tree = await store.conversations.open(made[49]!.id);
  // With the turn that it began with.
  expect(tree.messages).toHaveLength(202);
  expect(await store.messages.path(tree.messages.at(-1)!.id)).toEqual(tree.messages.slice(2));
  expect(await snippets(store, 'talk 49 line 99')).toEqual([expect.stringContaining('[talk] [49] [line] [99]')]);
  expect(await snippets(store, 'lan', 200)).toHaveLength(150);
});
