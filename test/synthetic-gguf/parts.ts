/** The parts that blocks of transformers are built of, in llama.cpp's names and as small as it takes them. */
import type { Fill, Tensor } from './shapes.ts';

/** d, the width of the residual stream. */
export const WIDTH = 64;
export const FEED_FORWARD = 96;
export const HEADS = 4;
export const KEY_VALUE_HEADS = 2;
export const HEAD = WIDTH / HEADS;
/** Bytes, a few special tokens, and made-up words. */
export const VOCABULARY = 384;
export const EXPERTS = 4;
export const EXPERT_FEED_FORWARD = 32;
const QUERY = HEADS * HEAD;
const KEY_VALUE = KEY_VALUE_HEADS * HEAD;

const ONES: Fill = { mean: 1, spread: 0 };
export const ZEROS: Fill = { mean: 0, spread: 0 };

/** What a matrix has that keeps the size of what passes through it. */
const random = (inputs: number): Fill => ({ mean: 0, spread: 1 / Math.sqrt(inputs) });

export const norm = (name: string, width: number | number[] = WIDTH): Tensor => ({
  name: `${name}.weight`,
  dims: [width].flat(),
  type: 'F32',
  fill: ONES,
});
export const matrix = (name: string, inputs: number, ...outputs: number[]): Tensor => ({
  name: `${name}.weight`,
  dims: [inputs, ...outputs],
  type: 'F32',
  fill: random(inputs),
});
/** Small, so that it shows when it is left out. */
export const bias = (name: string, ...dims: number[]): Tensor => ({
  name: `${name}.bias`,
  dims,
  type: 'F32',
  fill: { mean: 0, spread: 0.1 },
});
/** A tensor whose name has no ending. */
export const bare = (name: string, dims: number[], fill: Fill): Tensor => ({ name, dims, type: 'F32', fill });

interface AttentionOptions {
  /** Inputs of each head of the query; twice as many where it holds a gate as well. */
  query?: number;
  keyValue?: number;
}
export const attention = ({ query = QUERY, keyValue = KEY_VALUE }: AttentionOptions = {}): Tensor[] => [
  matrix('attn_q', WIDTH, query),
  matrix('attn_k', WIDTH, keyValue),
  matrix('attn_v', WIDTH, keyValue),
  matrix('attn_output', QUERY, WIDTH),
];
export const fusedAttention = (): Tensor[] => [matrix('attn_qkv', WIDTH, QUERY + 2 * KEY_VALUE), matrix('attn_output', QUERY, WIDTH)];
export const attentionBiases = (): Tensor[] => [bias('attn_q', QUERY), bias('attn_k', KEY_VALUE), bias('attn_v', KEY_VALUE)];
/** Norms of queries and keys, a head each. */
export const headNorms = (): Tensor[] => [norm('attn_q_norm', HEAD), norm('attn_k_norm', HEAD)];

export const gatedFeedForward = (): Tensor[] => [matrix('ffn_gate', WIDTH, FEED_FORWARD), ...plainFeedForward()];
export const plainFeedForward = (): Tensor[] => [matrix('ffn_up', WIDTH, FEED_FORWARD), matrix('ffn_down', FEED_FORWARD, WIDTH)];
/** Gate and rise in one matrix. */
export const fusedFeedForward = (): Tensor[] => [matrix('ffn_up', WIDTH, 2 * FEED_FORWARD), matrix('ffn_down', FEED_FORWARD, WIDTH)];

export const experts = (feedForward = EXPERT_FEED_FORWARD): Tensor[] => [
  matrix('ffn_gate_inp', WIDTH, EXPERTS),
  matrix('ffn_gate_exps', WIDTH, feedForward, EXPERTS),
  matrix('ffn_up_exps', WIDTH, feedForward, EXPERTS),
  matrix('ffn_down_exps', feedForward, WIDTH, EXPERTS),
];
export const sharedExpert = (feedForward = EXPERT_FEED_FORWARD): Tensor[] => [
  matrix('ffn_gate_shexp', WIDTH, feedForward),
  matrix('ffn_up_shexp', WIDTH, feedForward),
  matrix('ffn_down_shexp', feedForward, WIDTH),
];

/** Attention with compressed keys and values (MLA): ranks, and what a head has. */
export const MLA = { query: 32, keyValue: 32, rope: 8, key: 24, value: 16 } as const;
export const compressedKeyValues = (): Tensor[] => [
  norm('attn_kv_a_norm', MLA.keyValue),
  matrix('attn_kv_a_mqa', WIDTH, MLA.keyValue + MLA.rope),
  matrix('attn_k_b', MLA.key - MLA.rope, MLA.keyValue, HEADS),
  matrix('attn_v_b', MLA.keyValue, MLA.value, HEADS),
  matrix('attn_output', HEADS * MLA.value, WIDTH),
];

