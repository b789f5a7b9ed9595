/** A log of the first version: its rows keep their numbers, verify under their own rules as well, and show what was wrong before. */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { canonicalJson, GENESIS } from '../../../../electron/store/index.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { MIGRATIONS } from '../../../../electron/store/migrations/index.ts';
import { openedLog } from '../refusals/helpers.ts';
import { refusal, temporaryFolder } from '../helpers.ts';

/** A database as the first version left it, with reviews. */
async function firstVersion(path: string, rows: number): Promise<void> {
  const db = await openDatabase(path, MIGRATIONS.slice(0, 1));
  let prevHash = GENESIS;
  for (let seq = 1; seq <= rows; seq++) {
    const {
      storeText: _,
      profileName: __,
      ...entry
    } = { ...refusal(randomUUID(), randomUUID(), { prompt: `Request ${seq}` }), storeText: true, profileName: null };
    const row = { ...entry, seq, prevHash };
    const hash = createHash('sha256').update(canonicalJson(row), 'utf8').digest('hex');
    db.prepare(
      `INSERT INTO refusals (seq, conversation_id, message_id, prompt, reply, cause, verdict, scores, profile_sha256, model_sha256, model_name, created_at, prev_hash, hash)
       VALUES (@seq, @conversationId, @messageId, @prompt, @reply, @cause, @verdict, @scores, @profileSha256, @modelSha256, @modelName, @createdAt, @prevHash, @hash)`,
    ).run({ ...row, scores: JSON.stringify(row.scores), hash });
    prevHash = hash;
  }
  db.exec(
    `INSERT INTO refusal_reviews (refusal_seq, judgement, note, created_at) VALUES (1, 'correct', 'Fine.', 5), (2, 'false-refusal', '', 6)`,
  );
  db.close();
}

async function open(path: string) {
  const db = await openDatabase(path);
  onTestFinished(() => void db.close());
  return openedLog(db);
}

function tamper(path: string, sql: string): void {
  const db = new Sqlite(path);
  db.exec(`DROP TRIGGER refusals_no_update; DROP TRIGGER refusals_no_delete; PRAGMA foreign_keys = OFF; ${sql}`);
  db.close();
}

test('rows, texts and reviews come over, and the chain verifies under both versions', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  await firstVersion(path, 4);
  const log = await open(path);
  expect(log.page({ filter: {}, limit: 10, before: null }).rows.map(({ seq, prompt }) => [seq, prompt])).toEqual(
    [4, 3, 2, 1].map((seq) => [seq, `Request ${seq}`]),
  );
  expect(log.get(1).reviews).toEqual([{ seq: 5, judgement: 'right', note: 'Fine.', createdAt: 5 }]);
  expect(log.get(2).review).toMatchObject({ judgement: 'wrong' });
  // One more than the first version wrote: the prompt judged wrong came into the benign set by a row of its own.
  expect(await log.verifyChain()).toMatchObject({ ok: true, checked: 8 });
  expect(log.page({ filter: { query: 'request 3' }, limit: 10, before: null }).rows.map(({ seq }) => seq)).toEqual([3]);
  expect(log.append(refusal(randomUUID(), randomUUID())).seq).toBe(9);
  log.remove([2], 'text', 'admin');
  log.remove([3], 'row', 'admin');
  expect(await log.verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test('an empty log of the first version is an empty log', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  const db = await openDatabase(path, MIGRATIONS.slice(0, 1));
  db.close();
  const log = await open(path);
  expect(await log.verifyChain()).toMatchObject({ ok: true, checked: 0 });
});

test.each([
  ['a row that was changed', `UPDATE refusals SET prompt = 'x' WHERE seq = 2`, 'changed'],
  ['a row that was taken out', `DELETE FROM refusals WHERE seq = 3`, 'order'],
  ['a tail that was cut off', `DELETE FROM refusals WHERE seq = 4`, 'missing'],
])('%s before stays visible', async (_, sql, kind) => {
  const path = join(temporaryFolder(), 'steady.db');
  await firstVersion(path, 4);
  tamper(path, sql);
  const { ok, faults } = await (await open(path)).verifyChain();
  expect(ok).toBe(false);
  expect(faults.map((fault) => fault.kind)).toContain(kind);
});
