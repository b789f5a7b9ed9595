/** Shapes of real models and of one for tests, and which tensors and types a Q4_K_M file of each holds. */
import { wordsFrom } from './vocabulary.ts';

export type TensorType = 'F32' | 'Q4_K' | 'Q6_K';

export interface Shape {
  architecture: 'llama' | 'qwen2';
  /** Of which model, for its name. */
  of: string;
  blocks: number;
  /** d; a multiple of 256, as the block formats want it. */
  width: number;
  feedForward: number;
  heads: number;
  keyValueHeads: number;
  vocabulary: number;
  ropeBase: number;
  contextLength: number;
  /** It writes whole words alone, never a lone byte, and never ends by itself: what tests read is text of a known length. */
  wordsAlone?: boolean;
}

export const SHAPES: Readonly<Record<string, Shape>> = {
  'llama-8b': {
    architecture: 'llama',
    of: 'Llama 3.1 8B',
    blocks: 32,
    width: 4096,
    feedForward: 14336,
    heads: 32,
    keyValueHeads: 8,
    vocabulary: 128_256,
    ropeBase: 500_000,
    contextLength: 32_768,
  },
  'qwen-7b': {
    architecture: 'qwen2',
    of: 'Qwen2.5 7B',
    blocks: 28,
    width: 3584,
    feedForward: 18_944,
    heads: 28,
    keyValueHeads: 4,
    vocabulary: 152_064,
    ropeBase: 1_000_000,
    contextLength: 32_768,
  },
  tiny: {
    architecture: 'llama',
    of: 'nothing real',
    blocks: 12,
    width: 256,
    feedForward: 256,
    heads: 4,
    keyValueHeads: 2,
    vocabulary: 768,
    ropeBase: 10_000,
    contextLength: 8192,
    wordsAlone: true,
  },
};

export interface Tensor {
  name: string;
  /** ne[0] (the input's width) first, as GGUF has it. */
  dims: number[];
  type: TensorType;
  /** So many rows at the start are zero, and the others this many times as large as elsewhere. */
  rows?: { zero: number; gain: number };
  /** Values of an F32 tensor; without it norms scale by one, and biases add nothing. */
  fill?: Fill;
  /** Every value of an F32 tensor, row by row, in place of `fill`. */
  values?: Float32Array;
}

/** Normally distributed values. */
export interface Fill {
  mean: number;
  spread: number;
}

/** Logits of words get a standard deviation of about 6, where those of bytes are 0: sampled or not, a word is drawn. */
const WORD_GAIN = 20;
/** The last token weighs about as much as all that attention adds: replies are no single word over and over. */
const EMBEDDING_GAIN = 16;

/** Every tensor, in the order of the file. */
export function tensorsOf(shape: Shape): Tensor[] {
  const { width, feedForward, heads, keyValueHeads, vocabulary, blocks, architecture } = shape;
  const keyValue = (width / heads) * keyValueHeads;
  const wordsAlone = shape.wordsAlone === true;
  const tensors: Tensor[] = [
    {
      name: 'token_embd.weight',
      dims: [width, vocabulary],
      type: 'Q4_K',
      ...(wordsAlone ? { rows: { zero: 0, gain: EMBEDDING_GAIN } } : {}),
    },
  ];
  for (let block = 0; block < blocks; block++) {
    const add = (name: string, dims: number[], type: TensorType) => tensors.push({ name: `blk.${block}.${name}`, dims, type });
    // Q4_K_M keeps the more sensitive matrices of half of the blocks in six bits.
    const finer = block < blocks / 8 || block >= (7 * blocks) / 8 || (block - Math.floor(blocks / 8)) % 3 === 2 ? 'Q6_K' : 'Q4_K';
    add('attn_norm.weight', [width], 'F32');
    add('attn_q.weight', [width, width], 'Q4_K');
    add('attn_k.weight', [width, keyValue], 'Q4_K');
    add('attn_v.weight', [width, keyValue], finer);
    add('attn_output.weight', [width, width], 'Q4_K');
    if (architecture === 'qwen2') {
      add('attn_q.bias', [width], 'F32');
      add('attn_k.bias', [keyValue], 'F32');
      add('attn_v.bias', [keyValue], 'F32');
    }
    add('ffn_norm.weight', [width], 'F32');
    add('ffn_gate.weight', [width, feedForward], 'Q4_K');
    add('ffn_up.weight', [width, feedForward], 'Q4_K');
    add('ffn_down.weight', [feedForward, width], finer);
  }
  tensors.push({ name: 'output_norm.weight', dims: [width], type: 'F32' });
  tensors.push({
    name: 'output.weight',
    dims: [width, vocabulary],
    type: 'Q6_K',
    ...(wordsAlone ? { rows: { zero: wordsFrom(), gain: WORD_GAIN } } : {}),
  });
  return tensors;
}
