/** What the check of the log finds, and what no check from inside can find: line by line as docs/reference/refusal-log.md says. */
import { copyFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { verifyBundle } from '../../../../electron/store/refusals/export/bundle/verify.ts';
import { createAdmin } from '../../../../electron/store/admin/admin.ts';
import { canonicalJson, entryHash, GENESIS, sha256Hex, type EntryKind } from '../../../../electron/store/refusals/chain.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { bundleRequest, entry, exportAll, fillLog, openLog, type Log, openedLog } from './helpers.ts';

async function whole() {
  const opened = await openLog(onTestFinished);
  fillLog(opened.log);
  const admin = createAdmin(opened.db);
  admin.setLock(null, null, { kind: 'chosen', detail: 'No passphrase.' });
  for (const days of [30, 60, 90])
    admin.setPolicies({ retentionDays: days }, { kind: 'policies', detail: `Refusals are kept for ${days} days.` });
  expect(await opened.log.verifyChain()).toMatchObject({ ok: true, faults: [] });
  return { ...opened, head: join(opened.folder, 'steady.db.refusal-head.json') };
}
const kinds = async (log: Log) => (await log.verifyChain()).faults.map(({ kind }) => kind);

const freeEvents = (db: Database) =>
  db.exec('DROP TRIGGER admin_events_no_update; DROP TRIGGER admin_events_no_delete; DROP TRIGGER admin_events_in_order');

test.each([
  ['a trigger that is gone', 'DROP TRIGGER refusal_log_no_delete'],
  [
    'a trigger that does nothing',
    `DROP TRIGGER refusal_log_no_delete; CREATE TRIGGER refusal_log_no_delete BEFORE DELETE ON refusal_log BEGIN SELECT 1; END`,
  ],
  ['a trigger that was added', `CREATE TRIGGER eat AFTER INSERT ON refusal_texts BEGIN DELETE FROM refusal_notes; END`],
  ['an index that is gone', 'DROP INDEX refusals_by_time'],
])('found: %s; accepting the log puts it right', async (_, sql) => {
  const { db, log } = await whole();
  db.exec(sql);
  expect(await kinds(log)).toEqual(['trigger']);
  log.acceptHead();
  expect(await log.verifyChain()).toMatchObject({ ok: true, faults: [] });
});

test.each([
  ['all of it', "INSERT INTO refusals_fts (refusals_fts) VALUES ('delete-all')"],
  [
    'a row',
    "INSERT INTO refusals_fts (refusals_fts, rowid, prompt, reply) SELECT 'delete', seq, prompt, reply FROM refusal_texts WHERE seq = 4",
  ],
])('found: the search index without %s; it is made anew', async (_, sql) => {
  const { db, log } = await whole();
  db.exec(sql);
  expect(await kinds(log)).toEqual(['search']);
  expect(await kinds(log)).toEqual([]);
  expect(log.page({ filter: { query: 'request 3' }, limit: 5, before: null }).rows.map(({ seq }) => seq)).toEqual([4]);
});

test.each([
  ['changed', "UPDATE admin_events SET detail = 'Refusals are kept for ever.' WHERE seq = 2", 'was changed'],
  ['taken out', 'DELETE FROM admin_events WHERE seq = 2', 'is missing'],
  ['cut off', 'DELETE FROM admin_events WHERE seq > 2', 'are missing'],
  ['all removed', 'DELETE FROM admin_events', 'are missing'],
  ['added', "INSERT INTO admin_events (at, kind, detail, hash) VALUES (1, 'reset', 'Nobody did.', '')", 'was changed'],
])('found: events of the admin area that were %s', async (_, sql, message) => {
  const { db, log } = await whole();
  freeEvents(db);
  db.exec(sql);
  const faults = (await log.verifyChain()).faults.filter(({ kind }) => kind === 'admin');
  expect(faults[0]!.message).toContain(message);
});

test('found: an older copy of the database in its place', async () => {
  const { db, log, folder } = await whole();
  const copy = join(folder, 'older.db');
  db.prepare('VACUUM INTO ?').run(copy);
  log.append(entry());
  copyFileSync(join(folder, 'steady.db.refusal-head.json'), `${copy}.refusal-head.json`);
  const older = await openDatabase(copy);
  onTestFinished(() => void older.close());
  expect(await kinds(openedLog(older))).toEqual(['head']);
});

test('not found: an older copy of the database and of the recorded head together; found by a head noted elsewhere', async () => {
  const { db, log, folder, head } = await whole();
  const copy = join(folder, 'older.db');
  db.prepare('VACUUM INTO ?').run(copy);
  copyFileSync(head, `${copy}.refusal-head.json`);
  log.append(entry());
  const noted = (await log.verifyChain()).head;
  const older = await openDatabase(copy);
  onTestFinished(() => void older.close());
  const report = await openedLog(older).verifyChain();
  expect(report).toMatchObject({ ok: true });
  expect(report.head).not.toBe(noted);
});

/** Makes every hash fit what is there now, the heads included. */
function computeAnew(db: Database, head: string): void {
  let previous = GENESIS;
  let last = 0;
  const rows = db
    .prepare<[], { seq: number; kind: EntryKind; about: number | null; body: string | null; body_hash: string }>(
      'SELECT * FROM refusal_log ORDER BY seq',
    )
    .all();
  for (const { seq, kind, about, body, body_hash: old } of rows) {
    const bodyHash = body === null ? old : sha256Hex(body);
    previous = entryHash({ seq, kind, about, bodyHash }, previous);
    db.prepare('UPDATE refusal_log SET body_hash = ?, hash = ? WHERE seq = ?').run(bodyHash, previous, seq);
    last = seq;
  }
  db.prepare("UPDATE settings SET value = ? WHERE key = 'refusalLogHead'").run(JSON.stringify({ seq: last, hash: previous }));
  rmSync(head, { force: true });
  db.prepare("DELETE FROM settings WHERE key = 'refusalLogHeadFile'").run();
}

test('not found: the whole chain and its heads computed anew over other content; found by a head noted elsewhere', async () => {
  const { db, log, head } = await whole();
  const noted = (await log.verifyChain()).head;
  const trigger = db.prepare<[], string>("SELECT sql FROM sqlite_master WHERE name = 'refusal_log_no_update'").pluck().get()!;
  db.exec('DROP TRIGGER refusal_log_no_update');
  const body = JSON.parse(db.prepare<[], string>('SELECT body FROM refusal_log WHERE seq = 5').pluck().get()!) as object;
  db.prepare('UPDATE refusal_log SET body = ? WHERE seq = 5').run(canonicalJson({ ...body, modelName: 'Another' }));
  db.prepare("UPDATE refusals SET model_name = 'Another' WHERE seq = 5").run();
  computeAnew(db, head);
  db.exec(trigger);
  const report = await log.verifyChain();
  expect(report).toMatchObject({ ok: true, faults: [] });
  expect(report.head).not.toBe(noted);
});

test('not found: a review or a removal that is appended with the right hashes, as the app would', async () => {
  const { log } = await whole();
  log.review(1, 'right', '');
  log.remove([1], 'text', 'retention');
  expect(await log.verifyChain()).toMatchObject({ ok: true });
});

test('not found: everything deleted, with all that remembers it', async () => {
  const { folder } = await whole();
  const empty = await openDatabase(join(folder, 'new.db'));
  onTestFinished(() => void empty.close());
  expect(await openedLog(empty).verifyChain()).toMatchObject({ ok: true, checked: 0 });
});

test('not found: another key; found by a fingerprint noted elsewhere', async () => {
  const { log, folder } = await whole();
  const bundle = join(folder, 'bundle.tar');
  const { fingerprint } = exportAll(log, bundleRequest(bundle)).bundle!;
  rmSync(join(folder, 'refusal-log.key'));
  exportAll(log, bundleRequest(bundle));
  expect(await verifyBundle(bundle)).toMatchObject({ ok: true });
  expect(await verifyBundle(bundle, { fingerprint })).toMatchObject({ ok: false });
});

test('not found: the last events of the admin area cut off with the count of them', async () => {
  const { db, log } = await whole();
  const triggers = db
    .prepare<[], string>("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'admin_events'")
    .pluck()
    .all();
  freeEvents(db);
  db.exec("DELETE FROM admin_events WHERE seq > 2; UPDATE sqlite_sequence SET seq = 2 WHERE name = 'admin_events'");
  for (const sql of triggers) db.exec(sql);
  expect(await log.verifyChain()).toMatchObject({ ok: true });
});

test('the page says each of these lines', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/reference/refusal-log.md'), 'utf8');
  for (const words of [
    'trigger',
    'search index',
    'admin area',
    'older copy of the database and of the recorded head',
    'computed anew',
    'another key',
  ]) {
    expect(page).toContain(words);
  }
});
