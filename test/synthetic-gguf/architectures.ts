/** What llama.cpp wants of a file of each architecture: its settings, and the tensors of its blocks. For tests of many kinds of models. */
import {
  attention,
  attentionBiases,
  bare,
  bias,
  compressedKeyValues,
  DELTA_NET,
  DELTA_VALUES,
  deltaAttention,
  deltaNet,
  EXPERT_FEED_FORWARD,
  EXPERTS,
  experts,
  FEED_FORWARD,
  fusedAttention,
  fusedFeedForward,
  gatedFeedForward,
  HEAD,
  headNorms,
  HEADS,
  KDA,
  KEY_VALUE_HEADS,
  MAMBA,
  mamba,
  mamba2,
  matrix,
  MLA,
  norm,
  plainFeedForward,
  sharedExpert,
  SHORT_KERNEL,
  shortConvolution,
  VOCABULARY,
  WIDTH,
} from './parts.ts';
import type { Tensor } from './shapes.ts';

export interface Architecture {
  /** Settings beside those that all have, by their names behind the architecture's. Whole numbers are written as such. */
  settings?: Record<string, number | boolean | number[] | boolean[] | { float: number }>;
  /** The tensors of a block, by their names behind its number. */
  block(index: number): Tensor[];
  /** Tensors beside the embedding, the blocks and the output. */
  others?: (blocks: number) => Tensor[];
  /** The output is the embedding's own matrix. */
  tied?: boolean;
  /** The last norm, where it is not `output_norm.weight` alone. */
  outputNorm?: Tensor[];
  /** How it keeps what it has read. */
  memory?: 'attention' | 'hybrid' | 'recurrent';
  /** The models that people know it by. */
  of: string;
}

/** Blocks of each; block 2 adds nothing to what enters it, which is how a test sees where a vector went. */
export const BLOCKS = 4;
export const IDENTITY_BLOCK = 2;

const preNorm = (...parts: Tensor[][]): Tensor[] => [norm('attn_norm'), ...parts[0]!, norm('ffn_norm'), ...parts.slice(1).flat()];
const postNorm = (...parts: Tensor[][]): Tensor[] => [norm('attn_norm'), norm('post_attention_norm'), ...parts.flat()];
const fourNorms = (...parts: Tensor[][]): Tensor[] => [...preNorm(...parts), norm('post_attention_norm'), norm('post_ffw_norm')];
/** A norm that shifts as well as scales. */
const shifted = (name: string): Tensor[] => [norm(name), bias(name, WIDTH)];

const EPSILON = { float: 1e-5 };
const layerNorm = { 'attention.layer_norm_epsilon': EPSILON };
const window = { 'attention.sliding_window': 32 };
const routed = { expert_count: EXPERTS, expert_used_count: 2 };
const routedOwn = { ...routed, expert_feed_forward_length: EXPERT_FEED_FORWARD };
const sections = { 'rope.dimension_sections': [3, 3, 2, 0] };
const logits = { logit_scale: { float: 1 } };
const compressed = {
  'attention.head_count_kv': 1,
  'attention.q_lora_rank': MLA.query,
  'attention.kv_lora_rank': MLA.keyValue,
  'attention.key_length': MLA.keyValue + MLA.rope,
  'attention.value_length': MLA.keyValue,
  'attention.key_length_mla': MLA.key,
  'attention.value_length_mla': MLA.value,
  'rope.dimension_count': MLA.rope,
};
const deltaSettings = {
  'ssm.conv_kernel': DELTA_NET.kernel,
  'ssm.inner_size': DELTA_VALUES,
  'ssm.state_size': DELTA_NET.state,
  'ssm.time_step_rank': DELTA_NET.valueHeads,
  'ssm.group_count': DELTA_NET.keyHeads,
  full_attention_interval: 2,
};
const mambaSettings = {
  'ssm.conv_kernel': MAMBA.kernel,
  'ssm.inner_size': MAMBA.inner,
  'ssm.state_size': MAMBA.state,
  'ssm.time_step_rank': MAMBA.rank,
};
const mamba2Settings = { ...mambaSettings, 'ssm.time_step_rank': MAMBA.heads, 'ssm.group_count': MAMBA.groups };
/** Every second block attends, the others keep a state. */
const everySecond = { 'attention.head_count_kv': Array.from({ length: BLOCKS }, (_, block) => (block % 2 === 1 ? KEY_VALUE_HEADS : 0)) };
const attends = (block: number) => block % 2 === 1;

