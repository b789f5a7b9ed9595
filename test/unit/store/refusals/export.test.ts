/** Exports: what is in them, what is left out, and what a spreadsheet makes of them. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { verifyBundle } from '../../../../electron/store/refusals/export/bundle/verify.ts';
import { csvText } from '../../../../electron/store/refusals/export/csv.ts';
import { keyPath } from '../../../../electron/store/refusals/export/bundle/key.ts';
import { bundleRequest, entry, exportAll, fillLog, openLog, unpack, type Log } from './helpers.ts';

let log: Log;
let folder: string;
let out: string;
beforeEach(async () => {
  ({ log, folder } = await openLog(onTestFinished));
  out = join(folder, 'out');
});

const lines = () =>
  readFileSync(out, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe('CSV', () => {
  test.each(['=1+1', '+1', '-1', '@x', '\t=1', ' =1', '\r=1', '＝1', '|cmd', '%x', '\n=1'])('%j is no formula', (text) => {
    expect(csvText(text)).toMatch(/^"'/);
  });

  test.each([
    ['please;=WEBSERVICE(A1);x', `please;'=WEBSERVICE(A1);x`],
    ['one\n=1+1\n two', `one\n'=1+1\n two`],
    ['a\t @x;\n+1', `a\t' @x;\n'+1`],
    ['x; - item', `x;' - item`],
  ])('%j has no formula for a program that splits at semicolons and line ends', (text, safe) => {
    expect(csvText(text)).toBe(`"${safe}"`);
  });

  test('ordinary text stays as it is', () => {
    for (const text of ['Hello', 'a "quoted" word', 'two\nlines', 'é 花 👋', '1-1', 'x=1']) {
      expect(parse(csvText(text), { relax_column_count: true })).toEqual([[text]]);
    }
    expect(csvText('a\r\nb\rc\0')).toBe('"a\nb\nc\uFFFD"');
    expect(csvText('x'.repeat(50_000)).length).toBeLessThan(32_767);
  });

  test('opens right: byte order mark, CRLF, one row an entry, every column filled', () => {
    log.append(entry({ prompt: '=HYPERLINK("http://x")', reply: 'With "quotes",\nand lines' }));
    log.append(entry({ scores: [], profileSha256: null, profileName: null }));
    log.review(1, 'wrong', '@note');
    expect(exportAll(log, bundleRequest(out, { format: 'csv' }))).toMatchObject({ rows: 2, bundle: null });
    const text = readFileSync(out, 'utf8');
    expect(text.startsWith('\uFEFF"Number"')).toBe(true);
    expect(text.endsWith('\r\n')).toBe(true);
    expect(/[^\r]\n(?!and)/.test(text)).toBe(false);
    const [first, second] = parse(text, { bom: true, columns: true }) as Record<string, string>[];
    expect(first).toMatchObject({
      Number: '1',
      'Time (UTC)': '2025-06-15 15:06:40',
      Cause: 'steered',
      Review: 'wrong',
      Note: "'@note",
      'Highest score': '0.91',
      'Widest gate': '0.5',
      Prompt: `'=HYPERLINK("http://x")`,
      Reply: 'With "quotes",\nand lines',
      Profile: 'A profile',
    });
    expect(second).toMatchObject({ Number: '2', Review: '', 'Highest score': '', Profile: '' });
  });
});

test('JSONL has every field, in the order of the log; removed and unkept texts are null', () => {
  fillLog(log);
  exportAll(log, bundleRequest(out, { format: 'jsonl' }));
  const rows = lines();
  expect(rows.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12]);
  expect(rows[0]).toMatchObject({ prompt: 'Request 0', text: 'stored', review: { judgement: 'unsure', note: 'Second note.' } });
  expect(rows[1]).toMatchObject({ prompt: null, text: 'removed', review: { judgement: 'right', note: null } });
  expect(rows[4]).toMatchObject({ prompt: null, text: 'hashed', promptHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(rows[3]).toMatchObject({ cause: 'answered', reportedAt: expect.any(Number) });
});

test('filters apply, and texts are left out by choice', () => {
  fillLog(log);
  exportAll(log, bundleRequest(out, { format: 'jsonl', filter: { causes: ['answered'] }, includePrompts: false }));
  expect(lines().map(({ seq, prompt, reply }) => [seq, prompt, reply])).toEqual([
    [4, null, 'Refused 3'],
    [8, null, 'Refused 7'],
    [12, null, 'Refused 11'],
  ]);
  exportAll(log, bundleRequest(out, { format: 'jsonl', filter: { query: 'request 1' }, includeReplies: false }));
  expect(lines().map(({ seq, prompt, reply }) => [seq, prompt, reply])).toEqual([
    [11, 'Request 10', null],
    [12, 'Request 11', null],
  ]);
});

describe('a bundle', () => {
  test('holds the whole chain, the rows that fit in full, and verifies whatever is left out', async () => {
    fillLog(log);
    const { bundle, bytes } = exportAll(log, bundleRequest(out, { filter: { causes: ['answered'] }, includeReplies: false }));
    expect(statSync(out).size).toBe(bytes);
    const report = await verifyBundle(out, { fingerprint: bundle!.fingerprint });
    expect(report).toMatchObject({ ok: true, refusals: 3, headSeq: bundle!.headSeq, head: bundle!.head, appVersion: '1.2.3' });
    expect(report.models).toEqual([{ sha256: 'b'.repeat(64), name: 'A model' }]);
    expect(report.profiles).toEqual([{ sha256: 'a'.repeat(64), name: 'A profile' }]);
    const files = unpack(out);
    expect(files.map(([name]) => name)).toEqual(['README.txt', 'chain.jsonl', 'public-key.pem', 'manifest.json', 'manifest.sig']);
    const chain = files[1]![1].toString();
    expect(chain).toContain('Request 3');
    for (const word of ['Request 0', 'Refused 3', 'First note.']) expect(chain, word).not.toContain(word);
    expect(await verifyBundle(out, { fingerprint: '0'.repeat(64) })).toMatchObject({ ok: false });
  });

  test('of an empty log, and of one that grows', async () => {
    exportAll(log, bundleRequest(out));
    expect(await verifyBundle(out)).toMatchObject({ ok: true, checked: 0 });
    fillLog(log);
    const first = exportAll(log, bundleRequest(out));
    log.append(entry());
    const second = exportAll(log, bundleRequest(out));
    expect(second.bundle!.fingerprint).toBe(first.bundle!.fingerprint);
    expect(second.bundle!.headSeq).toBe(first.bundle!.headSeq + 1);
    expect(unpack(out)[1]![1].toString()).toContain(first.bundle!.head);
    expect(statSync(keyPath(join(folder, 'steady.db'))).mode & 0o777).toBe(0o600);
  });
});

test('a file has its name only when it is complete; given up or failed, nothing is left', () => {
  for (let i = 0; i < 300; i++) log.append(entry());
  const job = log.beginExport(bundleRequest(out));
  expect(existsSync(out)).toBe(false);
  log.endExport(job);
  expect(readdirSync(folder).filter((name) => name.startsWith('out'))).toEqual([]);
  expect(() => log.stepExport(job)).toThrow(expect.objectContaining({ code: 'not-found' }));
  expect(() => log.beginExport(bundleRequest(join(folder, 'nowhere', 'out')))).toThrow(/ENOENT/);
});
