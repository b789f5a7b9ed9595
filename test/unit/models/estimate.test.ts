import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { estimateModel, requireModel } from '../../../models/index.ts';
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

test('a broken file is an error before llama.cpp sees it', async () => {
  const path = join(temporaryFolder(), 'short.gguf');
  writeFileSync(path, sampleGguf());
  truncateSync(path, 400);
  await expect(estimateModel(path)).rejects.toMatchObject({ code: 'model-damaged' });
});