const llama = (of: string, settings: Architecture['settings'] = {}): Architecture => ({
  of,
  settings,
  block: () => preNorm(attention(), gatedFeedForward()),
});
const qwen3 = (of: string, settings: Architecture['settings'] = {}): Architecture => ({
  of,
  settings,
  block: () => preNorm([...attention(), ...headNorms()], gatedFeedForward()),
});
const mixture = (of: string, settings: Architecture['settings'] = {}): Architecture => ({
  of,
  settings: { ...routed, ...settings },
  block: () => preNorm(attention(), experts(FEED_FORWARD)),
});
const parallel = (of: string, settings: Architecture['settings'] = {}): Architecture => ({
  of,
  settings: { ...layerNorm, ...logits, ...settings },
  block: () => [norm('attn_norm'), ...attention(), ...gatedFeedForward()],
  tied: true,
});
const deepseek = (of: string): Architecture => ({
  of,
  settings: { ...routedOwn, ...compressed, leading_dense_block_count: 1, expert_shared_count: 1 },
  block: (index) =>
    preNorm(
      [
        norm('attn_q_a_norm', MLA.query),
        matrix('attn_q_a', WIDTH, MLA.query),
        matrix('attn_q_b', MLA.query, HEADS * MLA.key),
        ...compressedKeyValues(),
      ],
      index === 0 ? gatedFeedForward() : [...experts(), ...sharedExpert()],
    ),
});
const qwenLinear = (of: string, options: { fused?: boolean; settings?: Architecture['settings']; feed: () => Tensor[] }): Architecture => ({
  of,
  memory: 'hybrid',
  settings: { ...deltaSettings, ...sections, ...options.settings },
  block: (index) =>
    postNorm(
      attends(index) ? [...attention({ query: 2 * HEADS * HEAD }), ...headNorms()] : deltaNet(options.fused === true),
      options.feed(),
    ),
});
const sharedGate = () => [...experts(), ...sharedExpert(), { ...norm('ffn_gate_inp_shexp'), fill: { mean: 0, spread: 0.1 } }];
const lfm = (of: string, settings: Architecture['settings'], feed: (block: number) => Tensor[]): Architecture => ({
  of,
  memory: 'hybrid',
  settings: { ...everySecond, 'shortconv.l_cache': SHORT_KERNEL, ...settings },
  block: (index) => preNorm(attends(index) ? [...attention(), ...headNorms()] : shortConvolution(), feed(index)),
  outputNorm: [norm('token_embd_norm')],
});

/** Inputs a layer that every token brings along, in Gemma's later models. */
const PER_LAYER = 16;
const perLayer =
  (width: number) =>
  (blocks: number): Tensor[] => [
    matrix('per_layer_token_embd', width * blocks, VOCABULARY),
    matrix('per_layer_model_proj', WIDTH, width * blocks),
    norm('per_layer_proj_norm', width),
  ];
const perLayerBlock = (width: number) => [matrix('inp_gate', WIDTH, width), matrix('proj', width, WIDTH), norm('post_norm')];
/** Gemma 3n keeps four streams side by side. llama.cpp takes these sizes for given. */
const ALTUP = { streams: 4, perLayer: 256, rank: 64 } as const;

