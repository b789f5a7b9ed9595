/** Keys over a real database: told once, kept as hashes, ended for good. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ApiKeys } from '../../../electron/api/keys.ts';
import { failure, temporaryStore, verifyLog } from '../store/helpers.ts';

async function openKeys() {
  const { store, path } = await temporaryStore();
  return { keys: new ApiKeys(store.apiKeys), store, path };
}

test('a key opens, says what it may, and stands nowhere in the database', async () => {
  const { keys, store, path } = await openKeys();
  const { key, about } = await keys.create('editor', { requestsPerMinute: 5, models: ['a'] });
  expect(key).toMatch(/^sk-steady-[\w-]{43}$/);
  expect(about).toMatchObject({
    name: 'editor',
    hint: `${key.slice(0, 14)}…`,
    scope: { models: ['a'], requestsPerMinute: 5, logText: true, refusalFinishReason: 'content_filter' },
    usedAt: null,
    revokedAt: null,
  });
  expect(await keys.open(key)).toMatchObject({ name: 'editor' });
  expect((await keys.list())[0]!.usedAt).toBeGreaterThan(about.createdAt - 1);
  for (const file of [path, `${path}-wal`]) expect(readFileSync(file).includes(key.slice(14))).toBe(false);
  expect((await store.admin.events(1))[0]).toMatchObject({ kind: 'api', detail: 'The API key “editor” was made.' });
});

test('a revoked key opens nothing, and its name can be given again', async () => {
  const { keys, store } = await openKeys();
  const { key } = await keys.create('editor');
  await expect(keys.create('Editor')).rejects.toEqual(failure('conflict'));
  expect((await keys.revoke('editor')).revokedAt).toBeGreaterThan(0);
  expect(await keys.open(key)).toBeNull();
  await expect(keys.revoke('editor')).rejects.toEqual(failure('not-found'));
  const second = await keys.create('editor');
  expect(second.key).not.toBe(key);
  expect((await keys.list()).map(({ revokedAt }) => revokedAt === null)).toEqual([true, false]);
  // What was done is chained with the rest of the admin's events.
  expect((await store.admin.events(3)).map(({ kind }) => kind)).toEqual(['api', 'api', 'api']);
  expect(await verifyLog(store)).toMatchObject({ ok: true, faults: [] });
});

test('a key that another Steady made is taken as it is; nothing weaker is', async () => {
  const { key } = await (await openKeys()).keys.create('editor');
  const { keys } = await openKeys();
  expect((await keys.create('editor', {}, key)).key).toBe(key);
  expect(await keys.open(key)).toMatchObject({ name: 'editor' });
  await expect(keys.create('other', {}, 'sk-steady-short')).rejects.toEqual(failure('bad-input'));
});

test.each(['', 'sk-steady-', 'sk-other', 'sk-steady-'.padEnd(60, 'x'), `sk-steady-${'x'.repeat(100_000)}`])(
  '%.20j… opens nothing',
  async (key) => {
    const { keys } = await openKeys();
    await keys.create('editor');
    expect(await keys.open(key)).toBeNull();
  },
);

test.each(['', ' ', 'a\nb', '-rf', 'x'.repeat(61), '\u202Eabc', 'a/b'])('%j is no name', async (name) => {
  const { keys } = await openKeys();
  await expect(keys.create(name)).rejects.toEqual(failure('bad-input'));
  expect(await keys.list()).toEqual([]);
});
