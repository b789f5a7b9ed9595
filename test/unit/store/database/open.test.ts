import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { openStore } from '../../../../electron/store/index.ts';
import { MIGRATIONS, type Migration } from '../../../../electron/store/migrations/index.ts';
import { requireUsableNode } from '../../../../electron/store/database/node-version.ts';
import { addConversation, done, failure, rawDatabase, startReply, temporaryFolder, temporaryStore } from '../helpers.ts';

const NEXT: Migration = {
  version: MIGRATIONS.length + 1,
  name: 'artificial',
  sql: 'ALTER TABLE conversations ADD COLUMN colour TEXT',
};

async function filled(): Promise<{ path: string; conversationId: string }> {
  const { store, path } = await temporaryStore();
  const { conversation, answer } = await startReply(store);
  await store.messages.finish(answer.id, done('Kept'));
  await store.close();
  return { path, conversationId: conversation.id };
}

const versionOf = (path: string) => {
  const db = new Sqlite(path, { readonly: true });
  try {
    return db.pragma('user_version', { simple: true });
  } finally {
    db.close();
  }
};

describe('migrations', () => {
  test('are numbered without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1));
  });

  test('a new database needs no copy', async () => {
    const { path } = await filled();
    expect(readdirSync(dirname(path))).toEqual(['steady.db']);
    expect(versionOf(path)).toBe(MIGRATIONS.length);
  });

  test('an older database is copied whole, also what is still in its log, then changed', async () => {
    const { path, conversationId } = await filled();
    const old = new Sqlite(path);
    old.exec(`UPDATE conversations SET title = 'Only in the log'`);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(0);
    const db = await openDatabase(path, [...MIGRATIONS, NEXT]);
    onTestFinished(() => void db.close());
    old.close();
    expect(db.pragma('user_version', { simple: true })).toBe(NEXT.version);
    expect(db.prepare('SELECT colour FROM conversations').all()).toEqual([{ colour: null }]);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);

    const backup = `${path}.before-v${NEXT.version}.db`;
    expect(versionOf(backup)).toBe(MIGRATIONS.length);
    const { store } = await temporaryStore(backup);
    expect((await store.conversations.open(conversationId)).conversation.title).toBe('Only in the log');
    expect(await store.conversations.search({ query: 'kept', limit: 5 })).toHaveLength(1);
    expect((await store.integrityCheck()).ok).toBe(true);
  });

  test('a step that fails takes back all of itself, keeps the steps before it, and works when tried again', async () => {
    const { path } = await filled();
    const broken: Migration = { version: NEXT.version + 1, name: 'broken', sql: 'CREATE TABLE half (x INTEGER); SELECT * FROM nowhere;' };
    await expect(openDatabase(path, [...MIGRATIONS, NEXT, broken])).rejects.toThrow(/nowhere/);
    expect(versionOf(path)).toBe(NEXT.version);
    const db = await openDatabase(path, [...MIGRATIONS, NEXT, { ...broken, sql: 'CREATE TABLE half (x INTEGER)' }]);
    onTestFinished(() => void db.close());
    expect(db.pragma('user_version', { simple: true })).toBe(broken.version);
    expect(existsSync(`${path}.before-v${NEXT.version}.db`)).toBe(true);
  });

  test('a new database is made whole or not at all: nobody finds it between two steps', async () => {
    const path = join(temporaryFolder(), 'steady.db');
    const broken: Migration = { ...NEXT, name: 'broken', sql: 'SELECT * FROM nowhere' };
    await expect(openDatabase(path, [...MIGRATIONS, broken])).rejects.toThrow(/nowhere/);
    expect(versionOf(path)).toBe(0);
    const db = await openDatabase(path);
    onTestFinished(() => void db.close());
    expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  });

  test('a step that leaves dangling references is not kept', async () => {
    const { path } = await filled();
    const dangling: Migration = { version: NEXT.version, name: 'dangling', sql: 'DELETE FROM conversations' };
    await expect(openDatabase(path, [...MIGRATIONS, dangling])).rejects.toEqual(failure('store-damaged'));
    expect(versionOf(path)).toBe(MIGRATIONS.length);
  });

  test('processes that start at once create or migrate the database once', async () => {
    const path = join(temporaryFolder(), 'deep', 'er', 'steady.db');
    const stores = await Promise.all(Array.from({ length: 5 }, () => openStore({ path })));
    await Promise.all(stores.map((store) => addConversation(store)));
    expect(await stores[0]!.conversations.list({ limit: 10, before: null })).toHaveLength(5);
    // One after the other: of several that close at once each may take another for still open, and leave its log beside the file.
    for (const store of stores) await store.close();
    expect(readdirSync(dirname(path))).toEqual(['steady.db']);
  });
});

