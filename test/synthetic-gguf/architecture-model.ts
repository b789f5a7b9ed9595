/** A model file of each architecture: a few blocks of random weights, in milliseconds. */
import { ARCHITECTURES, BLOCKS, IDENTITY_BLOCK, type Architecture } from './architectures.ts';
import { FEED_FORWARD, HEAD, HEADS, KEY_VALUE_HEADS, matrix, norm, VOCABULARY, WIDTH, ZEROS } from './parts.ts';
import type { Tensor } from './shapes.ts';
import { wordsFrom } from './vocabulary.ts';
import { tokenizerOf, writeModel, type Value } from './write.ts';

const CONTEXT = 2048;
/** What a block adds to the residual stream goes through one of these. */
const ADDS = /\.(attn_output|ffn_down|ffn_down_exps|ffn_down_shexp|ssm_out|shortconv\.out_proj|proj)\.(weight|bias)$/;

/** @throws RangeError for an architecture that is not in the list */
export async function writeArchitecture(name: string, path: string): Promise<void> {
  const architecture = ARCHITECTURES[name];
  if (architecture === undefined) throw new RangeError(`"${name}" is no architecture of the list.`);
  await writeModel({ metadata: metadataOf(name, architecture), tensors: tensorsOf(architecture), path, seed: 1 });
}

function tensorsOf({ block, others, tied = false, outputNorm = [norm('output_norm')] }: Architecture): Tensor[] {
  // Where the output is the same matrix, a token as large as what the blocks add would be followed by itself for ever.
  const tensors: Tensor[] = [{ ...matrix('token_embd', WIDTH, VOCABULARY), fill: { mean: 0, spread: tied ? 0.05 : 1 } }];
  for (let index = 0; index < BLOCKS; index++) {
    for (const part of block(index)) {
      const tensor = { ...part, name: `blk.${index}.${part.name}` };
      tensors.push(index === IDENTITY_BLOCK && ADDS.test(tensor.name) ? { ...tensor, fill: ZEROS } : tensor);
    }
  }
  tensors.push(...(others?.(BLOCKS) ?? []), ...outputNorm);
  // Words alone are drawn: lone bytes are no text, and a reply that ends by itself shows nothing.
  if (!tied) tensors.push({ ...matrix('output', WIDTH, VOCABULARY), fill: { mean: 0, spread: 1 }, rows: { zero: wordsFrom(), gain: 1 } });
  return tensors;
}

function metadataOf(name: string, { settings = {}, of }: Architecture): [string, Value][] {
  const all: NonNullable<Architecture['settings']> = {
    block_count: BLOCKS,
    context_length: CONTEXT,
    embedding_length: WIDTH,
    feed_forward_length: FEED_FORWARD,
    'attention.head_count': HEADS,
    'attention.head_count_kv': KEY_VALUE_HEADS,
    'attention.layer_norm_rms_epsilon': { float: 1e-5 },
    'rope.dimension_count': HEAD,
    'rope.freq_base': { float: 10_000 },
    vocab_size: VOCABULARY,
    ...settings,
  };
  return [
    ['general.architecture', { kind: 'text', value: name }],
    // Not the architecture's name: llama.cpp takes the vocabulary of what is called phi3 for one with certain tokens.
    ['general.name', { kind: 'text', value: `Random weights, as in ${of}` }],
    ['general.description', { kind: 'text', value: `The architecture of ${of} with random weights. It says nothing sensible.` }],
    ['general.file_type', { kind: 'u32', value: 0 }],
    ['steady.synthetic', { kind: 'bool', value: true }],
    ...Object.entries(all).map(([key, value]): [string, Value] => [`${name}.${key}`, valueOf(value)]),
    ...tokenizerOf(VOCABULARY),
  ];
}

function valueOf(value: NonNullable<Architecture['settings']>[string]): Value {
  if (typeof value === 'number') return { kind: 'u32', value };
  if (typeof value === 'boolean') return { kind: 'bool', value };
  if (!Array.isArray(value)) return { kind: 'f32', value: value.float };
  const numbers = value.filter((entry) => typeof entry === 'number');
  return numbers.length === value.length
    ? { kind: 'i32s', value: numbers }
    : { kind: 'bools', value: value.filter((entry) => typeof entry === 'boolean') };
}
