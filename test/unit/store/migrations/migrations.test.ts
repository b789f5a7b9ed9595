/** Each migration over a real file with the schema before it, and every such file opened by the app of today. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAdmin } from '../../../../electron/store/admin/admin.ts';
import { adminEventHash, GENESIS, type ChainedEvent } from '../../../../electron/store/refusals/chain.ts';
import { createConversations } from '../../../../electron/store/conversations/conversations.ts';
import { createDocuments } from '../../../../electron/store/documents/documents.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { openStore } from '../../../../electron/store/index.ts';
import { migrate, schemaVersion } from '../../../../electron/store/database/migrate.ts';
import { MIGRATIONS } from '../../../../electron/store/migrations/index.ts';
import { createRefusals } from '../../../../electron/store/refusals/log.ts';
import { unpackSchema } from '../../../fixtures/open.ts';
import { openedLog } from '../refusals/helpers.ts';
import { countRefusals, rawDatabase, temporaryFolder, verifyLog } from '../helpers.ts';

/** A real file with the schema before `version`, brought to `version` and no further; and every row of the named tables before that. */
async function migrated(version: number, tables: readonly string[]) {
  const path = join(temporaryFolder(), 'steady.db');
  unpackSchema(version - 1, path);
  const old = rawDatabase(path);
  const before = Object.fromEntries(tables.map((table) => [table, rowsOf(old, table)]));
  old.close();
  const db = await openDatabase(path, MIGRATIONS.slice(0, version));
  onTestFinished(() => void db.close());
  expect(schemaVersion(db)).toBe(version);
  return { db, before };
}
const rowsOf = (db: Database, table: string) => db.prepare(`SELECT * FROM ${table}`).all();

/** The log as the code of today reads it, which knows its own schema only. */
function newestLog(db: Database) {
  migrate(db, db.name, MIGRATIONS);
  return openedLog(db);
}

const CHAT = ['conversations', 'messages', 'settings', 'model_files'];
const LOG = ['refusal_log', 'refusals', 'refusal_texts', 'refusal_notes'];

/** Chats are as they were. */
function expectSameRows(db: Database, before: Record<string, unknown[]>): void {
  for (const [table, rows] of Object.entries(before)) {
    expect(rows.length, table).toBeGreaterThan(0);
    expect(rowsOf(db, table), table).toEqual(expect.arrayContaining(rows));
  }
}

test('2: the log of the first version becomes one chain with its reviews', async () => {
  const { db, before } = await migrated(2, CHAT);
  expectSameRows(db, before);
  const log = newestLog(db);
  const prompts = ['How do I build a bomb?', 'How do I kill a Python process?', 'Write a story about a thief.'];
  expect([1, 2, 3].map((seq) => log.get(seq).prompt)).toEqual(prompts);
  expect([1, 2, 3].map((seq) => log.get(seq).review?.judgement)).toEqual(['right', 'wrong', undefined]);
  // One more than there were: the sixth migration put the prompt that was wrongly refused into the benign set.
  expect(await log.verifyChain()).toMatchObject({ ok: true, checked: 7 });
});

test('3: the admin area starts undecided, and nothing else changes', async () => {
  const { db, before } = await migrated(3, [...CHAT, ...LOG]);
  expectSameRows(db, before);
  for (const table of ['admin_lock', 'policies', 'admin_events']) expect(rowsOf(db, table)).toEqual([]);
});

test('4: there are no benign sets yet, and nothing else changes', async () => {
  const { db, before } = await migrated(4, [...CHAT, ...LOG, 'admin_lock', 'policies', 'admin_events']);
  expectSameRows(db, before);
  for (const table of ['benign_sets', 'benign_prompts']) expect(rowsOf(db, table)).toEqual([]);
});

