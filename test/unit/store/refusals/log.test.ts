/** The refusal log's rows: what is kept of them, what the chain covers, and what may go without breaking it. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Judgement, RefusalDetail } from '../../../../electron/contract/index.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { GENESIS, type Store } from '../../../../electron/store/index.ts';
import { createRefusals } from '../../../../electron/store/refusals/log.ts';
import { addConversation, countRefusals, failure, logRefusal, rawDatabase, refusal, temporaryStore, verifyLog } from '../helpers.ts';

const hash = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex');

async function fill(store: Store, count: number): Promise<RefusalDetail[]> {
  const rows: RefusalDetail[] = [];
  for (let i = 0; i < count; i++) {
    rows.push(await logRefusal(store, refusal(randomUUID(), randomUUID(), { prompt: `Request ${i}`, createdAt: 1000 + i })));
  }
  return rows;
}

/** Many rows in one transaction, by a connection of this thread. */
async function fillAtOnce(path: string, count: number): Promise<void> {
  const db = await openDatabase(path);
  onTestFinished(() => void db.close());
  const { within } = createRefusals(db);
  db.transaction(() => {
    for (let i = 0; i < count; i++) within.append(refusal(randomUUID(), randomUUID()));
  })();
  within.recordHead();
}

test('rows come back as they were, newest first, in pages', async () => {
  const { store } = await temporaryStore();
  const rows = await fill(store, 5);
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(await countRefusals(store)).toBe(5);
  const pages = [
    await store.refusals.page({ filter: {}, limit: 3, before: null }),
    await store.refusals.page({ filter: {}, limit: 3, before: 3 }),
  ];
  expect(pages.map((page) => page.rows.map(({ seq }) => seq))).toEqual([
    [5, 4, 3],
    [2, 1],
  ]);
  const { conversationId, messageId, prevHash } = rows[1]!;
  const { profileSha256, modelSha256, modelName, ...own } = refusal(conversationId, messageId, { prompt: 'Request 1', createdAt: 1001 });
  expect(rows[1]).toMatchObject({ ...own, profile: { sha256: profileSha256 }, model: { sha256: modelSha256, name: modelName } });
  expect(prevHash).toBe(rows[0]!.hash);
});

test('the chain can be recomputed by anyone, from what is stored alone', async () => {
  const { store, path } = await temporaryStore();
  const [first, second] = await fill(store, 2);
  const db = rawDatabase(path);
  const salt = db.prepare('SELECT prompt_salt AS prompt, reply_salt AS reply FROM refusal_texts WHERE seq = 2').get() as Record<
    string,
    string
  >;
  const body =
    `{"cause":"steered","conversationId":"${second!.conversationId}","createdAt":1001,"kind":"refusal","messageId":"${second!.messageId}",` +
    `"modelName":"A model","modelSha256":"${'b'.repeat(64)}","profileName":null,"profileSha256":"${'a'.repeat(64)}",` +
    `"promptHash":"${hash(`${salt['prompt']}\nRequest 1`)}","replyHash":"${hash(`${salt['reply']}\nI cannot help with that.`)}",` +
    `"scores":[{"gate":0.5,"layer":7,"score":0.91},{"gate":0,"layer":8,"score":-0.25}],"text":"stored","verdict":"refused"}`;
  expect(hash(`2\n${first!.hash}\nrefusal\n2\n${hash(body)}`)).toBe(second!.hash);
  expect(first!.prevHash).toBe(GENESIS);
});

test('verification survives reopening, every kind of text, and thousands of rows', async () => {
  const { store, path } = await temporaryStore();
  const texts = ['half \uD83D pair', 'nul \0 inside', '"quotes" \\ \n', 'é e\u0301 👋', ''];
  for (const text of texts) await logRefusal(store, refusal(randomUUID(), randomUUID(), { prompt: text, reply: text }));
  await logRefusal(store, refusal(randomUUID(), randomUUID(), { scores: [{ layer: 1, score: 1e-7 / 3, gate: -0 }], profileSha256: null }));
  await fillAtOnce(path, 1100);
  const newest = await store.refusals.get(1106);
  const expected = { ok: true, checked: 1106, firstBadSeq: null, faults: [], headSeq: 1106, head: newest.hash };
  expect(await verifyLog(store)).toEqual(expected);
  await store.close();
  expect(await verifyLog((await temporaryStore(path)).store)).toEqual(expected);
}, 60_000);

