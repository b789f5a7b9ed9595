/** Scores of tokens in the log: kept with the text, gone with it, covered by the chain, and in every export. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { HeatedReading } from '../../../../electron/contract/index.ts';
import { verifyBundle } from '../../../../electron/store/refusals/export/bundle/verify.ts';
import { bundleRequest, entry, exportAll, openLog, pack, unpack, type Log } from './helpers.ts';

const READING: HeatedReading = {
  tokens: 3,
  text: [0, 2],
  u: 1.25,
  probes: [{ probe: 0, u: 1.5, at: 1, confirmed: true }],
  second: 1.25,
  heat: { first: 0, start: 0, lengths: 'BAYA', scores: 'gLCg' },
};
const { heat: HEAT, ...WITHOUT } = READING;

let db: Database;
let log: Log;
let out: string;
beforeEach(async () => {
  const opened = await openLog(onTestFinished);
  ({ db, log } = opened);
  out = join(opened.folder, 'out');
});

const chain = () =>
  unpack(out)
    .find(([name]) => name === 'chain.jsonl')![1]
    .toString();

test('come back as they were given, and the chain verifies; rows without any stay as they were', async () => {
  log.append(entry({ reading: READING }));
  log.append(entry());
  expect(log.get(1).reading).toEqual(READING);
  expect(log.get(2).reading).toBeNull();
  expect(await log.verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test('where no text is kept only the numbers are', async () => {
  log.append(entry({ reading: READING, storeText: false }));
  expect(log.get(1).reading).toEqual({ ...WITHOUT, heat: null });
  const body = db.prepare('SELECT body FROM refusal_log WHERE seq = 1').pluck().get() as string;
  for (const kept of [HEAT!.lengths, HEAT!.scores, 'heat']) expect(body).not.toContain(kept);
  expect(await log.verifyChain()).toMatchObject({ ok: true });
});

test('go with the text', async () => {
  log.append(entry({ reading: READING }));
  log.remove([1], 'text', 'admin');
  expect(log.get(1).reading).toEqual({ ...WITHOUT, heat: null });
  expect(await log.verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test.each([
  ['changed', `UPDATE refusal_texts SET heat = '{}'`],
  ['taken away', 'UPDATE refusal_texts SET heat = NULL, heat_salt = NULL'],
  ['added', `UPDATE refusal_texts SET heat = '{}', heat_salt = 'x' WHERE seq = 2`],
])('scores that were %s are found', async (_, sql) => {
  log.append(entry({ reading: READING }));
  log.append(entry());
  db.exec(`DROP TRIGGER refusal_texts_no_update; ${sql}`);
  const { faults } = await log.verifyChain();
  expect(faults.map(({ kind }) => kind)).toContain('text-changed');
});

test('are in JSONL and bundles with the prompt, and not without it', async () => {
  log.append(entry({ reading: READING }));
  exportAll(log, bundleRequest(out, { format: 'jsonl' }));
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ reading: WITHOUT, heat: HEAT });
  exportAll(log, bundleRequest(out, { format: 'jsonl', includePrompts: false }));
  expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ reading: WITHOUT, heat: null });
  exportAll(log, bundleRequest(out));
  expect(chain()).toContain(HEAT!.scores);
  expect(await verifyBundle(out)).toMatchObject({ ok: true, faults: [] });
  exportAll(log, bundleRequest(out, { includePrompts: false }));
  expect(chain()).not.toContain(HEAT!.scores);
  expect(await verifyBundle(out)).toMatchObject({ ok: true, faults: [] });
});

test('a bundle whose scores were changed does not verify', async () => {
  log.append(entry({ reading: READING }));
  exportAll(log, bundleRequest(out));
  const changed = Buffer.from(chain().replace(HEAT!.scores, 'AAAA'));
  pack(
    out,
    unpack(out).map(([name, data]) => [name, name === 'chain.jsonl' ? changed : data]),
  );
  const { faults } = await verifyBundle(out);
  expect(faults.map(({ message }) => message)).toContain('The heat of row 1 was changed.');
});

test('a reading that says what cannot be is not stored', () => {
  const many = { ...READING, probes: Array.from({ length: 9 }, () => READING.probes[0]!) };
  const long = { ...READING, heat: { ...HEAT!, scores: 'A'.repeat(1_000_000) } };
  for (const reading of [many, long]) expect(() => log.append(entry({ reading }))).toThrow('cannot be stored');
  expect(log.page({ filter: {}, limit: 1, before: null }).rows).toEqual([]);
});
