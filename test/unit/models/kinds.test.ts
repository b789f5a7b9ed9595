/** GGUF files that are no chat models are called what they are, from their headers alone; impossible claims do no harm. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspectGguf } from '../../../models/index.ts';
import { temporaryFolder } from './helpers.ts';
import { sampleGguf, SMALL_MODEL, SMALL_TENSORS, type SampleOptions, type Value } from './sample-gguf.ts';

function sample(options: SampleOptions): string {
  const path = join(temporaryFolder(), 'sample.gguf');
  writeFileSync(path, sampleGguf(options));
  return path;
}
const fails = (code: string, message: string) =>
  expect.objectContaining({ code, message: expect.stringContaining(message) as string }) as Error;

/** The same model under another architecture, with more keys. */
function as(architecture: string, more: Record<string, Value> = {}): Record<string, Value> {
  const renamed = Object.entries(SMALL_MODEL).map(([key, value]) => [key.replace(/^llama\./, `${architecture}.`), value]);
  return { ...(Object.fromEntries(renamed) as Record<string, Value>), 'general.architecture': architecture, ...more };
}

test.each<[string, string, SampleOptions]>([
  ['BERT', 'an embedding model', { metadata: as('bert', { 'bert.attention.causal': false, 'bert.pooling_type': 2 }) }],
  ['an encoder of another name', 'an embedding model', { metadata: as('nomic-bert') }],
  ['a decoder that was trained to embed', 'an embedding model', { metadata: as('qwen3', { 'qwen3.pooling_type': 3 }) }],
  [
    'a projector',
    'a projector',
    { metadata: { 'general.architecture': 'clip', 'general.type': 'mmproj', 'clip.has_vision_encoder': true } },
  ],
  ['a projector of the time before types', 'a projector', { metadata: { 'general.architecture': 'clip' } }],
  ['a LoRA', 'a LoRA adapter', { metadata: { 'general.architecture': 'llama', 'general.type': 'adapter', 'adapter.type': 'lora' } }],
  [
    'a LoRA that does not say so',
    'a LoRA adapter',
    { metadata: as('llama'), tensors: SMALL_TENSORS.map((tensor) => ({ ...tensor, name: `${tensor.name}.lora_a` })) },
  ],
  ['a vocabulary', 'a vocabulary alone', { metadata: as('gpt2'), tensors: [], dataBytes: 0 }],
  ['statistics', 'an importance matrix', { metadata: { 'general.type': 'imatrix' } }],
  ['a control vector', 'a control vector', { metadata: { 'general.architecture': 'controlvector' } }],
  ['a model of pictures', 'not a language model', { metadata: { 'general.architecture': 'flux' } }],
  ['nothing said', 'does not say what model it is', { metadata: { 'general.name': 'x' } }],
])('%s is called %s', async (_, words, options) => {
  await expect(inspectGguf(sample(options))).rejects.toEqual(fails('model-unsupported', words));
});

test('a chat model that says it pools nothing is one', async () => {
  expect(await inspectGguf(sample({ metadata: as('llama', { 'llama.pooling_type': 0, 'llama.attention.causal': true }) }))).toMatchObject({
    architecture: 'llama',
  });
});

test.each([
  ['llama.block_count', 0],
  ['llama.block_count', 4_000_000_000],
  ['llama.block_count', 2.5],
  ['llama.embedding_length', -1],
  ['llama.embedding_length', 1e300],
  ['llama.context_length', 4_000_000_000],
  ['llama.context_length', 9_007_199_254_740_993],
])('%s of %d is damage, not a size', async (key, value) => {
  await expect(inspectGguf(sample({ metadata: { ...SMALL_MODEL, [key]: value } }))).rejects.toEqual(fails('model-damaged', key));
});

test('a tensor larger than any file is damage', async () => {
  const [first, second] = SMALL_TENSORS;
  const tensors = [first!, { ...second!, dimensions: [2 ** 52, 2 ** 52, 2 ** 52, 2 ** 52] }];
  await expect(inspectGguf(sample({ tensors }))).rejects.toEqual(fails('model-damaged', 'impossible size'));
});

test('a name of megabytes, or of several lines, is cut to one line that can be shown', async () => {
  const { name } = await inspectGguf(sample({ metadata: { ...SMALL_MODEL, 'general.name': `A\n\u001b[2Jname ${'😀'.repeat(100_000)}` } }));
  expect(name).toMatch(/^A \[2Jname 😀+$/u);
  expect([...name!]).toHaveLength(200);
});