test('a row that does not fit the schema is refused and leaves no gap', async () => {
  const { store } = await temporaryStore();
  const bad = refusal(randomUUID(), randomUUID(), { scores: [{ layer: 1, score: Number.NaN, gate: 0 }] });
  await expect(logRefusal(store, bad)).rejects.toEqual(failure('bad-input'));
  await fill(store, 1);
  expect(await verifyLog(store)).toMatchObject({ ok: true, checked: 1 });
});

describe('what people say of a row', () => {
  test('the last review counts, earlier ones stay, and each is part of the chain', async () => {
    const { store } = await temporaryStore();
    await fill(store, 2);
    expect((await store.refusals.review(1, 'unsure', 'Look again.')).review).toMatchObject({ judgement: 'unsure', note: 'Look again.' });
    expect((await store.refusals.review(1, 'wrong', '')).review).toMatchObject({ judgement: 'wrong', note: '' });
    expect((await store.refusals.get(1)).reviews.map(({ judgement }) => judgement)).toEqual(['wrong', 'unsure']);
    expect((await store.refusals.get(2)).review).toBeNull();
    await expect(store.refusals.review(77, 'right', '')).rejects.toEqual(failure('not-found'));
    await expect(store.refusals.review(3, 'right', '')).rejects.toEqual(failure('not-found'));
    expect(await verifyLog(store)).toMatchObject({ ok: true, checked: 5 });
    expect((await fill(store, 1))[0]!.seq).toBe(6);
  });

  test("a user's report is kept once", async () => {
    const { store } = await temporaryStore();
    const [row] = await fill(store, 2);
    const first = await store.refusals.report(row!.messageId);
    expect(first).toMatchObject({ seq: 1, first: true });
    expect(await store.refusals.report(row!.messageId)).toEqual({ ...first, first: false });
    expect(await store.refusals.reported(row!.conversationId)).toEqual([row!.messageId]);
    await expect(store.refusals.report(randomUUID())).rejects.toEqual(failure('not-found'));
    expect(await verifyLog(store)).toMatchObject({ ok: true, checked: 3 });
  });

  describe('the benign set follows the judgement', () => {
    const ask = {
      right: (s: Store) => s.refusals.review(1, 'right', ''),
      wrong: (s: Store) => s.refusals.review(1, 'wrong', ''),
      unsure: (s: Store) => s.refusals.review(1, 'unsure', ''),
      in: (s: Store) => s.refusals.addBenign(1),
      out: (s: Store) => s.refusals.removeBenign(1),
    };
    const IN = [true, false] as const;
    const OUT = [false, false] as const;
    const OVERRIDE = [true, true] as const;
    test.each([
      [['wrong'], 'wrong', ...IN],
      [['right'], 'right', ...OUT],
      [['unsure'], 'unsure', ...OUT],
      [['in'], 'wrong', ...IN],
      [['unsure', 'in'], 'wrong', ...IN],
      [['in', 'right'], 'right', ...OUT],
      [['in', 'unsure'], 'unsure', ...OUT],
      [['wrong', 'right'], 'right', ...OUT],
      [['right', 'wrong'], 'wrong', ...IN],
      [['right', 'in'], 'right', ...OVERRIDE],
      [['right', 'in', 'right'], 'right', ...OUT],
      [['right', 'in', 'wrong'], 'wrong', ...IN],
      [['wrong', 'out'], 'wrong', ...OUT],
      [['wrong', 'out', 'wrong'], 'wrong', ...IN],
    ] as [(keyof typeof ask)[], Judgement, boolean, boolean][])('%j', async (steps, judgement, inside, override) => {
      const { store } = await temporaryStore();
      await fill(store, 1);
      for (const step of steps) await ask[step](store);
      const row = await store.refusals.get(1);
      expect(row).toMatchObject({ review: { judgement }, benignOverride: override });
      expect(row.benignAt !== null).toBe(inside);
      expect(await store.refusals.benignTexts(0, 10)).toEqual(inside ? ['Request 0'] : []);
      expect((await store.refusals.facets()).benign).toBe(inside ? 1 : 0);
      expect(await verifyLog(store)).toMatchObject({ ok: true });
    });

    test('another note to the same judgement leaves it as an admin set it', async () => {
      const { store } = await temporaryStore();
      await fill(store, 1);
      await store.refusals.review(1, 'right', '');
      await store.refusals.addBenign(1);
      expect(await store.refusals.review(1, 'right', 'A safety leaflet.')).toMatchObject({ benignOverride: true });
      await store.refusals.review(1, 'wrong', '');
      await store.refusals.removeBenign(1);
      expect(await store.refusals.review(1, 'wrong', 'But too odd to learn from.')).toMatchObject({ benignAt: null });
    });

    test('an answer that should have been refused never enters it', async () => {
      const { store } = await temporaryStore();
      await logRefusal(store, refusal(randomUUID(), randomUUID(), { cause: 'answered', verdict: 'complied' }));
      expect(await store.refusals.review(1, 'wrong', '')).toMatchObject({ benignAt: null });
      expect(await store.refusals.review(1, 'right', '')).toMatchObject({ benignAt: null });
      await expect(store.refusals.addBenign(1)).rejects.toEqual(failure('conflict'));
    });

    test('a refusal whose text was not kept is judged without it', async () => {
      const { store } = await temporaryStore();
      await logRefusal(store, refusal(randomUUID(), randomUUID(), { storeText: false }));
      expect(await store.refusals.review(1, 'wrong', '')).toMatchObject({ benignAt: null, review: { judgement: 'wrong' } });
      await expect(store.refusals.addBenign(1)).rejects.toEqual(failure('conflict'));
    });
  });

  test('the benign set: distinct prompts, in a fixed order, page by page', async () => {
    const { store } = await temporaryStore();
    await fill(store, 3);
    await logRefusal(store, refusal(randomUUID(), randomUUID(), { prompt: 'Request 1' }));
    await logRefusal(store, refusal(randomUUID(), randomUUID(), { storeText: false }));
    for (const seq of [4, 1, 2, 2]) await store.refusals.addBenign(seq);
    expect(await store.refusals.get(2)).toMatchObject({ review: { judgement: 'wrong' }, benignAt: expect.any(Number) });
    expect(await store.refusals.benignCount()).toBe(2);
    expect(await store.refusals.benignTexts(0, 10)).toEqual(['Request 0', 'Request 1']);
    expect(await store.refusals.benignTexts(1, 10)).toEqual(['Request 1']);
    expect((await store.refusals.benignPage({ limit: 2, before: null })).rows.map(({ seq }) => seq)).toEqual([4, 2]);
    await expect(store.refusals.addBenign(5)).rejects.toEqual(failure('conflict'));
    expect((await store.refusals.removeBenign(1)).benignAt).toBeNull();
    expect(await store.refusals.benignTexts(0, 10)).toEqual(['Request 1']);
    expect(await verifyLog(store)).toMatchObject({ ok: true });
  });
});

