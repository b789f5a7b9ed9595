/** Benign sets over a real store: drafts become sets, sets become a job's prompts. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { BenignSetsService, sampleTexts, type WrongRefusals } from '../../../electron/calibration/benign-sets/sets-service.ts';
import { PromptUploads } from '../../../electron/prompt-files/uploads.ts';
import { openStore } from '../../../electron/store/index.ts';

async function service(refused: string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'steady-sets-'));
  const store = await openStore({ path: join(folder, 'steady.db') });
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const refusals: WrongRefusals = {
    count: () => Promise.resolve(refused.length),
    list: (offset, limit) => Promise.resolve(refused.slice(offset, offset + limit)),
  };
  let changes = 0;
  const uploads = new PromptUploads(join(folder, 'uploads'));
  const sets = new BenignSetsService({ store, uploads, refusals, onChange: () => changes++ });
  const add = async (name: string, texts: readonly string[]) => {
    const draft = await sets.drafts.fromText(texts.join('\n'), 'Pasted text');
    return sets.create(draft.draftId, name);
  };
  return { sets, store, uploads, folder, add, changes: () => changes };
}

const numbered = (count: number, word = 'prompt') => Array.from({ length: count }, (_, index) => `${word} number ${index}`);

describe('drafts', () => {
  test('a file that was handed in gives the same as its text, and goes', async () => {
    const { sets, uploads, folder } = await service();
    const bytes = Buffer.from('prompt\n"one, and\nmore"\ntwo\ntwo\n');
    const { uploadId } = await uploads.begin('mine.csv', bytes.length);
    await uploads.append(uploadId, 0, bytes.subarray(0, 10).toString('base64'));
    await expect(sets.drafts.fromUpload(uploadId)).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/10 of/) });
    await uploads.append(uploadId, 10, bytes.subarray(10).toString('base64'));
    const draft = await sets.drafts.fromUpload(uploadId);
    expect(draft).toMatchObject({
      source: 'mine.csv',
      format: 'csv',
      prompts: 2,
      duplicates: 1,
      preview: ['one, and\nmore', 'two'],
    });
    expect(await sets.drafts.read(draft.draftId, { header: false })).toMatchObject({
      draftId: draft.draftId,
      prompts: 3,
      column: 'Column 1',
    });
    await expect(sets.drafts.read(draft.draftId, { column: 'nothing' })).rejects.toMatchObject({ code: 'bad-input' });
    expect(await sets.create(draft.draftId, 'Mine')).toMatchObject({ prompts: 3 });
    expect(readdirSync(join(folder, 'uploads'))).toEqual([]);
    await expect(sets.drafts.fromUpload(uploadId)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('what was discarded, or never there, is not found', async () => {
    const { sets } = await service();
    const { draftId } = await sets.drafts.fromText('one\ntwo', 'Pasted text');
    await sets.drafts.discard(draftId);
    await expect(sets.create(draftId, 'Gone')).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a file that cannot be read leaves nothing behind', async () => {
    const { sets } = await service();
    await expect(sets.drafts.fromText('a\0b', 'Pasted text')).rejects.toMatchObject({ code: 'bad-input' });
    expect(await sets.list()).toHaveLength(1);
  });
});

describe('sets', () => {
  test('are kept, extended, renamed and deleted; each change is announced', async () => {
    const { sets, add, changes } = await service();
    const set = await add('Support', ['one', 'two']);
    const more = await sets.drafts.fromText('two\nthree', 'Pasted text');
    expect(await sets.extend(set.id, more.draftId)).toMatchObject({ prompts: 3 });
    expect(await sets.rename(set.id, 'Help desk')).toMatchObject({ name: 'Help desk' });
    expect((await sets.list()).map(({ name, kind }) => [name, kind])).toEqual([
      ['Wrong refusals', 'refusals'],
      ['Help desk', 'own'],
    ]);
    await sets.delete(set.id);
    expect(await sets.list()).toHaveLength(1);
    expect(changes()).toBe(4);
  });

  test('a name that is taken leaves the draft for another try', async () => {
    const { sets, add } = await service();
    await add('Support', ['one']);
    const draft = await sets.drafts.fromText('two', 'Pasted text');
    await expect(sets.create(draft.draftId, 'support')).rejects.toMatchObject({ code: 'conflict' });
    expect(await sets.create(draft.draftId, 'Other')).toMatchObject({ prompts: 1 });
  });
});

describe("a job's prompts", () => {
  test('come from all chosen sets, each once; wrong refusals are marked', async () => {
    const { sets, add } = await service(['was refused', 'both']);
    const a = await add('A', ['one', 'both']);
    const b = await add('B', ['two', 'one']);
    const { prompts, total, sets: used } = await sets.collect([a.id, 'refusals', b.id, a.id], 100, 1);
    expect(total).toBe(4);
    expect(
      prompts
        .filter(({ refusal }) => refusal)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(['both', 'was refused']);
    expect(prompts.map(({ text }) => text).sort()).toEqual(['both', 'one', 'two', 'was refused']);
    expect(used.map(({ name, prompts: count }) => [name, count])).toEqual([
      ['Wrong refusals', 2],
      ['A', 2],
      ['B', 2],
    ]);
  });

  test('of too many, a sample is drawn: the same for the same seed, in whatever order they came, wrong refusals first', async () => {
    const { sets, add } = await service(['was refused']);
    const texts = numbered(5000);
    const set = await add('Many', texts);
    const first = await sets.collect([set.id, 'refusals'], 100, 7);
    expect(first.total).toBe(5001);
    expect(first.prompts).toHaveLength(100);
    expect(first.prompts[0]).toEqual({ text: 'was refused', refusal: true });
    expect(await sets.collect(['refusals', set.id], 100, 7)).toMatchObject({ prompts: first.prompts });
    expect((await sets.collect([set.id], 100, 8)).prompts).not.toEqual(first.prompts.slice(1));
    expect(sampleTexts([...texts].reverse(), 99, 7).prompts).toEqual(first.prompts.slice(1));
  });

  test('a set that is gone is named', async () => {
    const { sets } = await service();
    await expect(sets.collect(['0195c0de-0000-7000-8000-000000000000'], 10, 1)).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('100,000 prompts become a set and a sample of it', async () => {
  const { sets, add } = await service();
  const set = await add('Huge', numbered(100_000));
  expect(set.prompts).toBe(100_000);
  const { prompts, total } = await sets.collect([set.id], 1000, 1);
  expect([prompts.length, total]).toEqual([1000, 100_000]);
});
