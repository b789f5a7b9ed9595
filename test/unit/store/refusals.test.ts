import { createHash, randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { GENESIS, type RefusalRow, type Store } from '../../../electron/store/index.ts';
import { failure, rawDatabase, refusal, temporaryStore } from './helpers.ts';

async function fill(store: Store, count: number): Promise<RefusalRow[]> {
  const rows: RefusalRow[] = [];
  for (let i = 0; i < count; i++) {
    rows.push(await store.refusals.append(refusal(randomUUID(), randomUUID(), { prompt: `Request ${i}`, createdAt: 1000 + i })));
  }
  return rows;
}

test('rows come back as they were, newest first, in pages', async () => {
  const { store } = await temporaryStore();
  const rows = await fill(store, 5);
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(await store.refusals.count()).toBe(5);
  expect(await store.refusals.list({ limit: 3, beforeSeq: null })).toEqual(rows.slice(2).reverse());
  expect(await store.refusals.list({ limit: 3, beforeSeq: 3 })).toEqual(rows.slice(0, 2).reverse());
});

test('the chain can be recomputed from a row alone, by anyone', async () => {
  const { store } = await temporaryStore();
  const [first, second] = await fill(store, 2);
  const { hash, ...rest } = second!;
  const byHand =
    `{"cause":"steered","conversationId":"${rest.conversationId}","createdAt":1001,"messageId":"${rest.messageId}","modelName":"A model",` +
    `"modelSha256":"${'b'.repeat(64)}","prevHash":"${first!.hash}","profileSha256":"${'a'.repeat(64)}","prompt":"Request 1",` +
    `"reply":"I cannot help with that.","scores":[{"gate":0.5,"layer":7,"score":0.91},{"gate":0,"layer":8,"score":-0.25}],"seq":2,"verdict":"refused"}`;
  expect(createHash('sha256').update(byHand).digest('hex')).toBe(hash);
  expect(first!.prevHash).toBe(GENESIS);
});

test('verification survives reopening, every kind of text, and thousands of rows', async () => {
  const { store, path } = await temporaryStore();
  const texts = ['half \uD83D pair', 'nul \0 inside', '"quotes" \\ \n', 'é e\u0301 👋', ''];
  for (const text of texts) await store.refusals.append(refusal(randomUUID(), randomUUID(), { prompt: text, reply: text }));
  await store.refusals.append(
    refusal(randomUUID(), randomUUID(), { scores: [{ layer: 1, score: 1e-7 / 3, gate: -0 }], profileSha256: null }),
  );
  await Promise.all(Array.from({ length: 2100 }, () => store.refusals.append(refusal(randomUUID(), randomUUID()))));
  const [newest] = await store.refusals.list({ limit: 1, beforeSeq: null });
  const expected = { ok: true, checked: 2106, firstBadSeq: null, head: newest!.hash };
  expect(await store.refusals.verifyChain()).toEqual(expected);
  await store.close();
  expect(await (await temporaryStore(path)).store.refusals.verifyChain()).toEqual(expected);
}, 60_000);

test('a row that does not fit the schema is refused and leaves no gap', async () => {
  const { store } = await temporaryStore();
  const bad = refusal(randomUUID(), randomUUID(), { scores: [{ layer: 1, score: Number.NaN, gate: 0 }] });
  await expect(store.refusals.append(bad)).rejects.toEqual(failure('bad-input'));
  await fill(store, 1);
  expect(await store.refusals.verifyChain()).toMatchObject({ ok: true, checked: 1 });
});

describe('tampering', () => {
  test('the database forbids it', async () => {
    const { store, path } = await temporaryStore();
    await fill(store, 3);
    const db = rawDatabase(path);
    db.exec(`INSERT INTO refusal_reviews (refusal_seq, judgement, note, created_at) VALUES (1, 'correct', '', 0)`);
    for (const sql of [
      `UPDATE refusals SET reply = 'x' WHERE seq = 2`,
      `DELETE FROM refusals WHERE seq = 3`,
      `DELETE FROM refusals`,
      `INSERT OR REPLACE INTO refusals SELECT * FROM refusals WHERE seq = 2`,
      `REPLACE INTO refusals SELECT 9, conversation_id, message_id, prompt, reply, cause, verdict, scores, NULL, '', '', 0, '', '' FROM refusals`,
      `UPDATE refusal_reviews SET judgement = 'unsure'`,
      `DELETE FROM refusal_reviews`,
      `INSERT OR REPLACE INTO refusal_reviews SELECT seq, refusal_seq, 'unsure', '', 0 FROM refusal_reviews`,
    ]) {
      expect(() => db.exec(sql), sql).toThrow(/append-only|without gaps/);
    }
    expect(await store.refusals.verifyChain()).toMatchObject({ ok: true, checked: 3 });
  });

  test.each([
    ['a changed text', `UPDATE refusals SET prompt = 'Request 2 ' WHERE seq = 3`, 3],
    ['a changed score', `UPDATE refusals SET scores = replace(scores, '0.91', '0.92') WHERE seq = 4`, 4],
    ['broken scores', `PRAGMA ignore_check_constraints = ON; UPDATE refusals SET scores = '[' WHERE seq = 1`, 1],
    ['a changed time', `UPDATE refusals SET created_at = created_at + 1 WHERE seq = 5`, 5],
    ['a changed hash', `UPDATE refusals SET hash = replace(hash, substr(hash, 1, 1), 'g') WHERE seq = 2`, 2],
    ['a row taken out', `DELETE FROM refusals WHERE seq = 3`, 3],
    ['rows taken out and the rest moved up', `DELETE FROM refusals WHERE seq = 3; UPDATE refusals SET seq = seq - 1 WHERE seq > 3`, 3],
    ['the last row cut off', `DELETE FROM refusals WHERE seq = 5`, 5],
    ['everything cut off', `DELETE FROM refusals`, 1],
  ])('%s is found', async (_, sql, firstBadSeq) => {
    const { store, path } = await temporaryStore();
    await fill(store, 5);
    const db = rawDatabase(path);
    db.exec(`DROP TRIGGER refusals_no_update; DROP TRIGGER refusals_no_delete; ${sql}`);
    expect(await store.refusals.verifyChain()).toMatchObject({ ok: false, firstBadSeq });
    await store.refusals.append(refusal(randomUUID(), randomUUID()));
    expect(await store.refusals.verifyChain()).toMatchObject({ ok: false, firstBadSeq });
  });
});