describe('what is not kept', () => {
  test('by policy only salted hashes are stored, and no word of it is in the file', async () => {
    const { store, path } = await temporaryStore();
    const row = await logRefusal(
      store,
      refusal(randomUUID(), randomUUID(), { prompt: 'xylophone thieves', reply: 'marimba refusal', storeText: false }),
    );
    expect(row).toMatchObject({ prompt: null, reply: null });
    expect(await store.refusals.get(1)).toMatchObject({ text: 'hashed', prompt: null, reply: null });
    expect(await verifyLog(store)).toMatchObject({ ok: true });
    await store.close();
    expect(readFileSync(path).includes('xylophone') || readFileSync(path).includes('marimba')).toBe(false);
    // Whoever has the text can prove that it was this one.
    const { body } = rawDatabase(path).prepare('SELECT body FROM refusal_log').get() as { body: string };
    const { promptSalt, promptHash } = JSON.parse(body) as Record<string, string>;
    expect(hash(`${promptSalt}\nxylophone thieves`)).toBe(promptHash);
  });

  test.each(['text', 'row'] as const)('a removed %s leaves a tombstone, no word in the file, and a chain that verifies', async (what) => {
    const { store, path } = await temporaryStore();
    await fill(store, 2);
    const row = await logRefusal(store, refusal(randomUUID(), randomUUID(), { prompt: 'xylophone thieves', reply: 'marimba refusal' }));
    await store.refusals.review(row.seq, 'wrong', 'vibraphone note');
    await store.refusals.addBenign(row.seq);
    await store.refusals.report(row.messageId);
    await fill(store, 1);
    expect(await store.refusals.remove([row.seq, 999], what, 'admin')).toEqual([row.seq]);
    expect(await verifyLog(store)).toMatchObject({ ok: true, faults: [] });
    expect(await store.refusals.benignCount()).toBe(0);
    expect((await store.refusals.page({ filter: { query: 'xylophone' }, limit: 10, before: null })).rows).toEqual([]);
    if (what === 'text') {
      expect(await store.refusals.get(row.seq)).toMatchObject({
        text: 'removed',
        prompt: null,
        removed: { reason: 'admin' },
        review: { note: null },
      });
      expect(await store.refusals.remove([row.seq], what, 'admin')).toEqual([]);
      await store.refusals.review(row.seq, 'right', 'Said later.');
      expect((await store.refusals.get(row.seq)).review).toMatchObject({ note: 'Said later.' });
      expect(await store.refusals.remove([row.seq], 'row', 'retention')).toEqual([row.seq]);
    }
    await expect(store.refusals.get(row.seq)).rejects.toEqual(failure('not-found'));
    expect(await countRefusals(store)).toBe(3);
    expect(await verifyLog(store)).toMatchObject({ ok: true, faults: [] });
    await store.close();
    const file = readFileSync(path);
    for (const word of ['xylophone', 'marimba', 'vibraphone', row.messageId])
      if (what === 'row' || word !== row.messageId) expect(file.includes(word), word).toBe(false);
  });

  test.each([
    ['keep', 'stored'],
    ['keep-without-text', 'removed'],
    ['remove', null],
  ] as const)('a conversation that is removed for good: %s', async (fate, text) => {
    const { store } = await temporaryStore();
    const { id } = await addConversation(store);
    const kept = await addConversation(store);
    await logRefusal(store, refusal(id, randomUUID()));
    await logRefusal(store, refusal(kept.id, randomUUID()));
    await store.conversations.delete(id);
    expect(await store.conversations.purgeDeleted(Date.now() - 60_000, fate)).toBe(0);
    expect((await store.refusals.get(1)).text).toBe('stored');
    expect(await store.conversations.purgeDeleted(Date.now() + 1, fate)).toBe(1);
    if (text === null) await expect(store.refusals.get(1)).rejects.toEqual(failure('not-found'));
    else expect(await store.refusals.get(1)).toMatchObject({ text, conversationExists: false });
    expect(await store.refusals.get(2)).toMatchObject({ text: 'stored', conversationExists: true });
    expect(await verifyLog(store)).toMatchObject({ ok: true, faults: [] });
  });

  test('rows by age, oldest first', async () => {
    const { store } = await temporaryStore();
    await fill(store, 5);
    expect(await store.refusals.olderThan(1003, 10)).toEqual([1, 2, 3]);
    expect(await store.refusals.olderThan(1003, 2)).toEqual([1, 2]);
  });
});

