/** Benign prompt sets in a real database. */
import { expect, test } from 'vitest';
import { temporaryStore } from '../helpers.ts';

test('a set is filled in portions and seen once it is finished', async () => {
  const { store } = await temporaryStore();
  const id = await store.benignSets.begin({ name: 'Support', source: 'support.txt' });
  expect(await store.benignSets.add(id, ['one', 'two', 'one'])).toBe(2);
  expect(await store.benignSets.list()).toEqual([]);
  expect(await store.benignSets.finish(id)).toMatchObject({ id, name: 'Support', source: 'support.txt', prompts: 2 });
  expect(await store.benignSets.add(id, ['two', 'three'])).toBe(1);
  expect((await store.benignSets.list()).map(({ prompts }) => prompts)).toEqual([3]);
  expect((await store.benignSets.page(id, 1, 5)).map(({ text }) => text)).toEqual(['two', 'three']);
});

test('names are taken once, however they are written', async () => {
  const { store } = await temporaryStore();
  const first = await store.benignSets.begin({ name: 'Support', source: 'a' });
  await store.benignSets.finish(first);
  await expect(store.benignSets.begin({ name: 'SUPPORT', source: 'b' })).rejects.toMatchObject({ code: 'conflict' });
  const other = await store.benignSets.begin({ name: 'Other', source: 'b' });
  await store.benignSets.finish(other);
  await expect(store.benignSets.rename(other, 'support')).rejects.toMatchObject({ code: 'conflict' });
  expect(await store.benignSets.rename(first, 'support')).toMatchObject({ name: 'support' });
});

test('prompts can be gone through in portions, removed, and go with their set', async () => {
  const { store } = await temporaryStore();
  const id = await store.benignSets.begin({ name: 'Many', source: 'x' });
  await store.benignSets.add(
    id,
    Array.from({ length: 25 }, (_, i) => `prompt ${i}`),
  );
  await store.benignSets.finish(id);
  const seen: string[] = [];
  for (let last = 0; ;) {
    const rows = await store.benignSets.after(id, last, 10);
    if (rows.length === 0) break;
    seen.push(...rows.map(({ text }) => text));
    last = rows.at(-1)!.promptId;
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => `prompt ${i}`));
  const [first] = await store.benignSets.page(id, 0, 1);
  expect(await store.benignSets.removePrompts(id, [first!.promptId, 999])).toMatchObject({ prompts: 24 });
  await store.benignSets.delete(id);
  await expect(store.benignSets.get(id)).rejects.toMatchObject({ code: 'not-found' });
  await expect(store.benignSets.delete(id)).rejects.toMatchObject({ code: 'not-found' });
  expect((await store.integrityCheck()).ok).toBe(true);
});

test('what was cut off in the middle is removed at the next start', async () => {
  const { store } = await temporaryStore();
  const id = await store.benignSets.begin({ name: 'Half', source: 'x' });
  await store.benignSets.add(id, ['one']);
  expect(await store.benignSets.removeUnfinished()).toBe(1);
  await expect(store.benignSets.get(id)).rejects.toMatchObject({ code: 'not-found' });
});
