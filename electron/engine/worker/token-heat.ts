/** Lays what the gate read of a prompt's tokens over the text that a person wrote. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { TokenReading } from '../../../steering/runtime/token-reading.ts';
import { decidingProbe, heatByte, lengthBytes, MAX_HEAT_TOKENS, type GateReading, type HeatedReading } from '../../contract/index.ts';
import type { TokenSegment } from './segments.ts';
import { TextStream } from './text-stream.ts';

/** Of a long prompt so much of what is kept comes before the token that decided. */
const SHARE_BEFORE = 3 / 4;
/** Four digits behind the point say more than anyone reads. */
const rounded = (u: number) => Math.round(u * 1e4) / 1e4;
/** What is no number in JSON stands outside of what can be told apart. */
const finite = (u: number) => rounded(Math.min(Math.max(u, -1e6), 1e6));

/** What is kept of a reading of `segment`, whose person wrote `text`. Null where no tokens were read. */
export function heatedReading(model: LlamaModel, segment: TokenSegment, text: string, read: TokenReading | null): HeatedReading | null {
  if (read === null) return null;
  const [from, to] = segment.text ?? [segment.readFrom ?? 0, segment.tokens.length];
  const plain = read.plain === true;
  // In plain letters the tokens are others, and where the text ends among them is not known.
  const span: GateReading['text'] = plain ? [0, read.tokens.length] : [Math.max(from - read.from, 0), Math.max(to - read.from, 0)];
  const probes = read.probes.map((probe) => ({ ...probe, u: finite(probe.u) }));
  const second = read.second === null ? null : finite(read.second);
  const reading = { tokens: read.tokens.length, text: span, u: finite(read.u), probes, second, ...(plain ? { plain: true as const } : {}) };
  const first = firstKept(read.tokens.length, decidingProbe(reading).at);
  const end = Math.min(first + MAX_HEAT_TOKENS, read.tokens.length);
  const laid = plain ? null : layOver(model, segment.tokens.slice(from, to), text);
  const of = (token: number) => (laid === null || token < span[0] || token >= span[1] ? 0 : laid[token - span[0]]!);
  const lengths = Array.from({ length: end - first }, (_, at) => of(first + at));
  let start = 0;
  for (let token = 0; token < first; token++) start += of(token);
  const heat = {
    first,
    start,
    lengths: laid === null ? '' : base64(lengthBytes(lengths)),
    scores: base64(Uint8Array.from(read.tokens.subarray(first, end), heatByte)),
  };
  return { ...reading, heat };
}

function firstKept(tokens: number, decided: number): number {
  if (tokens <= MAX_HEAT_TOKENS) return 0;
  return Math.min(Math.max(0, decided - Math.floor(MAX_HEAT_TOKENS * SHARE_BEFORE)), tokens - MAX_HEAT_TOKENS);
}

/** How many UTF-16 units of `text` each of its tokens adds; null where the tokens say something else, as some tokenizers' do. */
function layOver(model: LlamaModel, tokens: readonly Token[], text: string): number[] | null {
  const stream = new TextStream(model);
  const lengths = tokens.map((token) => stream.push(token).length);
  const rest = stream.end().length;
  if (lengths.length > 0) lengths[lengths.length - 1]! += rest;
  return stream.text === text ? lengths : null;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
