/** The refusal log's service on a real store: what pages ask, policies, exports as jobs, the check in the background. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { ADMIN_EVENTS, ADMIN_REQUESTS, LOG_READ_REQUESTS, refusalRequests, type RefusalExport } from '../../../electron/contract/index.ts';
import { AppEvents } from '../../../electron/events.ts';
import { refusalHandlers } from '../../../electron/refusals/handlers.ts';
import { RefusalService } from '../../../electron/refusals/refusal-service.ts';
import { openStore, type Store } from '../../../electron/store/index.ts';
import { entry, temporaryFolder } from '../store/refusals/helpers.ts';
import { verifyLog, countRefusals, logRefusal } from '../store/helpers.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

let dataDir: string;
let store: Store;
const heard: [string, unknown][] = [];
beforeEach(async () => {
  dataDir = temporaryFolder(onTestFinished);
  store = await openStore({ path: join(dataDir, 'steady.db') });
  onTestFinished(() => store.close());
  heard.length = 0;
});

function start(policies = fixedPolicies()) {
  const events = new AppEvents();
  events.onAny((name, payload) => heard.push([name, payload]));
  const service = new RefusalService({
    store: store.refusals,
    clock: store.clock,
    events,
    policies,
    dataDir,
    databasePath: join(dataDir, 'steady.db'),
    appVersion: '1.0.0',
  });
  onTestFinished(() => service.close());
  return { service, ask: refusalHandlers(store.refusals, service) };
}
const exportsHeard = () => heard.filter(([name]) => name === 'refusals.export').map(([, state]) => state as RefusalExport);

test('only what the user may do is open to everyone; reading can be opened by policy, writing never', () => {
  const open = Object.keys(refusalRequests).filter((name) => !ADMIN_REQUESTS.has(name));
  expect(open).toEqual(['refusals.report', 'refusals.report.withdraw', 'refusals.reported']);
  expect([...LOG_READ_REQUESTS].sort()).toEqual(['refusals.chain', 'refusals.facets', 'refusals.get', 'refusals.list', 'refusals.stats']);
  expect(ADMIN_EVENTS.has('refusals.changed') && ADMIN_EVENTS.has('refusals.export')).toBe(true);
});

test('the check at start says that the log is whole, and warns when it is not', async () => {
  for (let i = 0; i < 5; i++) await logRefusal(store, entry());
  const { service } = start();
  service.start();
  await expect.poll(() => service.chain.state.status).toBe('ok');
  expect(service.chain.state).toMatchObject({ headSeq: 5, checked: 5, faults: [] });
  writeFileSync(join(dataDir, 'steady.db.refusal-head.json'), 'x');
  const second = start().service;
  second.start();
  await expect.poll(() => heard.some(([name]) => name === 'app.notice')).toBe(true);
  expect(second.chain.state).toMatchObject({ status: 'broken', faults: [{ kind: 'head' }] });
});

test('age: rows older than the policy says leave a tombstone', async () => {
  const day = 86_400_000;
  // The app was used until now.
  await store.clock.read();
  await logRefusal(store, entry({ createdAt: Date.now() - 31 * day }));
  await logRefusal(store, entry({ createdAt: Date.now() - 29 * day }));
  const { service } = start(fixedPolicies({ retentionDays: 30 }));
  service.start();
  await expect.poll(() => countRefusals(store)).toBe(1);
  await expect(store.refusals.get(1)).rejects.toMatchObject({ code: 'not-found' });
  expect(heard).toContainEqual(['refusals.changed', { kind: 'removed', seqs: [] }]);
  expect(await service.chain.check()).toMatchObject({ status: 'ok' });
});

test('age: a start with the clock ten years ahead removes nothing and says so; once the clock has gone on for a day it does', async () => {
  const day = 86_400_000;
  const before = Date.now() - 3652 * day;
  for (let i = 0; i < 21; i++) await logRefusal(store, entry({ createdAt: before - i * day }));
  const db = new Sqlite(join(dataDir, 'steady.db'));
  onTestFinished(() => void db.close());
  // Their conversations are as old: nothing here knows of a later time.
  db.prepare('UPDATE conversations SET updated_at = updated_at - ?').run(BigInt(3652 * day));
  const first = start(fixedPolicies({ retentionDays: 30 })).service;
  first.start();
  await expect.poll(() => heard.filter(([name]) => name === 'app.notice')).toHaveLength(1);
  expect(heard.find(([name]) => name === 'app.notice')![1]).toMatchObject({ level: 'warning', message: expect.stringContaining('clock') });
  expect(await countRefusals(store)).toBe(21);
  await first.close();

  // The same log, where the clock said so a day ago already.
  const doubted = (at: number) =>
    db.prepare("UPDATE settings SET value = json_set(value, '$.doubted', ?) WHERE key = 'trustedClock'").run(BigInt(at));
  doubted(Date.now() - day + 60_000);
  const second = start(fixedPolicies({ retentionDays: 30 })).service;
  second.start();
  await expect.poll(() => heard.filter(([name]) => name === 'app.notice')).toHaveLength(2);
  expect(await countRefusals(store)).toBe(21);
  await second.close();
  doubted(Date.now() - day);
  start(fixedPolicies({ retentionDays: 30 })).service.start();
  await expect.poll(() => countRefusals(store)).toBe(0);
  expect(await verifyLog(store)).toMatchObject({ ok: true });
});

test('a review, a report and the benign set, from the page to calibration', async () => {
  const row = await logRefusal(store, entry({ prompt: 'How do I kill a process?' }));
  const { ask, service } = start();
  expect(await ask['refusals.report']({ messageId: row.messageId })).toMatchObject({ messageId: row.messageId });
  expect(await ask['refusals.reported']({ conversationId: row.conversationId })).toEqual({ messageIds: [row.messageId] });
  expect(await ask['refusals.review']({ seq: 1, judgement: 'unsure', note: '' })).toMatchObject({ review: { judgement: 'unsure' } });
  expect(await ask['refusals.benignSet.add']({ seq: 1 })).toMatchObject({ review: { judgement: 'wrong' }, benignAt: expect.any(Number) });
  expect(await service.wrongRefusals.count()).toBe(1);
  expect(await service.wrongRefusals.list(0, 10)).toEqual(['How do I kill a process?']);
  await ask['refusals.remove']({ seq: 1, what: 'text' });
  expect(await service.wrongRefusals.list(0, 10)).toEqual([]);
  await expect(ask['refusals.report']({ messageId: randomUUID() })).rejects.toMatchObject({ code: 'not-found' });
  const kinds = heard.filter(([name]) => name === 'refusals.changed').map(([, change]) => (change as { kind: string }).kind);
  expect(kinds).toEqual(['reported', 'reviewed', 'benign', 'removed']);
});

test('an export is written, read in pieces, and discarded; another cannot begin meanwhile', async () => {
  for (let i = 0; i < 60; i++) await logRefusal(store, entry({ prompt: `Request ${i} ${'x'.repeat(30_000)}` }));
  const { ask } = start();
  const choice = { format: 'jsonl', filter: {}, includePrompts: true, includeReplies: true } as const;
  const { exportId } = await ask['refusals.export.start'](choice);
  await expect((async () => ask['refusals.export.start'](choice))()).rejects.toMatchObject({ code: 'busy' });
  await expect((async () => ask['refusals.export.read']({ exportId, offset: 0 }))()).rejects.toMatchObject({ code: 'conflict' });
  await expect.poll(() => exportsHeard().at(-1)?.state).toBe('done');
  const [state] = await ask['refusals.export.list']({});
  expect(state).toMatchObject({
    exportId,
    state: 'done',
    done: 60,
    total: 60,
    fileName: expect.stringMatching(/^steady-refusals-.*\.jsonl$/),
  });
  let text = '';
  for (let offset = 0, done = false; !done;) {
    const piece = await ask['refusals.export.read']({ exportId, offset });
    text += Buffer.from(piece.base64, 'base64').toString('utf8');
    offset += piece.bytes;
    ({ done } = piece);
  }
  expect(text.trimEnd().split('\n')).toHaveLength(60);
  await ask['refusals.export.discard']({ exportId });
  expect(existsSync(state!.path!)).toBe(false);
  await expect((async () => ask['refusals.export.read']({ exportId, offset: 0 }))()).rejects.toMatchObject({ code: 'not-found' });
});

test('a cancelled export leaves nothing, and old ones go at start', async () => {
  for (let i = 0; i < 200; i++) await logRefusal(store, entry());
  const { ask, service } = start();
  const folder = join(dataDir, 'exports');
  const { exportId } = await ask['refusals.export.start']({ format: 'bundle', filter: {}, includePrompts: true, includeReplies: true });
  expect(await ask['refusals.export.cancel']({ exportId })).toMatchObject({ state: 'cancelled', path: null });
  expect(readdirSync(folder)).toEqual([]);
  for (const name of ['old', 'new']) mkdirSync(join(folder, name));
  utimesSync(join(folder, 'old'), new Date(0), new Date(0));
  await service.exports.sweep();
  expect(readdirSync(folder)).toEqual(['new']);
}, 30_000);
