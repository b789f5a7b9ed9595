/** The admin area's lock: who chooses it, what opens it, what wrong passphrases cost, and when it shuts. */
import { expect, onTestFinished, test, vi } from 'vitest';
import { ADMIN_EVENTS, ADMIN_REQUESTS, pageContract } from '../../../electron/contract/index.ts';
import { hashPassphrase, isWeak, verifyPassphrase } from '../../../electron/admin/passphrase.ts';
import { delayAfter } from '../../../electron/store/admin/admin.ts';
import { openAdmin, PASSPHRASE, tempDir } from './support.ts';

const lockedError = expect.objectContaining({ code: 'locked' });
const unauthorized = expect.objectContaining({ code: 'unauthorized' });

/** A clock that can be moved, with timers of the app left real. */
function movableClock() {
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
}

test('every request is either behind the lock or known to be open', () => {
  const open = Object.keys(pageContract.requests).filter((name) => !ADMIN_REQUESTS.has(name));
  const areas = new Set(open.map((name) => name.split('.')[0]));
  expect([...areas].sort()).toEqual(expect.arrayContaining(['admin', 'app', 'chat', 'conversations', 'models', 'protection', 'settings']));
  for (const name of ADMIN_REQUESTS) expect(Object.keys(pageContract.requests)).toContain(name);
  for (const name of ADMIN_EVENTS) expect(Object.keys(pageContract.events)).toContain(name);
  for (const name of open.filter((name) => name.startsWith('admin.'))) {
    expect(['admin.state', 'admin.choose', 'admin.unlock', 'admin.lock', 'admin.touch']).toContain(name);
  }
});

test('before the first choice nothing opens; the choice is made once', async () => {
  const { page, admin } = await openAdmin();
  const first = page();
  expect(await first.handlers['admin.state']({})).toMatchObject({ passphrase: 'undecided', unlocked: false });
  for (const name of ADMIN_REQUESTS) {
    await expect((async () => first.handlers[name as 'admin.policies']({}))(), name).rejects.toEqual(lockedError);
  }
  await expect((async () => first.handlers['admin.choose']({ passphrase: 'short' }))()).rejects.toMatchObject({ code: 'bad-input' });
  expect((await admin.lock()).passphrase).toBe('undecided');
  expect(await first.handlers['admin.choose']({ passphrase: null })).toMatchObject({ passphrase: 'none', unlocked: true });
  await expect((async () => first.handlers['admin.choose']({ passphrase: PASSPHRASE }))()).rejects.toMatchObject({ code: 'conflict' });
  expect(await first.handlers['profiles.list']({})).toEqual({ answered: 'profiles.list' });
  // Without a passphrase every connection is open, also one that was there before.
  expect(await page().handlers['profiles.list']({})).toEqual({ answered: 'profiles.list' });
});

test('a passphrase opens the connection that entered it and no other', async () => {
  const { page } = await openAdmin();
  const chooser = page();
  expect(await chooser.handlers['admin.choose']({ passphrase: PASSPHRASE })).toMatchObject({ passphrase: 'set', unlocked: true });
  const other = page();
  expect(await other.handlers['admin.state']({})).toMatchObject({ unlocked: false });
  for (const name of ADMIN_REQUESTS) {
    await expect((async () => other.handlers[name as 'admin.policies']({}))(), name).rejects.toEqual(lockedError);
  }
  expect(await other.handlers['app.state']({})).toEqual({ answered: 'app.state' });
  await expect((async () => other.handlers['admin.unlock']({ passphrase: `${PASSPHRASE} ` }))()).rejects.toEqual(unauthorized);
  expect(await other.handlers['admin.unlock']({ passphrase: PASSPHRASE })).toMatchObject({ unlocked: true });
  expect(await other.handlers['profiles.list']({})).toEqual({ answered: 'profiles.list' });
  expect(await other.handlers['admin.lock']({})).toMatchObject({ unlocked: false });
  await expect((async () => other.handlers['profiles.list']({}))()).rejects.toEqual(lockedError);
  expect(await chooser.handlers['profiles.list']({})).toEqual({ answered: 'profiles.list' });
});

test("events of the admin's are heard behind the lock only", async () => {
  const { page, events } = await openAdmin();
  const admin = page();
  const user = page();
  await admin.handlers['admin.choose']({ passphrase: PASSPHRASE });
  admin.heard.length = user.heard.length = 0;
  events.emit('profiles.changed', {});
  events.emit('app.notice', { level: 'info', message: 'For all.', hint: '' });
  expect(admin.heard.map(([name]) => name)).toEqual(['profiles.changed', 'app.notice']);
  expect(user.heard.map(([name]) => name)).toEqual(['app.notice']);
});

