/** Files that hold impossible values: each has an end, says what became of them, and leaves a database that works. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SAMPLING, type ImportReport } from '../../../electron/contract/index.ts';
import { exportConversations } from '../../../electron/conversations/export.ts';
import { ConversationImport } from '../../../electron/conversations/import.ts';
import { openDatabase } from '../../../electron/store/database/database.ts';
import type { Store } from '../../../electron/store/index.ts';
import { createFreeTime } from '../../../electron/store/conversations/free-time.ts';
import { parentsFirst } from '../../../electron/store/conversations/message-order.ts';
import { MIGRATIONS } from '../../../electron/store/migrations/index.ts';
import { addConversation, temporaryFolder, temporaryStore } from '../store/helpers.ts';

const AT = 1_750_000_000_000;
/** Beyond what a number of JavaScript counts by ones, and beyond what a `Date` can be. */
const ENDLESS = 9_007_199_254_740_991;
const NO_DATE = 8_640_000_000_000_001;

interface Times {
  createdAt?: number;
  updatedAt?: number;
  messageAt?: number;
}

/** A conversation of an alternating chain, first message first. */
function conversationOf(count: number, { createdAt = AT, updatedAt = AT, messageAt = AT }: Times = {}) {
  const id = randomUUID();
  const ids = Array.from({ length: count }, () => randomUUID());
  const messages = ids.map((messageId, index) => ({
    id: messageId,
    conversationId: id,
    parentId: index === 0 ? null : ids[index - 1]!,
    role: index % 2 === 0 ? 'user' : 'assistant',
    text: `Message ${index}`,
    state: 'done',
    createdAt: messageAt,
    modelName: null,
    outcome: null,
    stats: null,
    error: null as unknown,
    seed: null,
  }));
  const conversation = {
    id,
    title: 'A title',
    systemPrompt: '',
    sampling: DEFAULT_SAMPLING,
    createdAt,
    updatedAt,
    activeLeafId: ids.at(-1) ?? null,
  };
  return { conversation, messages };
}

