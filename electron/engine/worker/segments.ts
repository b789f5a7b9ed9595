/** Segments as tokens: what is in the cache, what has to be evaluated, what has to be left out. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import { SteadyError } from '../../contract/errors.ts';
import type { EnginePrompt } from '../protocol.ts';
import type { ChatTemplate, TextSegment } from './chat-template.ts';

export interface TokenSegment {
  kind: 'prompt' | 'reply';
  tokens: Token[];
}

/**
 * Tokens of one segment. Text of people and models is tokenized as text, whatever it looks like. `first` marks the
 * start of the conversation, where a model's begin-of-text token goes.
 */
export function tokenizeSegment(model: LlamaModel, segment: TextSegment, first: boolean): TokenSegment {
  const tokens: Token[] = [];
  for (const piece of segment.pieces) {
    const leading = first && tokens.length === 0;
    for (const token of model.tokenize(piece.text, piece.special, leading ? undefined : 'trimLeadingSpace')) tokens.push(token);
  }
  const bos = first && model.tokens.shouldPrependBosToken ? model.tokens.bos : null;
  if (bos !== null && tokens[0] !== bos) tokens.unshift(bos);
  return { kind: segment.kind, tokens };
}

/** Tokens of a conversation's segments. */
export function tokenizeSegments(model: LlamaModel, segments: readonly TextSegment[]): TokenSegment[] {
  return segments.map((segment, index) => tokenizeSegment(model, segment, index === 0));
}

const count = (segments: readonly TokenSegment[]) => segments.reduce((sum, segment) => sum + segment.tokens.length, 0);

export interface FittedPrompt {
  segments: TokenSegment[];
  tokens: number;
  /** Oldest user turns (with their replies) that were left out. */
  droppedTurns: number;
}

/**
 * The conversation's segments, with the oldest whole turns left out until `budget` tokens are enough. The system prompt
 * and the last user turn always stay.
 * @throws SteadyError `context-overflow` when the last turn alone does not fit.
 */
export function fitPrompt(model: LlamaModel, template: ChatTemplate, prompt: EnginePrompt, budget: number): FittedPrompt {
  const { turns } = prompt;
  for (let dropped = 0; ; dropped++) {
    const kept = turns.slice(dropped * 2);
    const segments = tokenizeSegments(model, template.segment({ systemPrompt: prompt.systemPrompt, turns: kept }));
    const tokens = count(segments);
    if (tokens <= budget) return { segments, tokens, droppedTurns: dropped };
    if (kept.length <= 1) {
      throw new SteadyError('context-overflow', `This message is longer than the model can read: ${tokens} tokens, and ${budget} fit.`, {
        hint: 'Shorten it, or send it in parts. It has been kept.',
        details: { tokens, budget },
      });
    }
  }
}

/** How many leading segments of `wanted` are in `cached`, counting only whole, equal ones. */
export function commonSegments(cached: readonly TokenSegment[], wanted: readonly TokenSegment[]): number {
  let same = 0;
  while (same < cached.length && same < wanted.length && equal(cached[same]!, wanted[same]!)) same++;
  return same;
}

function equal(a: TokenSegment, b: TokenSegment): boolean {
  return a.kind === b.kind && a.tokens.length === b.tokens.length && a.tokens.every((token, index) => token === b.tokens[index]);
}