test('wrong passphrases cost more and more time, for every connection, and a restart does not help', async () => {
  const dataDir = await tempDir();
  const first = await openAdmin(dataDir);
  await first.page().handlers['admin.choose']({ passphrase: PASSPHRASE });
  const guess = (rig: typeof first, passphrase: string) => (async () => rig.page().handlers['admin.unlock']({ passphrase }))();
  for (let n = 0; n < 3; n++) await expect(guess(first, `wrong ${n}`)).rejects.toEqual(unauthorized);
  await expect(guess(first, PASSPHRASE)).rejects.toMatchObject({ code: 'busy', details: { retryAt: expect.any(Number) as number } });
  const { retryAt } = await first.admin.lock();
  await first.close();
  const second = await openAdmin(dataDir);
  await expect(guess(second, PASSPHRASE)).rejects.toMatchObject({ code: 'busy', details: { retryAt } });
  expect(await second.page().handlers['admin.state']({})).toMatchObject({ retryAt, unlocked: false });
});

test('waiting doubles up to a quarter of an hour', () => {
  expect([0, 1, 2, 3, 4, 5].map(delayAfter)).toEqual([0, 0, 0, 5000, 10_000, 20_000]);
  expect(delayAfter(11)).toBe(15 * 60_000);
  expect(delayAfter(10_000)).toBe(15 * 60_000);
});

test('a try counts before it is made, a right one wipes the slate', async () => {
  const { store, page, admin } = await openAdmin();
  await page().handlers['admin.choose']({ passphrase: PASSPHRASE });
  const answers = [];
  for (let n = 0; n < 5; n++) answers.push((await store.admin.beginAttempt()).allowed);
  expect(answers).toEqual([true, true, true, false, false]);
  await store.admin.attemptSucceeded();
  expect((await admin.lock()).retryAt).toBeNull();
  await expect(admin.verify(PASSPHRASE)).resolves.toBe(1);
});

test('a clock that is set back does not lock anybody out for longer', async () => {
  movableClock();
  const { store, page } = await openAdmin();
  await page().handlers['admin.choose']({ passphrase: null });
  // The store's worker has the real clock; a time in its future is what a clock that was set back looks like.
  const sql = await import('../../../electron/store/database/database.ts');
  const db = await sql.openDatabase((await tempDir()) + '/steady.db');
  onTestFinished(() => void db.close());
  const { createAdmin } = await import('../../../electron/store/admin/admin.ts');
  const lock = createAdmin(db);
  lock.setLock('x', null, { kind: 'chosen', detail: '' });
  vi.setSystemTime(Date.now() + 24 * 3_600_000);
  for (let n = 0; n < 3; n++) expect(lock.beginAttempt().allowed).toBe(true);
  expect(lock.beginAttempt().allowed).toBe(false);
  vi.setSystemTime(Date.now() - 24 * 3_600_000);
  expect(lock.lock().retryAt! - Date.now()).toBeLessThanOrEqual(5000);
  lock.beginAttempt();
  vi.setSystemTime(Date.now() + 5001);
  expect(lock.beginAttempt().allowed).toBe(true);
  void store;
});

test('the area locks when nobody was there for as long as the policy says, by the clock and by the timer', async () => {
  movableClock();
  const { page, policies } = await openAdmin();
  await policies.set({ idleLockMinutes: 2 });
  const { handlers, heard } = page();
  await handlers['admin.choose']({ passphrase: PASSPHRASE });
  heard.length = 0;
  vi.advanceTimersByTime(119_000);
  await handlers['admin.touch']({});
  vi.advanceTimersByTime(119_000);
  expect(await handlers['profiles.list']({})).toEqual({ answered: 'profiles.list' });
  // Asking for things keeps nothing open; only somebody who is there does.
  vi.advanceTimersByTime(1_000);
  expect(heard.at(-1)).toEqual(['admin.changed', expect.objectContaining({ unlocked: false })]);
  await expect((async () => handlers['profiles.list']({}))()).rejects.toEqual(lockedError);
  await handlers['admin.touch']({});
  await expect((async () => handlers['profiles.list']({}))()).rejects.toEqual(lockedError);
  // Asleep: the clock went on, no timer rang.
  await handlers['admin.unlock']({ passphrase: PASSPHRASE });
  vi.setSystemTime(Date.now() + 10 * 60_000);
  await expect((async () => handlers['profiles.list']({}))()).rejects.toEqual(lockedError);
});