export const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  llama: llama('Llama 2 and 3, Mistral, SmolLM2'),
  llama4: {
    of: 'Llama 4',
    settings: { ...routedOwn, expert_used_count: 1, interleave_moe_layer_step: 2 },
    block: (index) => preNorm(attention(), index % 2 === 1 ? [...experts(), ...sharedExpert()] : gatedFeedForward()),
  },
  qwen2: { of: 'Qwen 2 and 2.5', block: () => preNorm([...attention(), ...attentionBiases()], gatedFeedForward()) },
  qwen3: qwen3('Qwen 3'),
  qwen3moe: {
    of: 'Qwen 3, mixtures',
    settings: routedOwn,
    block: () => preNorm([...attention(), ...headNorms()], experts()),
  },
  qwen3vl: qwen3('Qwen 3 VL, text alone', { ...sections, n_deepstack_layers: 0 }),
  gemma: { of: 'Gemma', tied: true, block: () => preNorm(attention(), gatedFeedForward()) },
  gemma2: { of: 'Gemma 2', settings: window, tied: true, block: () => fourNorms(attention(), gatedFeedForward()) },
  gemma3: { of: 'Gemma 3', settings: window, block: () => fourNorms([...attention(), ...headNorms()], gatedFeedForward()) },
  gemma4: {
    of: 'Gemma 4',
    settings: {
      ...window,
      'attention.sliding_window_pattern': [true, true, true, false],
      'attention.shared_kv_layers': 0,
      'attention.key_length_swa': HEAD,
      'attention.value_length_swa': HEAD,
      embedding_length_per_layer_input: PER_LAYER,
    },
    block: () => [...fourNorms([...attention(), ...headNorms()], gatedFeedForward()), ...perLayerBlock(PER_LAYER)],
    others: (blocks) => [...perLayer(PER_LAYER)(blocks), norm('rope_freqs', HEAD / 2)],
  },
  gemma3n: {
    of: 'Gemma 3n',
    settings: window,
    block: () => [
      ...fourNorms([...attention(), ...headNorms()], gatedFeedForward()),
      ...perLayerBlock(ALTUP.perLayer),
      matrix('altup_correct_coef', ALTUP.streams, ALTUP.streams),
      norm('altup_correct_scale'),
      matrix('altup_predict_coef', ALTUP.streams, ALTUP.streams ** 2),
      matrix('altup_router', WIDTH, ALTUP.streams),
      norm('altup_router_norm'),
      matrix('laurel_l', WIDTH, ALTUP.rank),
      matrix('laurel_r', ALTUP.rank, WIDTH),
      norm('laurel_post_norm'),
    ],
    others: (blocks) => [
      ...perLayer(ALTUP.perLayer)(blocks),
      matrix('altup_proj', WIDTH, WIDTH, ALTUP.streams - 1),
      matrix('altup_unembd_proj', WIDTH, WIDTH, ALTUP.streams - 1),
    ],
  },
  phi2: {
    of: 'Phi 1.5 and 2',
    settings: layerNorm,
    block: () => [
      ...shifted('attn_norm'),
      ...attention(),
      ...attentionBiases(),
      bias('attn_output', WIDTH),
      ...plainFeedForward(),
      bias('ffn_up', FEED_FORWARD),
      bias('ffn_down', WIDTH),
    ],
    outputNorm: [...shifted('output_norm'), bias('output', VOCABULARY)],
  },
  phi3: { of: 'Phi 3 and 4', block: () => preNorm(fusedAttention(), fusedFeedForward()) },
  phimoe: {
    of: 'Phi 3.5, mixture',
    settings: routed,
    block: () => [
      ...shifted('attn_norm'),
      ...attention(),
      ...attentionBiases(),
      bias('attn_output', WIDTH),
      ...shifted('ffn_norm'),
      ...experts(FEED_FORWARD),
    ],
    outputNorm: [...shifted('output_norm'), bias('output', VOCABULARY)],
  },
  'command-r': parallel('Command R'),
  cohere2: parallel('Command R7B, Command A', window),
  mistral3: llama('Ministral 3, Mistral Small'),
  mistral4: deepseek('Mistral 4'),
  deepseek2: deepseek('DeepSeek V2, V3 and R1'),
  granite: llama('Granite 3 and 4, dense', logits),
  granitemoe: mixture('Granite 3, mixtures', logits),
  smollm3: llama('SmolLM3'),
  olmo2: {
    of: 'OLMo 2 and 3',
    block: () => [
      ...attention(),
      norm('attn_q_norm'),
      norm('attn_k_norm', KEY_VALUE_HEADS * HEAD),
      norm('post_attention_norm'),
      ...gatedFeedForward(),
      norm('post_ffw_norm'),
    ],
  },
  olmoe: {
    of: 'OLMoE',
    settings: { ...routed, 'attention.head_count_kv': HEADS },
    block: () => preNorm([...attention({ keyValue: WIDTH }), norm('attn_q_norm'), norm('attn_k_norm')], experts(FEED_FORWARD)),
  },
  'gpt-oss': {
    of: 'gpt-oss',
    settings: { ...routedOwn, ...window },
    block: () =>
      postNorm(
        [...attention(), ...attentionBiases(), bias('attn_output', WIDTH), matrix('attn_sinks', HEADS)],
        [
          ...experts(),
          bias('ffn_gate_inp', EXPERTS),
          bias('ffn_gate_exps', EXPERT_FEED_FORWARD, EXPERTS),
          bias('ffn_up_exps', EXPERT_FEED_FORWARD, EXPERTS),
          bias('ffn_down_exps', WIDTH, EXPERTS),
        ],
      ),
  },
  glm4: { of: 'GLM 4', block: () => fourNorms(attention(), fusedFeedForward()) },
  glm4moe: {
    of: 'GLM 4.5 and later',
    settings: { ...routedOwn, leading_dense_block_count: 1, expert_shared_count: 1 },
    block: (index) =>
      postNorm(attention(), index === 0 ? gatedFeedForward() : [...experts(), ...sharedExpert(), bias('exp_probs_b', EXPERTS)]),
  },
  'hunyuan-dense': qwen3('Hunyuan, dense'),
  ernie4_5: llama('ERNIE 4.5'),
  exaone4: {
    of: 'EXAONE 4',
    block: () => [...attention(), ...headNorms(), norm('post_attention_norm'), ...gatedFeedForward(), norm('post_ffw_norm')],
  },
  nemotron: {
    of: 'Nemotron 3 and 4, Minitron',
    settings: layerNorm,
    block: () => [...shifted('attn_norm'), ...attention(), ...shifted('ffn_norm'), ...plainFeedForward()],
    outputNorm: shifted('output_norm'),
  },
  seed_oss: { of: 'Seed-OSS', block: () => postNorm(attention(), gatedFeedForward()) },
  qwen35: qwenLinear('Qwen 3.5', { feed: gatedFeedForward }),
  qwen35moe: qwenLinear('Qwen 3.5, mixtures', {
    settings: { ...routedOwn, expert_shared_feed_forward_length: EXPERT_FEED_FORWARD },
    feed: sharedGate,
  }),
  qwen3next: qwenLinear('Qwen 3 Next', {
    fused: true,
    settings: { ...routedOwn, expert_shared_feed_forward_length: EXPERT_FEED_FORWARD },
    feed: sharedGate,
  }),
  lfm2: lfm('LFM2 and 2.5', {}, gatedFeedForward),
  lfm2moe: lfm('LFM2, mixtures', { ...routedOwn, leading_dense_block_count: 1, expert_gating_func: 2 }, (index) =>
    index === 0 ? gatedFeedForward() : [...experts(), bias('exp_probs_b', EXPERTS)],
  ),
  'falcon-h1': {
    of: 'Falcon H1',
    memory: 'hybrid',
    settings: mamba2Settings,
    block: () => [norm('attn_norm'), ...mamba2(), ...attention(), bare('ffn_norm', [WIDTH], { mean: 1, spread: 0 }), ...gatedFeedForward()],
  },
  granitehybrid: {
    of: 'Granite 4, hybrids',
    memory: 'hybrid',
    settings: { ...mamba2Settings, ...everySecond, ...logits },
    block: (index) => preNorm(attends(index) ? attention() : mamba2(), gatedFeedForward()),
  },
  nemotron_h: {
    of: 'Nemotron H and Nano',
    memory: 'hybrid',
    settings: {
      ...mamba2Settings,
      ...layerNorm,
      'attention.head_count_kv': [0, 0, KEY_VALUE_HEADS, 0],
      feed_forward_length: [0, FEED_FORWARD, 0, 0],
    },
    block: (index) => [norm('attn_norm'), ...(index === 1 ? plainFeedForward() : index === 2 ? attention() : mamba2())],
  },
  'kimi-linear': {
    of: 'Kimi Linear',
    memory: 'hybrid',
    settings: {
      ...routedOwn,
      ...compressed,
      'attention.head_count_kv': [0, 1, 0, 1],
      'kda.head_dim': KDA.head,
      'ssm.conv_kernel': KDA.kernel,
      leading_dense_block_count: 1,
      expert_shared_count: 1,
      expert_gating_func: 2,
    },
    block: (index) =>
      preNorm(
        attends(index) ? [matrix('attn_q', WIDTH, HEADS * MLA.key), ...compressedKeyValues()] : deltaAttention(),
        index === 0 ? gatedFeedForward() : [...experts(), ...sharedExpert(), bias('exp_probs_b', EXPERTS)],
      ),
  },
  jamba: {
    of: 'Jamba',
    memory: 'hybrid',
    settings: { ...mambaSettings, ...everySecond },
    block: (index) =>
      preNorm(
        attends(index)
          ? attention()
          : mamba([norm('ssm_dt_norm', MAMBA.rank), norm('ssm_b_norm', MAMBA.state), norm('ssm_c_norm', MAMBA.state)]),
        gatedFeedForward(),
      ),
  },
  mamba: {
    of: 'Mamba, Falcon Mamba',
    memory: 'recurrent',
    settings: { ...mambaSettings, 'attention.head_count': 0 },
    block: () => [norm('attn_norm'), ...mamba()],
  },
  mamba2: {
    of: 'Mamba 2, Codestral Mamba',
    memory: 'recurrent',
    settings: { ...mamba2Settings, 'attention.head_count': 0 },
    block: () => [norm('attn_norm'), ...mamba2()],
  },
};
