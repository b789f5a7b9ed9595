/** The app's start and housekeeping, on a real database, without a model. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { Policies } from '../../../electron/admin/policies.ts';
import { SteadyError } from '../../../electron/contract/index.ts';
import { purgeDeleted } from '../../../electron/conversations/purge.ts';
import { openStore } from '../../../electron/store/index.ts';
import { addConversation } from '../../fixtures/turns.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

const CLI = join(import.meta.dirname, '..', '..', '..', 'electron', 'cli.ts');
const DAY_MS = 24 * 60 * 60 * 1000;

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-app-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a command ends where the database opens and the app then cannot start', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'steady.db');
  await (await openStore({ path })).close();
  const db = new Sqlite(path);
  db.exec('ALTER TABLE settings RENAME TO gone');
  db.close();
  const ended = await new Promise<{ killed: boolean; code: unknown; err: string }>((resolve) => {
    const options = { env: { ...process.env, STEADY_HOME: folder }, timeout: 60_000 };
    execFile(process.execPath, [CLI, 'conversations', 'list', '--json'], options, (error, _out, err) =>
      resolve({ killed: error?.killed ?? false, code: error?.code ?? 0, err }),
    );
  });
  expect(ended).toEqual({ killed: false, code: 1, err: expect.stringMatching(/"error":/) as string });
}, 90_000);

test('a deleted conversation is removed for good after seven days, but not while a policy file cannot be read', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  const store = await openStore({ path });
  onTestFinished(() => store.close());
  const conversations = await Promise.all(['old', 'new', 'kept'].map((title) => addConversation(store, title)));
  const [old, fresh, kept] = conversations.map(({ id }) => id);
  await store.conversations.delete(old!);
  await store.conversations.delete(fresh!);
  const db = new Sqlite(path);
  onTestFinished(() => void db.close());
  db.prepare('UPDATE conversations SET deleted_at = deleted_at - ? WHERE id = ?').run(7 * DAY_MS + 1, old);
  db.prepare('UPDATE conversations SET deleted_at = deleted_at - ? WHERE id = ?').run(7 * DAY_MS - 60_000, fresh);
  const left = () => db.prepare<[], string>('SELECT id FROM conversations').pluck().all().sort();

  const unreadable: Policies = { ...fixedPolicies(), problem: new SteadyError('policy-damaged', 'The policy file is damaged.') };
  expect(await purgeDeleted(store, unreadable)).toBe(0);
  expect(left()).toEqual([old, fresh, kept].sort());
  expect(await purgeDeleted(store, fixedPolicies())).toBe(1);
  expect(left()).toEqual([fresh, kept].sort());
});

test('a deleted conversation is not removed by a clock that jumped ten years ahead', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  const store = await openStore({ path });
  onTestFinished(() => store.close());
  const { id } = await addConversation(store, 'deleted');
  await store.conversations.delete(id);
  await store.clock.read();
  const db = new Sqlite(path);
  onTestFinished(() => void db.close());
  db.prepare('UPDATE conversations SET deleted_at = deleted_at - ?').run(BigInt(3652 * DAY_MS));
  const lastStart = (at: number) =>
    db.prepare('UPDATE settings SET value = ? WHERE key = ?').run(JSON.stringify({ believed: at, doubted: null }), 'trustedClock');
  lastStart(Date.now() - 3652 * DAY_MS);
  expect(await purgeDeleted(store, fixedPolicies())).toBe(0);
  lastStart(Date.now());
  expect(await purgeDeleted(store, fixedPolicies())).toBe(1);
});
