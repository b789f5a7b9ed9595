import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeFileAtomic } from '../../../../steering/files/write-file-atomic.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steady-whole-'));
  path = join(folder, 'kept.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function* pieces(count: number, failing = false): AsyncGenerator<string> {
  for (let piece = 0; piece < count; piece++) yield `${piece};`;
  if (failing) throw new Error('The pieces ran out.');
}

test.each([
  ['a string', () => 'all of it', 'all of it'],
  ['bytes', () => new TextEncoder().encode('bytes'), 'bytes'],
  ['pieces, in order', () => pieces(3), '0;1;2;'],
  ['no pieces', () => pieces(0), ''],
])('writes %s over what was there, for its owner alone', async (_, content, expected) => {
  writeFileSync(path, 'before');
  await writeFileAtomic(path, content(), 0o600);
  expect(readFileSync(path, 'utf8')).toBe(expected);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['kept.json']);
});

test('makes the folder where it is missing', async () => {
  const deep = join(folder, 'a', 'b', 'c.json');
  await writeFileAtomic(deep, pieces(2), 0o600);
  expect(readFileSync(deep, 'utf8')).toBe('0;1;');
});

test('pieces that fail half-way leave what was there, and nothing beside it', async () => {
  writeFileSync(path, 'before');
  await expect(writeFileAtomic(path, pieces(1000, true), 0o600)).rejects.toThrow('ran out');
  expect(readFileSync(path, 'utf8')).toBe('before');
  expect(readdirSync(folder)).toEqual(['kept.json']);
});
