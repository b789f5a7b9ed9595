/** Captured rows on disk: found again, resumed after a kill in the middle of a write, never mixed up. */
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { promptKey } from '../../../../steering/calibration/port.ts';
import { RowCache, type RowCacheKey } from '../../../../steering/calibration/rows/row-cache.ts';
import type { Prompt } from '../../../../steering/prompts/index.ts';

const KEY: RowCacheKey = {
  modelSha256: 'a'.repeat(64),
  chatTemplateSha256: 'b'.repeat(64),
  layers: [7, 9],
  tokenLayers: [9],
  tokensEach: 8,
  width: 4,
};
const RECORD = 2 * 4 * 4;
const LINE = 64 + 1 + 8 + 1;

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-rows-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const prompt = (text: string): Prompt => ({ id: `p-${text}`, text, kind: 'test', language: 'en' });
const rows = (n: number) => Float32Array.from({ length: 8 }, (_, i) => n * 10 + i);
/** n + 1 tokens. */
const tokenRows = (n: number) => Float32Array.from({ length: (n + 1) * 4 }, (_, i) => n * 100 + i / 2);
const record = (n: number) => [prompt(`p${n}`), { rows: rows(n), tokenRows: tokenRows(n) }] as const;
const files = (path: string) => {
  const names = readdirSync(path);
  const find = (end: string) =>
    join(
      path,
      names.find((name) => name.endsWith(end))!,
    );
  return { f32: find('.f32'), f16: find('.f16'), idx: find('.idx') };
};

/** A cache with prompts 0, 1, …; closed. */
function filled(path: string, count: number, key = KEY): void {
  const cache = new RowCache(path, key);
  for (let n = 0; n < count; n++) cache.addAll([record(n)]);
  cache.close();
}

function use<T>(path: string, work: (cache: RowCache) => T, key = KEY): T {
  const cache = new RowCache(path, key);
  try {
    return work(cache);
  } finally {
    cache.close();
  }
}

test('rows come back by layer, in the order asked, also after opening again', () => {
  const path = folder();
  filled(path, 3);
  use(path, (cache) => {
    expect(cache.has(prompt('p2'))).toBe(true);
    expect(cache.has(prompt('p3'))).toBe(false);
    expect([...cache.layerRows([prompt('p2'), prompt('p0')], 9)]).toEqual([24, 25, 26, 27, 4, 5, 6, 7]);
    expect([...cache.layerRows([prompt('p1')], 7)]).toEqual([10, 11, 12, 13]);
    const tokens = cache.tokenRows([prompt('p2'), prompt('p0')], 9);
    expect(tokens.counts).toEqual([3, 1]);
    expect([...tokens.rows]).toEqual([...tokenRows(2), ...tokenRows(0)]);
    expect(() => cache.tokenRows([prompt('p0')], 7)).toThrow(/not extracted/);
    expect(() => cache.layerRows([prompt('p3')], 7)).toThrow(/not extracted/);
    expect(() => cache.layerRows([prompt('p0')], 8)).toThrow(/not extracted/);
    // A prompt that is known is not written twice.
    cache.addAll([[prompt('p1'), { rows: rows(99), tokenRows: tokenRows(99) }]]);
    expect([...cache.layerRows([prompt('p1')], 7)]).toEqual([10, 11, 12, 13]);
  });
});

test('another model, template or choice of layers never sees them', () => {
  const path = folder();
  filled(path, 1);
  for (const change of [
    { modelSha256: 'c'.repeat(64) },
    { chatTemplateSha256: 'c'.repeat(64) },
    { layers: [9, 7] },
    { layers: [7] },
    { tokenLayers: [7] },
    { tokensEach: 9 },
    { width: 8 },
  ])
    use(path, (cache) => expect(cache.has(prompt('p0'))).toBe(false), { ...KEY, ...change });
});

