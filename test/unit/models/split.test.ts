/** Models in several files: all parts are found, count, and decide what model it is. */
import { createHash } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { jsonHashCache } from '../../../models/hash-cache.ts';
import { inspectGguf, verifyModel } from '../../../models/index.ts';
import { sha256, temporaryFolder } from './helpers.ts';
import { sampleGguf, SMALL_MODEL, SMALL_TENSORS, type Value } from './sample-gguf.ts';

const COUNT = 3;
const name = (part: number, count = COUNT) => `model-0000${part}-of-0000${count}.gguf`;
const fails = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error;

/** One part as `llama-gguf-split` writes it: only the first says what the model is. */
function part(index: number, { more = {}, fill = 7 }: { more?: Record<string, Value>; fill?: number } = {}): Buffer {
  const own = { 'split.no': index, 'split.count': COUNT, 'split.tensors.count': 3, ...more };
  const bytes = sampleGguf({
    metadata: index === 0 ? { ...SMALL_MODEL, ...own } : own,
    tensors: [{ ...SMALL_TENSORS[0]!, name: `blk.${index}.weight` }],
    dataBytes: 2048,
  });
  return bytes.fill(fill, bytes.length - 2048);
}

function splitModel(): { folder: string; path: string; parts: Buffer[] } {
  const folder = temporaryFolder();
  const parts = [0, 1, 2].map((index) => part(index));
  parts.forEach((bytes, index) => writeFileSync(join(folder, name(index + 1)), bytes));
  return { folder, path: join(folder, name(1)), parts };
}

test('a model in three files is one model: its bytes, weights and tensors are those of all', async () => {
  const { folder, path, parts } = splitModel();
  expect(await inspectGguf(path)).toMatchObject({
    path,
    paths: [1, 2, 3].map((number) => join(folder, name(number))),
    bytes: parts.reduce((sum, { length }) => sum + length, 0),
    parameters: 3 * 64 * 8,
    tensorCount: 3,
    splitCount: 3,
    architecture: 'llama',
  });
});

test('its identity is the hash over the hashes of its parts, and every part counts', async () => {
  const { folder, path, parts } = splitModel();
  const hashCache = jsonHashCache(join(folder, 'hashes.json'));
  const lines = parts.map((bytes) => `${sha256(bytes)}\n`).join('');
  const expected = createHash('sha256').update(lines).digest('hex');
  const seen: number[] = [];
  expect((await verifyModel(path, { hashCache, onProgress: (bytes) => seen.push(bytes) })).sha256).toBe(expected);
  expect(seen.at(-1)).toBe(parts.reduce((sum, { length }) => sum + length, 0));
  expect((await verifyModel(path, { hashCache })).sha256).toBe(expected);
  // Another finetune's last part beside the same first one.
  writeFileSync(join(folder, name(3)), part(2, { fill: 8 }));
  expect((await verifyModel(path, { hashCache, fresh: true })).sha256).not.toBe(expected);
});

test('the second part alone is named for what it is, with where to find the first', async () => {
  const { folder } = splitModel();
  await expect(inspectGguf(join(folder, name(2)))).rejects.toMatchObject({
    code: 'model-unsupported',
    message: expect.stringContaining('part 2 of 3') as string,
    hint: expect.stringContaining(name(1)) as string,
  });
  renameSync(join(folder, name(2)), join(folder, 'other.gguf'));
  await expect(inspectGguf(join(folder, 'other.gguf'))).rejects.toEqual(fails('model-unsupported', 'part 2 of 3'));
});

test('a part that is missing, cut short or another one is named', async () => {
  const { folder, path, parts } = splitModel();
  const second = join(folder, name(2));
  writeFileSync(second, parts[1]!.subarray(0, -1));
  await expect(inspectGguf(path)).rejects.toEqual(fails('model-damaged', `cut short: ${second}`));
  writeFileSync(second, parts[2]!);
  await expect(inspectGguf(path)).rejects.toEqual(fails('model-damaged', `not part 2 of 3 of the model: ${second}`));
  rmSync(second);
  await expect(inspectGguf(path)).rejects.toEqual(fails('model-missing', `Part 2 of 3 of the model is missing: ${second}`));
});

test('parts that do not hold all tensors together are damaged', async () => {
  const { path } = splitModel();
  writeFileSync(path, part(0, { more: { 'split.tensors.count': 4 } }));
  await expect(inspectGguf(path)).rejects.toEqual(fails('model-damaged', 'hold 3 tensors together'));
});

test.each([
  ['a name that says nothing of parts', 'model.gguf', COUNT],
  ['a name of more parts', name(1, 5), COUNT],
  ['a whole model that is named like a part', name(1, 2), 0],
])('%s does not fit what the file holds, and is refused', async (_, called, count) => {
  const path = join(temporaryFolder(), called);
  writeFileSync(path, part(0, { more: { 'split.count': count } }));
  await expect(inspectGguf(path)).rejects.toEqual(fails('model-unsupported', 'name does not fit'));
});

test.each([
  ['more parts than any model has', { 'split.count': 65_535 }],
  ['a part beyond the last', { 'split.no': 3 }],
])('%s: refused at once', async (_, more) => {
  const { path } = splitModel();
  writeFileSync(path, part(0, { more }));
  await expect(inspectGguf(path)).rejects.toEqual(fails('model-unsupported', 'impossible things'));
});
