import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { estimateModel, requireModel } from '../../../models/index.ts';
import { checkpointBytes, CHECKPOINTS } from '../../../models/checkpoints.ts';
import { writeArchitecture } from '../../synthetic-gguf/architecture-model.ts';
import { temporaryFolder } from './helpers.ts';
import { sampleGguf } from './sample-gguf.ts';

const GB = 1e9;

test('what the small model takes', async () => {
  const { path } = await requireModel('smollm2-135m-instruct');
  const estimate = await estimateModel(path, { freeRamBytes: 4 * GB });
  expect(estimate).toMatchObject({ fits: true, contextSize: 8192, totalLayers: 31 });
  // Its file has 98 MB, and 8,192 tokens of context take 30 layers × 2 × 192 numbers × 2 bytes each: 189 MB.
  expect(estimate.ramBytes + estimate.vramBytes).toBeGreaterThan(0.25 * GB);
  expect(estimate.ramBytes + estimate.vramBytes).toBeLessThan(1.5 * GB);
  expect(estimate.verdict).toMatch(/(CPU|GPU).*is free/);
});

test('a machine without the memory is told what is missing', async () => {
  const { path } = await requireModel('smollm2-135m-instruct');
  const estimate = await estimateModel(path, { freeRamBytes: 0.05 * GB });
  expect(estimate.fits).toBe(false);
  expect(estimate.verdict).toMatch(/^Too large for this machine now: it needs \d+ MB of memory and 50 MB is free\.$/);
});

test('what a model with a recurrent state keeps beside a chat counts, and is bounded', async () => {
  const folder = temporaryFolder();
  const estimateOf = async (name: string) => {
    const path = join(folder, `${name}.gguf`);
    await writeArchitecture(name, path);
    return estimateModel(path, { freeRamBytes: 4 * GB });
  };
  expect(await estimateOf('llama')).toMatchObject({ checkpointBytes: 0 });
  const hybrid = await estimateOf('qwen35');
  // Two of its four blocks keep 16 × 64 numbers and three columns of 128, of four bytes each.
  const state = 2 * (16 * 64 + 3 * 128) * 4;
  expect(hybrid.checkpointBytes).toBeGreaterThanOrEqual(CHECKPOINTS.most * state);
  expect(hybrid.checkpointBytes).toBeLessThan(CHECKPOINTS.most * 1e6);
  expect(hybrid.ramBytes).toBeGreaterThan(hybrid.checkpointBytes);
});

test('however large a state is, what is kept is bounded, and one is', () => {
  expect(checkpointBytes(0)).toBe(0);
  expect(checkpointBytes(1000)).toBe(8000);
  expect(checkpointBytes(100e6)).toBe(CHECKPOINTS.bytes);
  expect(checkpointBytes(1e9)).toBe(1e9);
});

test('a smaller cache and a longer context show in the memory, and each context size is told', async () => {
  const { path } = await requireModel('smollm2-135m-instruct');
  const plain = await estimateModel(path, { freeRamBytes: 4 * GB, contextSizes: [4096, 8192] });
  const bytes = plain.ramBytes + plain.vramBytes;
  expect(plain.contexts).toMatchObject([
    { contextSize: 4096, fits: true },
    { contextSize: 8192, bytes, fits: true },
  ]);
  const small = { cacheType: 'q8_0', flashAttention: true, contextSize: 4096 } as const;
  const tight = await estimateModel(path, { ...small, freeRamBytes: 0.36 * GB, contextSizes: [2048, 8192] });
  // 8,192 tokens take 189 MB at 16 bits a number, and 4,096 take 50 MB at 34 bytes for 32 numbers.
  expect(tight).toMatchObject({ contextSize: 4096, fits: true });
  expect(plain.ramBytes - tight.ramBytes).toBeGreaterThan(0.1 * GB);
  expect(plain.contexts![0]!.bytes - tight.ramBytes).toBeGreaterThan(0.03 * GB);
});

test('a broken file is an error before llama.cpp sees it', async () => {
  const path = join(temporaryFolder(), 'short.gguf');
  writeFileSync(path, sampleGguf());
  truncateSync(path, 400);
  await expect(estimateModel(path)).rejects.toMatchObject({ code: 'model-damaged' });
});
