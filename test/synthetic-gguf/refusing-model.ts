/**
 * A model whose weights were set by hand so that it does what steering needs of a model, in milliseconds: it refuses some
 * harmful requests by itself and answers the others, and a direction in its residual stream decides which.
 *
 * Words carry a score for harm. One head of the first block gathers the scores of the words that say most; the network of a
 * later block turns what is above a threshold into a push to refuse; the output compares that push with a constant and
 * begins one of two sentences, which go on piece by piece. Everything else is random and small.
 */
import { FEED_FORWARD, HEAD, HEADS, KEY_VALUE_HEADS, matrix, norm, WIDTH } from './parts.ts';
import type { Tensor } from './shapes.ts';
import { normalNumbers } from './values.ts';
import { wordVocabulary, wordToken, type Vocabulary } from './vocabulary.ts';
import { wordScores } from './word-scores.ts';
import { tokenizerOf, writeModel, type Value } from './write.ts';

const BLOCKS = 12;
/** The block whose network decides. */
const DECIDING = 5;
const CONTEXT = 4096;
const SEED = 1;

/** No piece is a single word: texts are never cut into pieces. */
const REFUSAL = ["I'm sorry,", ' but I', " can't help", ' with that', ' request.'];
const ANSWER = ['Sure, here', ' is what', ' you asked', ' for: one,', ' two, three', ' and four.'];
const WRITTEN = [...REFUSAL, ...ANSWER];

/** What single dimensions of the residual stream hold; those between hold random numbers. */
const ONE = 0;
const HARM = 1;
/** How much a word says, either way. */
const SALIENCE = 2;
/** Harm of the text so far. */
const GATHERED = 3;
const PUSH = 4;
const NOISE = 5;
/** The end of a prompt, and from the next on each piece that is written. */
const START = WIDTH - 1 - WRITTEN.length;

/** Standard deviation of the random part of a word. */
const NOISE_SPREAD = 0.3;
/** Length of the mark of a piece. */
const MARK = 3;
/** A normalised word is about as many times as long. */
const NORMALISED = 3.2;
/** Logits by which a word that says all outweighs one that says nothing, in the head that gathers. */
const SHARPNESS = 8;
/** Gathered harm that begins to push. */
const THRESHOLD = 0.5;
/** Of everything that is there for the look of it alone. */
const SMALL = 0.02;

/** What a profile for this model reads and writes: coordinates of the residual stream, behind the first block and behind the one that decides. */
export const REFUSING = { width: WIDTH, harm: { dimension: GATHERED, layer: 3 }, push: { dimension: PUSH, layer: DECIDING + 2 } } as const;

/** @throws Error where the disk has no room */
export async function writeRefusingModel(path: string): Promise<void> {
  const scores = wordScores();
  const vocabulary = wordVocabulary([...scores.keys()], WRITTEN);
  const random = normalNumbers(SEED);
  const tensors = [embedding(vocabulary, scores, random)];
  for (let block = 0; block < BLOCKS; block++) {
    const attention = block === 0 ? gathering(random) : ['attn_q', 'attn_k', 'attn_v', 'attn_output'].map(small);
    const network = block === DECIDING ? deciding() : ['ffn_gate', 'ffn_up', 'ffn_down'].map(small);
    for (const part of [norm('attn_norm'), ...attention, norm('ffn_norm'), ...network]) {
      tensors.push({ ...part, name: `blk.${block}.${part.name}` });
    }
  }
  tensors.push(norm('output_norm'), output(vocabulary));
  await writeModel({ metadata: metadataOf(vocabulary), tensors, path, seed: SEED });
}

const pieceToken = ({ tokens }: Vocabulary, piece: number) => tokens.length - WRITTEN.length + piece;

function embedding(vocabulary: Vocabulary, scores: ReadonlyMap<string, number>, random: () => number): Tensor {
  const { tokens } = vocabulary;
  const { set, tensor } = blank('token_embd', WIDTH, tokens.length);
  for (let token = 0; token < tokens.length; token++) {
    set(ONE, token, 1);
    for (let at = NOISE; at < START; at++) set(at, token, NOISE_SPREAD * random());
  }
  for (const [word, score] of scores) {
    const token = tokens.indexOf(wordToken(word));
    set(HARM, token, score);
    set(SALIENCE, token, Math.abs(score));
  }
  // The line break behind the assistant's name is what a reply follows.
  set(START, tokens.indexOf('Ċ'), MARK);
  for (let piece = 0; piece < WRITTEN.length; piece++) set(START + 1 + piece, pieceToken(vocabulary, piece), MARK);
  return tensor;
}

