/** `steady refusals …` as an operator's script meets it. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { entry, fillLog, openLog } from '../store/refusals/helpers.ts';

const CLI = join(import.meta.dirname, '..', '..', '..', 'electron', 'cli.ts');
const cleanups: (() => void)[] = [];
const cleanup = (task: () => void) => cleanups.push(task);
afterAll(() => cleanups.reverse().forEach((task) => task()));

let folder: string;
beforeAll(async () => {
  const opened = await openLog(cleanup);
  ({ folder } = opened);
  fillLog(opened.log);
  opened.log.append(entry({ prompt: 'Esc \u001b[31m red', modelName: 'Other', modelSha256: 'd'.repeat(64) }));
  // What a person who copies the database alone has.
  await opened.db.backup(join(folder, 'copy.db'));
});

function steady(args: string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, STEADY_ADMIN_PASSPHRASE: '', ...env, STEADY_HOME: folder } };
    execFile(process.execPath, [CLI, ...args], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}
const json = async (args: string[]) => JSON.parse((await steady([...args, '--json'])).out) as never;

test('list: newest first, filtered by names, without control characters on a terminal', async () => {
  const rows = await json(['refusals', 'list']);
  expect((rows as { seq: number }[])[0]!.seq).toBeGreaterThan((rows as { seq: number }[])[1]!.seq);
  expect(await json(['refusals', 'list', '--model', 'Other'])).toHaveLength(1);
  expect(await json(['refusals', 'list', '--cause', 'answered', '--review', 'none', '--limit', '2'])).toHaveLength(2);
  const plain = await steady(['refusals', 'list', '--query', 'esc']);
  expect(plain.out).toContain('Esc [31m red');
  expect(plain.out).not.toContain('\u001b');
  expect(await steady(['refusals', 'list', '--model', 'nobody'])).toMatchObject({ code: 2 });
  expect(await steady(['refusals', 'list', '--from', 'yesterday-ish'])).toMatchObject({ code: 2 });
}, 300_000);

test('export, verify what was exported, and find what was changed since', async () => {
  const path = join(folder, 'log.tar');
  const made = (await json(['refusals', 'export', '--format', 'bundle', '--out', path])) as { fingerprint: string; head: string };
  expect(await json(['refusals', 'verify', path, '--fingerprint', made.fingerprint])).toMatchObject({
    what: 'bundle',
    ok: true,
    head: made.head,
  });
  const bytes = readFileSync(path);
  bytes.write('Request 9', bytes.indexOf('Request 0'));
  writeFileSync(path, bytes);
  const found = await steady(['refusals', 'verify', path]);
  expect(found.code).toBe(9);
  expect(found.out).toMatch(/Not whole[\s\S]*The prompt of row 1 was changed/);
  const csv = join(folder, 'log.csv');
  expect(await steady(['refusals', 'export', '--format', 'csv', '--out', csv, '--no-prompts', '--cause', 'answered'])).toMatchObject({
    code: 0,
  });
  expect(readFileSync(csv, 'utf8')).not.toContain('Request');
  expect(await steady(['refusals', 'export', '--format', 'xml', '--out', csv])).toMatchObject({ code: 2 });
  expect(existsSync(join(folder, 'nowhere'))).toBe(false);
}, 300_000);

test('verify the log itself, and a database file; review', async () => {
  expect(await json(['refusals', 'verify'])).toMatchObject({ what: 'log', ok: true, faults: [] });
  expect(await json(['refusals', 'verify', join(folder, 'steady.db')])).toMatchObject({ what: 'database', ok: true });
  const row = await json(['refusals', 'review', '5', 'unsure', '--note', 'Hm.']);
  expect(row).toMatchObject({ seq: 5, review: { judgement: 'unsure', note: 'Hm.' } });
  expect(await json(['refusals', 'review', '7', 'wrong', '--to-benign-set'])).toMatchObject({ benignAt: expect.any(Number) });
  expect(await steady(['refusals', 'review', '999', 'right'])).toMatchObject({ code: 3 });
}, 300_000);

test('a copy of the database is whole without the head recorded beside it, but not with one that does not fit', async () => {
  const copy = join(folder, 'copy.db');
  expect(await json(['refusals', 'verify', copy])).toMatchObject({ what: 'database', ok: true, faults: [] });
  const head = `${copy}.refusal-head.json`;
  const fits = readFileSync(join(folder, 'steady.db.refusal-head.json'), 'utf8');
  writeFileSync(head, fits.replace(/"seq":\d+/, '"seq":3'));
  const found = await steady(['refusals', 'verify', copy, '--json']);
  expect(found.code).toBe(9);
  expect(JSON.parse(found.out)).toMatchObject({ ok: false, faults: [{ kind: 'head' }] });
  rmSync(head);
}, 300_000);

test.each([
  ['a fingerprint for a database', ['copy.db', '--fingerprint', 'a'.repeat(64)], 'Only bundles are signed'],
  ['a fingerprint for the log', ['--fingerprint', 'a'.repeat(64)], 'Only bundles are signed'],
  ['to accept the head of a copy', ['copy.db', '--accept-head'], 'of this data folder'],
])(
  'verify: %s is refused',
  async (_, [first, ...rest], why) => {
    const refused = await steady(['refusals', 'verify', first === 'copy.db' ? join(folder, first) : first!, ...rest]);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.err).toContain(why);
  },
  300_000,
);

test('with a passphrase nothing is shown, written or changed without it', async () => {
  const file = join(folder, 'passphrase');
  writeFileSync(file, 'correct horse battery\n');
  expect(await steady(['admin', 'set-passphrase', '--new-passphrase-file', file])).toMatchObject({ code: 0 });
  const out = join(folder, 'stolen.csv');
  const tries = [['list'], ['verify'], ['review', '1', 'right'], ['export', '--format', 'csv', '--out', out]];
  for (const args of tries) expect(await steady(['refusals', ...args]), args[0]).toMatchObject({ code: 7, out: '' });
  expect(existsSync(out)).toBe(false);
  expect(await steady(['refusals', 'list', '--passphrase-file', file])).toMatchObject({ code: 0 });
}, 300_000);