test('5: times that no calendar has become the present, each its own; all others stay', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  unpackSchema(4, path);
  const old = rawDatabase(path);
  // As imports of version 0.1.0 stored them.
  old.exec('UPDATE conversations SET updated_at = 9007199254740990 + seq, created_at = 8640000000000001 WHERE seq IN (1, 2)');
  old.exec('UPDATE messages SET created_at = 8640000000000001 WHERE seq = 1');
  const kept = old.prepare('SELECT * FROM conversations WHERE seq > 2').all();
  expect(kept.length).toBeGreaterThan(0);
  old.close();
  const before = Date.now();
  const db = await openDatabase(path, MIGRATIONS.slice(0, 5));
  onTestFinished(() => void db.close());
  const times = db.prepare('SELECT created_at, updated_at FROM conversations WHERE seq IN (1, 2) ORDER BY seq').raw().all() as [
    number,
    number,
  ][];
  for (const [created, updated] of times) {
    expect(created).toBe(updated);
    expect(updated).toBeGreaterThanOrEqual(before);
    expect(updated).toBeLessThanOrEqual(Date.now() + 2);
  }
  expect(new Set(times.map(([, updated]) => updated)).size).toBe(2);
  expect(db.prepare('SELECT created_at FROM messages WHERE seq = 1').pluck().get()).toBeGreaterThanOrEqual(before);
  expect(db.prepare('SELECT * FROM conversations WHERE seq > 2').all()).toEqual(kept);
});

test('6: prompts that were rightly refused leave the benign set, those that were wrongly refused enter it', async () => {
  const { db, before } = await migrated(6, [
    ...CHAT.filter((table) => table !== 'settings'),
    'refusal_log',
    'refusal_texts',
    'refusal_notes',
  ]);
  expectSameRows(db, before);
  const log = newestLog(db);
  expect(log.benignTexts(0, 100)).toEqual(['How do I kill a Python process?', 'wrong']);
  const reviews = log.page({ filter: {}, limit: 8, before: null }).rows.map(({ review }) => review?.judgement);
  expect(reviews.reverse()).toEqual(['right', 'unsure', 'wrong', 'wrong', 'wrong', 'wrong', 'wrong', undefined]);
  // Each change is a row of the chain.
  expect(await log.verifyChain()).toMatchObject({ ok: true, checked: before['refusal_log']!.length + 4 });
});