describe.skipIf(process.platform === 'win32')('for the user alone', () => {
  const rightsOfOthers = (...paths: string[]) => paths.map((path) => statSync(path).mode & 0o077);

  test('is a new database, with what is beside it', async () => {
    const { path } = await temporaryStore();
    expect(rightsOfOthers(path, `${path}-wal`)).toEqual([0, 0]);
  });

  test('is one that others could read so far, with what an app that was killed left beside it, once it is opened', async () => {
    const { path } = await filled();
    chmodSync(path, 0o644);
    const killed = rawDatabase(path);
    killed.exec(`UPDATE conversations SET title = 'Only in the log'`);
    expect(rightsOfOthers(path, `${path}-wal`)).toEqual([0o044, 0o044]);
    await temporaryStore(path);
    expect(rightsOfOthers(path, `${path}-wal`)).toEqual([0, 0]);
  });

  test('is the copy that is made before a change', async () => {
    const { path } = await filled();
    const db = await openDatabase(path, [...MIGRATIONS, NEXT]);
    onTestFinished(() => void db.close());
    expect(rightsOfOthers(`${path}.before-v${NEXT.version}.db`)).toEqual([0]);
  });
});

describe('what cannot be opened is refused, and left as it was', () => {
  test('a database of a newer version', async () => {
    const { path } = await filled();
    const db = new Sqlite(path);
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`);
    db.close();
    const before = readFileSync(path);
    await expect(openStore({ path })).rejects.toEqual(failure('store-too-new'));
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(readdirSync(dirname(path))).toEqual(['steady.db']);
  });

  test('a file that is no database', async () => {
    const path = join(temporaryFolder(), 'steady.db');
    writeFileSync(path, 'These are notes, not a database. '.repeat(100));
    const before = readFileSync(path);
    await expect(openStore({ path })).rejects.toEqual(failure('store-damaged'));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test("another program's database", async () => {
    const path = join(temporaryFolder(), 'steady.db');
    new Sqlite(path).exec('CREATE TABLE theirs (x)').close();
    const before = readFileSync(path);
    await expect(openStore({ path })).rejects.toEqual(failure('store-damaged'));
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  test('a database cut in half', async () => {
    const { path } = await filled();
    truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096);
    const error = await openStore({ path })
      .then(
        (store) => store.conversations.list({ limit: 1, before: null }).finally(() => store.close()),
        (reason: unknown) => Promise.reject(reason),
      )
      .catch((reason: unknown) => reason);
    expect(error).toEqual(failure('store-damaged'));
  });

  test('a folder in the place of the file', async () => {
    const path = join(temporaryFolder(), 'steady.db');
    mkdirSync(path);
    await expect(openStore({ path })).rejects.toEqual(failure('store-locked'));
  });
});

describe('the worker', () => {
  test('errors keep their code, sentence and hint; calls after closing fail; closing twice is fine', async () => {
    const { store } = await temporaryStore();
    const error = await store.conversations.get('nowhere').catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      name: 'SteadyError',
      code: 'not-found',
      message: expect.stringMatching(/\.$/),
      hint: expect.stringMatching(/\.$/),
    });
    await Promise.all([store.close(), store.close()]);
    await expect(store.settings.get()).rejects.toEqual(failure('cancelled'));
  });

  test('calls made before closing are answered', async () => {
    const { store } = await temporaryStore();
    const pending = startReply(store, 'In time?');
    await store.close();
    expect((await pending).asked.text).toBe('In time?');
  });

  test('an entry elsewhere can be named, and one that is not there is reported', async () => {
    const path = join(temporaryFolder(), 'steady.db');
    await expect(openStore({ path, workerUrl: new URL('file:///nowhere/worker.js') })).rejects.toEqual(failure('internal'));
    const entry = join(temporaryFolder(), 'entry.mjs');
    writeFileSync(entry, `import ${JSON.stringify(new URL('../../../../electron/store/worker.ts', import.meta.url).href)};`);
    const store = await openStore({ path, workerUrl: new URL(`file://${entry}`) });
    await addConversation(store);
    await store.close();
  });

  test('the event loop of the app goes on while the database works', async () => {
    const { store, path } = await temporaryStore();
    const blocker = new Sqlite(path);
    blocker.exec('BEGIN IMMEDIATE');
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    const waiting = startReply(store);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(ticks).toBeGreaterThan(20);
    blocker.exec('COMMIT');
    blocker.close();
    expect((await waiting).conversation.title).toBe('A title');
    clearInterval(timer);
  });
});

describe('an older Node', () => {
  test('is told so', () => {
    expect(() => requireUsableNode('20.19.1')).toThrow(
      expect.objectContaining({ name: 'SteadyError', message: expect.stringContaining('20.19.1') }),
    );
    expect(() => requireUsableNode('22.12.0')).not.toThrow();
    expect(() => requireUsableNode('100.0.0')).not.toThrow();
  });
});