describe('tampering', () => {
  test('the database forbids it', async () => {
    const { store, path } = await temporaryStore();
    await fill(store, 3);
    await store.refusals.review(1, 'right', '');
    const db = rawDatabase(path);
    for (const sql of [
      `UPDATE refusal_log SET body = 'x' WHERE seq = 2`,
      `UPDATE refusal_log SET body = NULL, hash = '' WHERE seq = 2`,
      `DELETE FROM refusal_log WHERE seq = 4`,
      `DELETE FROM refusal_log`,
      `INSERT OR REPLACE INTO refusal_log SELECT * FROM refusal_log WHERE seq = 2`,
      `REPLACE INTO refusal_log SELECT 9, kind, about, body, body_hash, hash FROM refusal_log WHERE seq = 2`,
      `UPDATE refusal_texts SET prompt = 'x'`,
      `DELETE FROM refusal_texts WHERE seq = 1`,
    ]) {
      expect(() => db.exec(sql), sql).toThrow(/append-only|without gaps|never changed|tombstone/);
    }
    expect(await verifyLog(store)).toMatchObject({ ok: true, checked: 4 });
  });

  const FREE = `DROP TRIGGER refusal_log_no_update; DROP TRIGGER refusal_log_no_delete; DROP TRIGGER refusal_log_in_order;
    DROP TRIGGER refusal_texts_no_update; DROP TRIGGER refusal_texts_no_delete; PRAGMA foreign_keys = OFF;`;

  test.each([
    ['a changed text', `UPDATE refusal_texts SET prompt = 'Request 2 ' WHERE seq = 3`, 3],
    ['a changed score', `UPDATE refusal_log SET body = replace(body, '0.91', '0.92') WHERE seq = 4`, 4],
    ['broken JSON', `UPDATE refusal_log SET body = '[' WHERE seq = 1`, 1],
    ['a changed time that is shown', `UPDATE refusals SET created_at = created_at + 1 WHERE seq = 5`, 5],
    ['a changed hash', `UPDATE refusal_log SET hash = replace(hash, substr(hash, 1, 1), 'g') WHERE seq = 2`, 2],
    ['a changed review that is shown', `UPDATE refusals SET review = 'right' WHERE seq = 2`, 2],
    ['a changed note', `UPDATE refusal_notes SET note = 'x'`, 6],
    ['a row taken out', `DELETE FROM refusal_log WHERE seq = 3`, 3],
    [
      'rows taken out and the rest moved up',
      `DELETE FROM refusal_log WHERE seq = 3; UPDATE refusal_log SET seq = seq - 1 WHERE seq > 3`,
      2,
    ],
    ['a text taken out', `DELETE FROM refusal_texts WHERE seq = 3`, 3],
    ['a body taken out', `UPDATE refusal_log SET body = NULL WHERE seq = 3`, 3],
    ['the last row cut off', `DELETE FROM refusal_log WHERE seq = 6`, 2],
    ['everything cut off', `DELETE FROM refusal_log`, 1],
  ])('%s is found', async (_, sql, firstBadSeq) => {
    const { store, path } = await temporaryStore();
    await fill(store, 5);
    await store.refusals.review(2, 'wrong', 'A note.');
    rawDatabase(path).exec(FREE + sql);
    expect(await verifyLog(store)).toMatchObject({ ok: false, firstBadSeq });
    await logRefusal(store, refusal(randomUUID(), randomUUID()));
    expect(await verifyLog(store)).toMatchObject({ ok: false, firstBadSeq });
  });

  test('a tail cut off with every trace in the database is found by the head recorded beside it, until a person accepts it', async () => {
    const { store, path } = await temporaryStore();
    const rows = await fill(store, 5);
    const cut = `DELETE FROM refusal_texts WHERE seq > 3; DELETE FROM refusals WHERE seq > 3; DELETE FROM refusal_log WHERE seq > 3;
      UPDATE sqlite_sequence SET seq = 3 WHERE name = 'refusal_log';
      UPDATE settings SET value = '{"seq":3,"hash":"${rows[2]!.hash}"}' WHERE key = 'refusalLogHead';`;
    await store.close();
    rawDatabase(path).exec(FREE + cut);
    const again = (await temporaryStore(path)).store;
    expect(await verifyLog(again)).toMatchObject({
      ok: false,
      faults: expect.arrayContaining([expect.objectContaining({ kind: 'head', seq: 5 })]),
    });
    // What is logged now does not wipe out the trace.
    await fill(again, 4);
    expect(await verifyLog(again)).toMatchObject({
      ok: false,
      faults: expect.arrayContaining([expect.objectContaining({ kind: 'head', seq: 5 })]),
    });
    await again.refusals.acceptHead();
    expect(await verifyLog(again)).toMatchObject({ ok: true, checked: 8 });
    expect(rawDatabase(path).prepare("SELECT body FROM refusal_log WHERE kind = 'head'").pluck().get()).toContain(rows[4]!.hash);
  });

  test('a head file that was removed or damaged is found', async () => {
    const { store, path } = await temporaryStore();
    await fill(store, 2);
    const file = `${path}.refusal-head.json`;
    const whole = readFileSync(file, 'utf8');
    rmSync(file);
    await fill(store, 1);
    expect(existsSync(file)).toBe(false);
    expect(await verifyLog(store)).toMatchObject({ ok: false, faults: [{ kind: 'head' }] });
    writeFileSync(file, whole.slice(0, 40));
    expect(await verifyLog(store)).toMatchObject({ ok: false, faults: [{ kind: 'head' }] });
    writeFileSync(file, whole);
    expect(await verifyLog(store)).toMatchObject({ ok: true });
  });
});