/** Decay of a state: negative, of about a tenth to a half a token. */
const DECAY: Fill = { mean: -0.3, spread: 0.05 };

/** Gated delta net, as Qwen has it. */
export const DELTA_NET = { state: 16, keyHeads: 2, valueHeads: 4, kernel: 4 } as const;
const DELTA_KEYS = DELTA_NET.state * DELTA_NET.keyHeads;
export const DELTA_VALUES = DELTA_NET.state * DELTA_NET.valueHeads;
export const deltaNet = (fused: boolean): Tensor[] => [
  matrix('attn_qkv', WIDTH, 2 * DELTA_KEYS + DELTA_VALUES),
  matrix('attn_gate', WIDTH, DELTA_VALUES),
  matrix('ssm_conv1d', DELTA_NET.kernel, 2 * DELTA_KEYS + DELTA_VALUES),
  bias('ssm_dt', DELTA_NET.valueHeads),
  bare('ssm_a', [DELTA_NET.valueHeads], DECAY),
  ...(fused
    ? [matrix('ssm_ba', WIDTH, 2 * DELTA_NET.valueHeads)]
    : [matrix('ssm_beta', WIDTH, DELTA_NET.valueHeads), matrix('ssm_alpha', WIDTH, DELTA_NET.valueHeads)]),
  norm('ssm_norm', DELTA_NET.state),
  matrix('ssm_out', DELTA_VALUES, WIDTH),
];

/** Mamba, first and second. */
export const MAMBA = { inner: 2 * WIDTH, state: 16, heads: 8, groups: 1, kernel: 4, rank: 4 } as const;
export const mamba = (inside: readonly Tensor[] = []): Tensor[] => [
  matrix('ssm_in', WIDTH, 2 * MAMBA.inner),
  matrix('ssm_conv1d', MAMBA.kernel, MAMBA.inner),
  bias('ssm_conv1d', MAMBA.inner),
  matrix('ssm_x', MAMBA.inner, MAMBA.rank + 2 * MAMBA.state),
  matrix('ssm_dt', MAMBA.rank, MAMBA.inner),
  bias('ssm_dt', MAMBA.inner),
  bare('ssm_a', [MAMBA.state, MAMBA.inner], DECAY),
  bare('ssm_d', [MAMBA.inner], ONES),
  ...inside,
  matrix('ssm_out', MAMBA.inner, WIDTH),
];
export function mamba2(): Tensor[] {
  const mixed = MAMBA.inner + 2 * MAMBA.groups * MAMBA.state;
  return [
    matrix('ssm_in', WIDTH, MAMBA.inner + mixed + MAMBA.heads),
    matrix('ssm_conv1d', MAMBA.kernel, mixed),
    bias('ssm_conv1d', mixed),
    bias('ssm_dt', MAMBA.heads),
    bare('ssm_a', [1, MAMBA.heads], DECAY),
    bare('ssm_d', [1, MAMBA.heads], ONES),
    norm('ssm_norm', [MAMBA.inner / MAMBA.groups, MAMBA.groups]),
    matrix('ssm_out', MAMBA.inner, WIDTH),
  ];
}

/** Short convolutions, as LFM2 has them. */
export const SHORT_KERNEL = 3;
export const shortConvolution = (): Tensor[] => [
  matrix('shortconv.conv', SHORT_KERNEL, WIDTH),
  matrix('shortconv.in_proj', WIDTH, 3 * WIDTH),
  matrix('shortconv.out_proj', WIDTH, WIDTH),
];

/** Kimi's delta attention. */
export const KDA = { head: 16, kernel: 4 } as const;
export function deltaAttention(): Tensor[] {
  const inner = KDA.head * HEADS;
  return [
    ...['q', 'k', 'v'].map((which) => matrix(`ssm_conv1d_${which}`, KDA.kernel, 1, inner)),
    ...['q', 'k', 'v'].map((which) => matrix(`attn_${which}`, WIDTH, inner)),
    matrix('ssm_f_a', WIDTH, KDA.head),
    matrix('ssm_f_b', KDA.head, inner),
    matrix('ssm_beta', WIDTH, HEADS),
    bare('ssm_a', [1, HEADS], DECAY),
    bias('ssm_dt', inner),
    matrix('ssm_g_a', WIDTH, KDA.head),
    matrix('ssm_g_b', KDA.head, inner),
    norm('ssm_norm', KDA.head),
    matrix('attn_output', inner, WIDTH),
  ];
}