const fileOf = (...conversations: unknown[]) =>
  `{"format":"steady-conversations","version":1,"exportedAt":1,"appVersion":"1","conversations":[\n${conversations.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;

async function importInto(store: Store, text: string): Promise<ImportReport> {
  const importing = new ConversationImport(store.transfer);
  await importing.write(text);
  return importing.finish();
}

async function markdownOf(store: Store): Promise<string> {
  let text = '';
  for await (const piece of exportConversations({ store: store.transfer, format: 'markdown', ids: null, appVersion: '1' })) text += piece;
  return text;
}

const list = (store: Store) => store.conversations.list({ limit: 50, before: null });

test.each([
  ['the last time that can be counted by ones', { updatedAt: ENDLESS }],
  ['a time that no date can be', { createdAt: NO_DATE, updatedAt: NO_DATE, messageAt: NO_DATE }],
  ['a time beyond all', { createdAt: 1e300, updatedAt: 1e300, messageAt: 1e300 }],
])('%s, imported three times, becomes the time of the import, and is told', async (_, times) => {
  const { store } = await temporaryStore();
  const file = fileOf(conversationOf(2, times));
  const from = Date.now();
  for (let round = 0; round < 3; round++)
    expect(await importInto(store, file)).toMatchObject({ conversations: 1, redated: 1, faultCount: 0 });
  const to = Date.now();
  const found = await list(store);
  expect(new Set(found.map(({ updatedAt }) => updatedAt)).size).toBe(3);
  for (const { updatedAt } of found) {
    expect(updatedAt).toBeGreaterThanOrEqual(from);
    expect(updatedAt).toBeLessThanOrEqual(to + 32);
  }
  // What works with the database afterwards works as ever.
  expect((await markdownOf(store)).match(/^# A title$/gm)).toHaveLength(3);
  await addConversation(store, 'Later');
  expect(await list(store)).toHaveLength(4);
});

test('times that can be are kept as they are, to the millisecond', async () => {
  const { store } = await temporaryStore();
  const soon = Date.now() + 3_600_000;
  expect(await importInto(store, fileOf(conversationOf(1, { createdAt: 0, updatedAt: soon })))).toMatchObject({ redated: 0 });
  expect(await list(store)).toMatchObject([{ createdAt: 0, updatedAt: soon }]);
});

test.each([
  ['a negative time', { updatedAt: -1 }],
  ['a time that is no number', { updatedAt: 'today' as unknown as number }],
])('%s: this conversation is named and left out, the next is imported', async (_, times) => {
  const { store } = await temporaryStore();
  const report = await importInto(store, fileOf(conversationOf(1, times), conversationOf(1)));
  expect(report).toMatchObject({
    conversations: 1,
    faultCount: 1,
    faults: [{ index: 1, message: expect.stringContaining('updatedAt') as string }],
  });
});

test('a chain that is listed leaf first comes in whole, and reads in its order', async () => {
  const { store } = await temporaryStore();
  const chain = conversationOf(2000);
  chain.messages.reverse();
  expect(await importInto(store, fileOf(chain))).toMatchObject({ conversations: 1, messages: 2000, faultCount: 0 });
  const text = await markdownOf(store);
  expect(text.indexOf('Message 0\n')).toBeLessThan(text.indexOf('Message 1999\n'));
  expect(text).not.toContain('Other versions');
});

test('50,000 messages, leaf first: a step a message', () => {
  const count = 50_000;
  const leafFirst = Array.from({ length: count }, (_, at) => ({
    id: `${count - at}`,
    parentId: at === count - 1 ? null : `${count - at - 1}`,
  }));
  const started = performance.now();
  const ordered = parentsFirst(leafFirst);
  // Step by step over the list anew for each message it takes minutes.
  expect(performance.now() - started).toBeLessThan(5000);
  expect(ordered.map(({ id }) => Number(id))).toEqual(Array.from({ length: count }, (_, at) => at + 1));
});

test('siblings keep the order of the file; a circle is refused', () => {
  const tree = [
    { id: 'c', parentId: 'b' },
    { id: 'a', parentId: null },
    { id: 'z', parentId: 'a' },
    { id: 'b', parentId: 'a' },
  ];
  expect(parentsFirst(tree).map(({ id }) => id)).toEqual(['a', 'b', 'c', 'z']);
  expect(() => parentsFirst([...tree, { id: 'x', parentId: 'y' }, { id: 'y', parentId: 'x' }])).toThrow(/circle/);
});

test('thousands of conversations of one moment get a time each, after some tens of look-ups', async () => {
  const db = await openDatabase(join(temporaryFolder(), 'steady.db'));
  onTestFinished(() => void db.close());
  const freeTime = createFreeTime(db);
  const add = db.prepare(
    "INSERT INTO conversations (id, title, system_prompt, sampling, created_at, updated_at) VALUES (?, '', '', '{}', 0, ?)",
  );
  const count = 5000;
  db.transaction(() => {
    for (let index = 0; index < count; index++) add.run(randomUUID(), freeTime(AT));
  })();
  const { times, last } = db.prepare('SELECT count(DISTINCT updated_at) AS times, max(updated_at) AS last FROM conversations').get() as {
    times: number;
    last: number;
  };
  expect(times).toBe(count);
  expect(last).toBeLessThan(AT + 3_600_000);
});

test('what is nested without end is named and left out, the rest is imported', async () => {
  const { store } = await temporaryStore();
  const deep = conversationOf(2);
  deep.messages[1]!.error = { code: 'internal', message: 'x', hint: '', details: { deep: 'HERE' } };
  const depth = 200_000;
  const text = fileOf(deep, conversationOf(2)).replace('"HERE"', `${'['.repeat(depth)}${']'.repeat(depth)}`);
  expect(await importInto(store, text)).toMatchObject({
    conversations: 1,
    faultCount: 1,
    faults: [{ index: 1, message: expect.stringContaining('nested too deeply') as string }],
  });
});

test('a database that holds such times from before is put right when it is opened', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  const db = await openDatabase(path, MIGRATIONS.slice(0, 4));
  const add = db.prepare(
    "INSERT INTO conversations (id, title, system_prompt, sampling, created_at, updated_at) VALUES (?, ?, '', '{}', ?, ?)",
  );
  const say = db.prepare(
    "INSERT INTO messages (id, conversation_id, parent_id, role, text, state, created_at) VALUES (?, ?, NULL, 'user', 'Hello', 'done', ?)",
  );
  for (const [title, created, updated, said] of [
    ['endless', AT, ENDLESS - 1, AT],
    ['no date', NO_DATE, NO_DATE, NO_DATE],
    ['fine', AT, AT, AT],
  ] as const) {
    const id = randomUUID();
    add.run(id, title, created, updated);
    say.run(randomUUID(), id, said);
  }
  db.close();
  const from = Date.now();
  const { store } = await temporaryStore(path);
  const found = await list(store);
  expect(found.map(({ title }) => title).sort()).toEqual(['endless', 'fine', 'no date']);
  expect(found.find(({ title }) => title === 'fine')).toMatchObject({ createdAt: AT, updatedAt: AT });
  for (const { title, updatedAt } of found) if (title !== 'fine') expect(updatedAt).toBeGreaterThanOrEqual(from);
  expect(await markdownOf(store)).toContain(`Begun ${new Date(AT).toISOString().slice(0, 10)}`);
});
