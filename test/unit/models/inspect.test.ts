import { copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { knownPackings } from '../../../models/ggml-types.ts';
import { inspectGguf, requireModel } from '../../../models/index.ts';
import { temporaryFolder } from './helpers.ts';
import { sampleGguf, SMALL_DATA_BYTES, SMALL_MODEL, type SampleOptions } from './sample-gguf.ts';

function written(bytes: Buffer | string): string {
  const path = join(temporaryFolder(), 'sample.gguf');
  writeFileSync(path, bytes);
  return path;
}
const sample = (options?: SampleOptions) => written(sampleGguf(options));
const failsWith = (code: string, message = '') => expect.objectContaining({ code, message: expect.stringContaining(message) });

describe('a whole model', () => {
  test('says what it is', async () => {
    expect(await inspectGguf(sample())).toMatchObject({
      ggufVersion: 3,
      architecture: 'llama',
      name: 'Sample',
      blockCount: 2,
      embeddingLength: 64,
      contextLength: 512,
      vocabularySize: 3,
      parameters: 64 * 8 + 64 * 4,
      tensorCount: 2,
      chatTemplate: '{{ messages }}',
      splitCount: 1,
    });
  });

  test('a long vocabulary is stepped over, across many windows of the file', async () => {
    const tokens = Array.from({ length: 60_000 }, (_, index) => `token number ${index}`);
    const path = sample({ metadata: { 'tokenizer.ggml.tokens': tokens, ...SMALL_MODEL, 'last.key': 'still read' } });
    expect(await inspectGguf(path)).toMatchObject({ blockCount: 2, chatTemplate: '{{ messages }}' });
  });

  test('the real SmolLM2 file', async () => {
    const { path } = await requireModel('smollm2-135m-instruct');
    const startedAt = performance.now();
    expect(await inspectGguf(path)).toMatchObject({
      bytes: 98_362_432,
      architecture: 'llama',
      blockCount: 30,
      embeddingLength: 576,
      vocabularySize: 49_152,
      tensorCount: 272,
      chatTemplate: expect.stringContaining('<|im_start|>'),
    });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

describe('a truncated model', () => {
  test('missing the last byte of its data', async () => {
    await expect(inspectGguf(sample({ dataBytes: SMALL_DATA_BYTES - 1 }))).rejects.toEqual(failsWith('model-damaged', 'cut short'));
  });

  test('ending anywhere within its header', async () => {
    const whole = sampleGguf();
    for (let length = 8; length < whole.length - SMALL_DATA_BYTES - 32; length += 13) {
      await expect(inspectGguf(written(whole.subarray(0, length)))).rejects.toEqual(
        failsWith('model-damaged', 'ends within its own header'),
      );
    }
  });

  test('the real SmolLM2 file, one byte short', async () => {
    const { path } = await requireModel('smollm2-135m-instruct');
    const copy = join(temporaryFolder(), 'short.gguf');
    copyFileSync(path, copy);
    truncateSync(copy, 98_362_431);
    await expect(inspectGguf(copy)).rejects.toEqual(failsWith('model-damaged', copy));
  });
});

describe('other files', () => {
  test.each([
    ['text', 'This is a text file.'],
    ['two bytes', 'GG'],
    ['a zip archive', Buffer.from('504b030414000000', 'hex')],
  ])('%s is not GGUF', async (_, content) => {
    await expect(inspectGguf(written(content))).rejects.toEqual(failsWith('model-not-gguf'));
  });

  test('an empty file is called empty', async () => {
    await expect(inspectGguf(written(''))).rejects.toEqual(failsWith('model-not-gguf', 'empty'));
  });

  test('a folder is not a file', async () => {
    await expect(inspectGguf(temporaryFolder())).rejects.toEqual(failsWith('model-not-gguf', 'not a file'));
  });

  test('a path that leads nowhere', async () => {
    await expect(inspectGguf(join(temporaryFolder(), 'absent.gguf'))).rejects.toEqual(failsWith('model-missing'));
  });

  test.each([1, 4, 0x03000000])('GGUF of version %i is named as such', async (version) => {
    await expect(inspectGguf(sample({ version }))).rejects.toEqual(failsWith('model-unsupported', `(${version})`));
  });

  test.each([
    ['an adapter', { ...SMALL_MODEL, 'general.type': 'adapter' }],
    ['a vision projector', { ...SMALL_MODEL, 'general.architecture': 'clip' }],
    ['something without layers', { 'general.architecture': 'llama' }],
    ['something without a name', { 'general.name': 'x' }],
  ])('%s is no chat model', async (_, metadata) => {
    await expect(inspectGguf(sample({ metadata }))).rejects.toEqual(failsWith('model-unsupported'));
  });

  test.each([
    ['tensors', { claimedTensors: 1n << 40n }],
    ['metadata', { claimedMetadata: 1n << 40n }],
    ['sizes', { claimedTensors: (1n << 64n) - 1n }],
  ])('impossible %s do no harm', async (_, options) => {
    await expect(inspectGguf(sample(options))).rejects.toEqual(failsWith('model-damaged'));
  });

  test('a text longer than the file does no harm', async () => {
    const bytes = sampleGguf();
    bytes.writeBigUInt64LE(1n << 50n, 24); // The length of the first key.
    await expect(inspectGguf(written(bytes))).rejects.toEqual(failsWith('model-damaged'));
  });

  test('random bytes after a right start never do worse than a typed error', async () => {
    const bytes = sampleGguf();
    let seed = 12345;
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31) % below;
    for (let round = 0; round < 300; round++) {
      const broken = Buffer.from(bytes);
      for (let flips = 0; flips < 4; flips++) broken[8 + random(600)] = random(256);
      await inspectGguf(written(broken)).catch((error: unknown) => {
        expect(error).toMatchObject({ name: 'ModelError', code: expect.stringMatching(/^model-/) });
      });
    }
  });
});

test('tensor packings agree with the llama.cpp that is shipped', async () => {
  const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
  const llama = await getLlama({ gpu: false, build: 'never', progressLogs: false, logLevel: LlamaLogLevel.error });
  const { _bindings: bindings } = llama as unknown as {
    _bindings: Record<'getBlockSizeForGgmlType' | 'getTypeSizeForGgmlType', (type: number) => number>;
  };
  for (const { type, name, weightsPerBlock, bytesPerBlock } of knownPackings()) {
    expect([name, bindings.getBlockSizeForGgmlType(type), bindings.getTypeSizeForGgmlType(type)]).toEqual([
      name,
      weightsPerBlock,
      bytesPerBlock,
    ]);
  }
  await llama.dispose();
});