test('prompts differ by system prompt, roles and turns, not by how they are joined', () => {
  const key = (systemPrompt: string, ...turns: ['user' | 'assistant', string][]) =>
    promptKey({
      ...prompt(turns.at(-1)![1]),
      ...(systemPrompt === '' ? {} : { system: systemPrompt }),
      turns: turns.map(([role, text]) => ({ role, text })),
    });
  const keys = [
    key('', ['user', 'ab']),
    key('a', ['user', 'b']),
    key('', ['user', 'a'], ['assistant', 'b']),
    key('', ['user', 'a'], ['user', 'b']),
    key('', ['assistant', 'ab']),
    key('', ['user', 'a","b']),
  ];
  expect(new Set(keys).size).toBe(keys.length);
});

describe('after a kill in the middle of a write', () => {
  const intact = (path: string, count: number) =>
    use(path, (cache) => {
      for (let n = 0; n < 5; n++) expect(cache.has(prompt(`p${n}`))).toBe(n < count);
      // What is missing is added where the damaged end was, and all of it is right.
      for (let n = 0; n < 5; n++) cache.addAll([record(n)]);
      for (let n = 0; n < 5; n++) expect([...cache.layerRows([prompt(`p${n}`)], 7)]).toEqual([...rows(n).slice(0, 4)]);
      expect([...cache.tokenRows([prompt('p1'), prompt('p4')], 9).rows]).toEqual([...tokenRows(1), ...tokenRows(4)]);
    });

  test.each([
    ['half a row', (path: string) => truncateSync(files(path).f32, 2 * RECORD + 5), 2],
    ['a whole row whose line is missing', (path: string) => truncateSync(files(path).idx, 2 * LINE), 2],
    ['half a line', (path: string) => truncateSync(files(path).idx, 2 * LINE + 30), 2],
    ['a line without its end', (path: string) => truncateSync(files(path).idx, 3 * LINE - 1), 2],
    ['half of the tokens of a prompt', (path: string) => truncateSync(files(path).f16, 3 * 4 * 2 + 5), 2],
    ['no tokens', (path: string) => rmSync(files(path).f16), 0],
    ['a row behind the last line', (path: string) => appendFileSync(files(path).f32, Buffer.alloc(RECORD)), 3],
    ['an empty index', (path: string) => truncateSync(files(path).idx, 0), 0],
    ['no rows', (path: string) => rmSync(files(path).f32), 0],
    ['no index', (path: string) => rmSync(files(path).idx), 0],
    // What a file system may leave after a power cut.
    [
      'lines of zeros',
      (path: string) =>
        writeFileSync(files(path).idx, Buffer.concat([readFileSync(files(path).idx).subarray(0, LINE), Buffer.alloc(2 * LINE)])),
      1,
    ],
    ['a line twice', (path: string) => writeFileSync(files(path).idx, readFileSync(files(path).idx, 'latin1').slice(0, LINE).repeat(3)), 1],
  ] as const)('%s: what was whole is kept, the rest is done again', (_, damage, kept) => {
    const path = folder();
    filled(path, 3);
    damage(path);
    intact(path, kept);
    intact(path, 5);
  });
});

test('who only looks cuts nothing off that is being written; who writes next drops what was left in the middle', () => {
  const path = folder();
  filled(path, 2);
  const { f32, f16, idx } = files(path);
  const sizes = () => [f32, f16, idx].map((file) => statSync(file).size);
  const whole = sizes();
  for (const file of [f32, f16, idx]) appendFileSync(file, Buffer.alloc(13, 1));
  use(path, (cache) => {
    expect(cache.has(prompt('p1'))).toBe(true);
    expect(sizes()).toEqual(whole.map((size) => size + 13));
    cache.addAll([]);
    expect(sizes()).toEqual(whole);
    cache.addAll([record(2)]);
  });
  use(path, (cache) => {
    expect([...cache.layerRows([prompt('p2'), prompt('p1')], 7)]).toEqual([...rows(2).slice(0, 4), ...rows(1).slice(0, 4)]);
    expect([...cache.tokenRows([prompt('p2')], 9).rows]).toEqual([...tokenRows(2)]);
  });
});