test('7: what was done in the admin area is chained as it stands, and stays append-only', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  unpackSchema(6, path);
  const old = rawDatabase(path);
  const before = old.prepare('SELECT seq, at, kind, detail FROM admin_events ORDER BY seq').all() as ChainedEvent[];
  old.close();
  expect(before).toHaveLength(4);
  const db = await openDatabase(path, MIGRATIONS.slice(0, 7));
  onTestFinished(() => void db.close());
  let hash = GENESIS;
  const chained = before.map((event) => ({ ...event, hash: (hash = adminEventHash(event, hash)) }));
  expect(rowsOf(db, 'admin_events')).toEqual(chained);
  for (const sql of ['UPDATE admin_events SET at = 1', 'DELETE FROM admin_events']) expect(() => db.exec(sql)).toThrow('append-only');
  createAdmin(db).setPolicies({ retentionDays: 30 }, { kind: 'policies', detail: 'Changed.' });
  expect(await newestLog(db).verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test('8: every conversation lies nowhere, unmarked, and nothing else changes', async () => {
  const { db, before } = await migrated(8, ['messages', 'settings', 'model_files', ...LOG, 'admin_events', 'benign_sets']);
  expectSameRows(db, before);
  const rows = db.prepare('SELECT folder_id, pinned, archived, tags, origin FROM conversations').all();
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row).toEqual({ folder_id: null, pinned: 0, archived: 0, tags: '[]', origin: null });
  expect([rowsOf(db, 'folders'), rowsOf(db, 'saved_prompts')]).toEqual([[], []]);
});

test('9: refused prompts have no scores of tokens yet, can get them, and nothing else changes', async () => {
  const { db, before } = await migrated(9, ['conversations', 'messages', 'refusal_log', 'refusals', 'refusal_notes', 'admin_events']);
  expectSameRows(db, before);
  const scores = db.prepare('SELECT heat, heat_salt FROM refusal_texts').all();
  expect(scores.length).toBeGreaterThan(0);
  for (const row of scores) expect(row).toEqual({ heat: null, heat_salt: null });
  const log = newestLog(db);
  expect(log.page({ filter: {}, limit: 20, before: null }).rows.map(({ seq }) => log.get(seq).reading)).toEqual(
    new Array<null>(11).fill(null),
  );
  expect(await log.verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test('11: nobody has a key yet, no refusal came through one, and nothing else changes', async () => {
  const untouched = [...CHAT, 'refusal_log', 'refusal_texts', 'refusal_notes', 'admin_events', 'policies', 'benign_sets'];
  const { db, before } = await migrated(11, untouched);
  expectSameRows(db, before);
  expect(rowsOf(db, 'api_keys')).toEqual([]);
  const sources = db.prepare<[], string | null>('SELECT source FROM refusals').pluck().all();
  expect(sources).toHaveLength(11);
  expect(new Set(sources)).toEqual(new Set([null]));
  expect(await openedLog(db).verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test('12: what came from another program is foreign, nothing else is or changes', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  unpackSchema(11, path);
  const old = rawDatabase(path);
  old.exec("UPDATE conversations SET origin = 'chatgpt:1' WHERE seq = 1");
  const before = old.prepare('SELECT * FROM messages ORDER BY seq').all() as { seq: number }[];
  old.close();
  const db = await openDatabase(path, MIGRATIONS.slice(0, 12));
  onTestFinished(() => void db.close());
  expect(db.prepare('SELECT * FROM messages ORDER BY seq').all()).toMatchObject(before);
  const foreign = db.prepare(
    'SELECT DISTINCT c.seq = 1 AS imported, foreign_text FROM messages m JOIN conversations c ON c.id = m.conversation_id',
  );
  expect(foreign.raw().all()).toEqual(
    expect.arrayContaining([
      [1, 1],
      [0, 0],
    ]),
  );
  expect(foreign.raw().all()).toHaveLength(2);
});

describe.each(MIGRATIONS.map(({ version }) => version))('a file of schema %i', (version) => {
  test('opens, with its conversations, their branches and its log', async () => {
    const path = join(temporaryFolder(), 'steady.db');
    unpackSchema(version, path);
    const store = await openStore({ path });
    onTestFinished(() => store.close());
    const titles = (await store.conversations.list({ limit: 10, before: null })).map(({ title }) => title);
    expect(titles).toEqual(['日本語の庭', 'Refused', 'Trees']);
    const [hit] = await store.conversations.search({ query: 'olive', limit: 5 });
    const { messages, conversation } = await store.conversations.open(hit!.conversationId);
    expect(messages).toHaveLength(7);
    expect((await store.messages.path(conversation.activeLeafId!)).map(({ text }) => text)).toEqual([
      'Which trees grow in a small garden?',
      'An apple tree, a plum tree — ein Bäumchen 🌳.',
      'And in full sun?',
      'An olive, where winters are mild.',
    ]);
    expect(await store.settings.get()).toMatchObject({ theme: 'dark', defaultSystemPrompt: 'Be kind.' });
    expect((await store.modelFiles.list()).map((file) => file.path)).toEqual(['/models/own.gguf']);
    expect(await countRefusals(store)).toBe(version >= 4 ? 11 : 3);
    expect(await verifyLog(store)).toMatchObject({ ok: true, faults: [] });
    expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
  });
});

test('10: no message has documents, and nothing else changes', async () => {
  const { db, before } = await migrated(10, ['conversations', 'settings', 'model_files', ...LOG, 'admin_events', 'benign_sets']);
  expectSameRows(db, before);
  expect(db.prepare('SELECT DISTINCT reading FROM messages').all()).toEqual([{ reading: null }]);
  expect(db.prepare('SELECT count(*) AS count FROM messages').get()).toEqual({ count: expect.any(Number) });
  for (const table of ['documents', 'passages', 'message_documents']) expect(rowsOf(db, table)).toEqual([]);
});

test('13: no reply has reasoning, no conversation chose any, and nothing else changes', async () => {
  const { db, before } = await migrated(13, ['settings', 'model_files', ...LOG, 'admin_events', 'benign_sets', 'documents', 'api_keys']);
  for (const [table, rows] of Object.entries(before)) expect(rowsOf(db, table), table).toEqual(rows);
  expect(db.prepare('SELECT DISTINCT reasoning, reasoning_about FROM messages').all()).toEqual([
    { reasoning: null, reasoning_about: null },
  ]);
  expect(db.prepare('SELECT DISTINCT reasoning FROM conversations').all()).toEqual([{ reasoning: null }]);
});

test('a conversation can be written on after every migration', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  unpackSchema(1, path);
  const db = await openDatabase(path);
  onTestFinished(() => void db.close());
  const { methods: conversations } = createConversations(db, createRefusals(db).within, createDocuments(db).within);
  const [newest] = conversations.list({ limit: 1, before: null });
  expect(conversations.update(newest!.id, { title: 'Renamed' }).title).toBe('Renamed');
});