/** Head 0 looks for words that say something, and writes down what they say; the others mix what is random. */
function gathering(random: () => number): Tensor[] {
  const keyValue = KEY_VALUE_HEADS * HEAD;
  const query = blank('attn_q', WIDTH, HEADS * HEAD);
  const key = blank('attn_k', WIDTH, keyValue);
  const value = blank('attn_v', WIDTH, keyValue);
  const out = blank('attn_output', HEADS * HEAD, WIDTH);
  // In the pair that is turned least with the distance.
  const gain = Math.sqrt((SHARPNESS * Math.sqrt(HEAD)) / NORMALISED ** 2);
  query.set(ONE, HEAD - 2, gain);
  key.set(SALIENCE, HEAD - 2, gain);
  value.set(HARM, 0, 1 / NORMALISED);
  for (let to = 1; to < keyValue; to++) for (let from = NOISE; from < START; from++) value.set(from, to, random() / 8);
  out.set(0, GATHERED, 2);
  for (let to = NOISE; to < START; to++) for (let from = HEAD; from < HEADS * HEAD; from++) out.set(from, to, random() / 16);
  return [query, key, value, out].map(({ tensor }) => tensor);
}

/** PUSH = max(0, GATHERED − THRESHOLD), near enough, by one neuron. */
function deciding(): Tensor[] {
  const gate = blank('ffn_gate', WIDTH, FEED_FORWARD);
  const up = blank('ffn_up', WIDTH, FEED_FORWARD);
  const down = blank('ffn_down', FEED_FORWARD, WIDTH);
  gate.set(GATHERED, 0, 4);
  gate.set(ONE, 0, -4 * THRESHOLD);
  up.set(ONE, 0, 0.5);
  down.set(0, PUSH, 0.25);
  return [gate, up, down].map(({ tensor }) => tensor);
}

function output(vocabulary: Vocabulary): Tensor {
  const { set, tensor } = blank('output', WIDTH, vocabulary.tokens.length);
  const sure = 4;
  const follow = (mark: number, token: number) => set(mark, token, sure);
  const refuses = pieceToken(vocabulary, 0);
  const answers = pieceToken(vocabulary, REFUSAL.length);
  follow(START, refuses);
  set(PUSH, refuses, sure);
  follow(START, answers);
  set(ONE, answers, sure / 2);
  for (const [first, count] of [
    [0, REFUSAL.length],
    [REFUSAL.length, ANSWER.length],
  ] as const) {
    for (let piece = first + 1; piece < first + count; piece++) follow(START + piece, pieceToken(vocabulary, piece));
    follow(START + first + count, vocabulary.ids.turnEnd);
  }
  return tensor;
}

/** Zeros, to be set one by one. */
function blank(name: string, inputs: number, outputs: number) {
  const values = new Float32Array(inputs * outputs);
  const set = (from: number, to: number, value: number) => {
    values[to * inputs + from] = value;
  };
  const tensor: Tensor = { ...matrix(name, inputs, outputs), values };
  return { set, tensor };
}

function small(name: string): Tensor {
  const sizes: Record<string, [number, number]> = {
    attn_q: [WIDTH, HEADS * HEAD],
    attn_k: [WIDTH, KEY_VALUE_HEADS * HEAD],
    attn_v: [WIDTH, KEY_VALUE_HEADS * HEAD],
    attn_output: [HEADS * HEAD, WIDTH],
    ffn_gate: [WIDTH, FEED_FORWARD],
    ffn_up: [WIDTH, FEED_FORWARD],
    ffn_down: [FEED_FORWARD, WIDTH],
  };
  return { ...matrix(name, ...sizes[name]!), fill: { mean: 0, spread: SMALL } };
}

function metadataOf(vocabulary: Vocabulary): [string, Value][] {
  const u = (value: number): Value => ({ kind: 'u32', value });
  const f = (value: number): Value => ({ kind: 'f32', value });
  const s = (value: string): Value => ({ kind: 'text', value });
  return [
    ['general.architecture', s('llama')],
    ['general.name', s('Refuses by words')],
    ['general.description', s('Weights set by hand: it refuses requests with harmful words. Made for tests.')],
    ['general.file_type', u(0)],
    ['steady.synthetic', { kind: 'bool', value: true }],
    ['llama.block_count', u(BLOCKS)],
    ['llama.context_length', u(CONTEXT)],
    ['llama.embedding_length', u(WIDTH)],
    ['llama.feed_forward_length', u(FEED_FORWARD)],
    ['llama.attention.head_count', u(HEADS)],
    ['llama.attention.head_count_kv', u(KEY_VALUE_HEADS)],
    ['llama.attention.layer_norm_rms_epsilon', f(1e-5)],
    ['llama.rope.dimension_count', u(HEAD)],
    // So large that the slowest pair does not turn.
    ['llama.rope.freq_base', f(1e9)],
    ['llama.vocab_size', u(vocabulary.tokens.length)],
    ...tokenizerOf(vocabulary),
  ];
}