test('a new passphrase needs the old one, and locks everybody else', async () => {
  const { page, admin } = await openAdmin();
  const mine = page();
  const other = page();
  await mine.handlers['admin.choose']({ passphrase: PASSPHRASE });
  await other.handlers['admin.unlock']({ passphrase: PASSPHRASE });
  const next = 'another horse entirely';
  await expect((async () => mine.handlers['admin.changePassphrase']({ current: 'wrong', next }))()).rejects.toEqual(unauthorized);
  await expect((async () => mine.handlers['admin.changePassphrase']({ current: null, next }))()).rejects.toEqual(unauthorized);
  await expect((async () => mine.handlers['admin.changePassphrase']({ current: PASSPHRASE, next: 'short' }))()).rejects.toMatchObject({
    code: 'bad-input',
  });
  other.heard.length = 0;
  expect(await mine.handlers['admin.changePassphrase']({ current: PASSPHRASE, next })).toMatchObject({ unlocked: true });
  expect(other.heard.at(-1)).toEqual(['admin.changed', expect.objectContaining({ unlocked: false })]);
  await expect((async () => other.handlers['profiles.list']({}))()).rejects.toEqual(lockedError);
  await expect((async () => other.handlers['admin.unlock']({ passphrase: PASSPHRASE }))()).rejects.toEqual(unauthorized);
  expect(await mine.handlers['admin.changePassphrase']({ current: next, next: null })).toMatchObject({ passphrase: 'none' });
  expect(await other.handlers['profiles.list']({})).toEqual({ answered: 'profiles.list' });
  expect((await mine.handlers['admin.events']({ limit: 10 })).map(({ kind }) => kind)).toEqual(['removed', 'changed', 'chosen']);
  void admin;
});

test('another process that resets the passphrase locks this one', async () => {
  const dataDir = await tempDir();
  const running = await openAdmin(dataDir);
  const { handlers } = running.page();
  await handlers['admin.choose']({ passphrase: PASSPHRASE });
  const cli = await openAdmin(dataDir);
  await cli.admin.reset('a brand new phrase');
  await expect((async () => handlers['profiles.list']({}))()).rejects.toEqual(lockedError);
  expect(await handlers['admin.unlock']({ passphrase: 'a brand new phrase' })).toMatchObject({ unlocked: true });
  expect((await handlers['admin.events']({ limit: 1 }))[0]).toMatchObject({ kind: 'reset' });
});

test('what was done is kept: events cannot be changed or removed', async () => {
  const { openDatabase } = await import('../../../electron/store/database/database.ts');
  const db = await openDatabase((await tempDir()) + '/steady.db');
  onTestFinished(() => void db.close());
  db.prepare("INSERT INTO admin_events (at, kind, detail) VALUES (1, 'chosen', 'x')").run();
  expect(() => db.prepare('DELETE FROM admin_events').run()).toThrow(/append-only/);
  expect(() => db.prepare("UPDATE admin_events SET kind = 'y'").run()).toThrow(/append-only/);
  expect(() => db.prepare("INSERT OR REPLACE INTO admin_events (seq, at, kind, detail) VALUES (1, 1, 'y', 'y')").run()).toThrow(
    /append-only/,
  );
});

test('hashes: strong by default, salted, the same for the same characters, weak ones replaced at the next unlock', async () => {
  const hash = await hashPassphrase('Käse & Brötchen');
  expect(hash).toMatch(/^\$scrypt\$ln=17,r=8,p=1\$/);
  expect(await hashPassphrase('Käse & Brötchen')).not.toBe(hash);
  expect(await verifyPassphrase('Käse & Brötchen'.normalize('NFD'), hash)).toBe(true);
  expect(await verifyPassphrase('Kase & Brotchen', hash)).toBe(false);
  expect(isWeak(hash)).toBe(false);
  for (const broken of ['', 'x', hash.replace('ln=17', 'ln=60'), hash.slice(0, 30)]) {
    await expect(verifyPassphrase('Käse & Brötchen', broken)).rejects.toMatchObject({ code: 'store-damaged' });
  }
  const { store, admin } = await openAdmin();
  const weak = await hashPassphrase(PASSPHRASE, { ln: 10, r: 8, p: 1 });
  expect(isWeak(weak)).toBe(true);
  await store.admin.setLock(weak, 0, { kind: 'chosen', detail: '' });
  await admin.verify(PASSPHRASE);
  expect(isWeak((await admin.lock()).hash!)).toBe(false);
  await admin.verify(PASSPHRASE);
});
