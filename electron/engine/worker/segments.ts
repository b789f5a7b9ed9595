/** Segments as tokens: what is in the cache, what has to be evaluated, what has to be left out. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import { plainSpelling } from '../../../steering/runtime/plain-spelling.ts';
import { SteadyError } from '../../contract/errors.ts';
import { tooLongMessage } from '../../contract/index.ts';
import type { EnginePrompt } from '../protocol.ts';
import type { ChatTemplate } from './chat-template.ts';
import type { TextPiece, TextSegment } from './text-segment.ts';
import { tokenizeText } from './markers.ts';

export interface TokenSegment {
  kind: 'prompt' | 'reply';
  tokens: Token[];
  /** The first token of what a person wrote; what stands before it is the template's. Absent: 0. */
  readFrom?: number | undefined;
  /** The same prompt without characters that hide what it says (see plain-spelling.ts), where that is another: read as well, never answered. */
  plain?: { tokens: Token[]; readFrom: number } | undefined;
  /** The tokens of what the last person in it wrote: from (inclusive), to (exclusive). Absent: there are none. */
  text?: [from: number, to: number] | undefined;
  /** Of a reply: its text. */
  says?: string | undefined;
  /** Of a reply: this model did not write it under protection. */
  foreign?: true | undefined;
  /**
   * Of a reply: what its template puts behind a message, up to where a reply begins. It is read behind the reply and taken out again: there a
   * model has made up its mind about what it has read, whoever said it.
   */
  header?: Token[] | undefined;
}

/**
 * Tokens of one segment. Text of people and models is tokenized as text, whatever it looks like. `first` marks the
 * start of the conversation, where a model's begin-of-text token goes.
 */
export function tokenizeSegment(model: LlamaModel, segment: TextSegment, first: boolean): TokenSegment {
  const { tokens, readFrom, text } = tokenizePieces(model, segment.pieces, first);
  // What was thought before it is no part of what it says.
  const reply = { says: segment.pieces.at(-1)?.text ?? '', foreign: segment.foreign };
  const whole: TokenSegment = { kind: segment.kind, tokens, readFrom, text, ...(segment.kind === 'reply' ? reply : {}) };
  // What this model wrote itself hides nothing.
  const pieces = segment.kind === 'reply' && segment.foreign !== true ? segment.pieces : segment.pieces.map(plainPiece);
  if (pieces.every((piece, index) => piece.text === segment.pieces[index]!.text)) return whole;
  const { text: _, ...plain } = tokenizePieces(model, pieces, first);
  // What hides letters costs tokens. Where it does not there is no room that was planned for.
  return plain.tokens.length > tokens.length ? whole : { ...whole, plain };
}

const plainPiece = (piece: TextPiece): TextPiece => (piece.special ? piece : { ...piece, text: plainSpelling(piece.text) });

function tokenizePieces(
  model: LlamaModel,
  pieces: readonly TextPiece[],
  first: boolean,
): { tokens: Token[]; readFrom: number; text: TokenSegment['text'] } {
  const tokens: Token[] = [];
  let readFrom: number | undefined;
  let text: TokenSegment['text'];
  for (const piece of pieces) {
    if (!piece.special) readFrom ??= tokens.length;
    const leading = first && tokens.length === 0;
    const from = tokens.length;
    const cut = piece.special
      ? model.tokenize(piece.text, true, leading ? undefined : 'trimLeadingSpace')
      : tokenizeText(model, piece.text, leading);
    for (const token of cut) tokens.push(token);
    if (!piece.special) text = [from, tokens.length];
  }
  const bos = first && model.tokens.shouldPrependBosToken ? model.tokens.bos : null;
  if (bos !== null && tokens[0] !== bos) {
    tokens.unshift(bos);
    if (readFrom !== undefined) readFrom++;
    if (text !== undefined) text = [text[0] + 1, text[1] + 1];
  }
  return { tokens, readFrom: readFrom ?? 0, text };
}

/** Tokens of a conversation's segments. */
export function tokenizeSegments(model: LlamaModel, segments: readonly TextSegment[]): TokenSegment[] {
  const tokenized: TokenSegment[] = [];
  for (const [index, segment] of segments.entries()) {
    const one = tokenizeSegment(model, segment, index === 0);
    tokenized.push(one.kind === 'reply' ? withHeader(one, tokenized.at(-1)) : one);
  }
  return tokenized;
}

/** A conversation's system prompt as a message of its own, to be read; null where it has none. */
export function systemMessage(
  model: LlamaModel,
  template: ChatTemplate,
  { systemPrompt, startedAt, raw }: EnginePrompt,
): TokenSegment | null {
  if (systemPrompt === '' || raw === true) return null;
  const [segment] = template.segment({ systemPrompt: '', turns: [{ role: 'user', text: systemPrompt }], startedAt });
  return tokenizeSegment(model, segment!, true);
}

/** A reply with the header of the prompt that it answers. */
export function withHeader(reply: TokenSegment, prompt: TokenSegment | undefined): TokenSegment {
  return prompt?.text === undefined ? reply : { ...reply, header: prompt.tokens.slice(prompt.text[1]) };
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
 * and the last user turn always stay. `replyTokens`: of the reply that goes on behind it.
 * @throws SteadyError `context-overflow` when the last turn alone does not fit.
 */
export function fitPrompt(
  model: LlamaModel,
  template: ChatTemplate,
  prompt: EnginePrompt,
  budget: number,
  { contextSize = budget, replyTokens = 0 }: { contextSize?: number; replyTokens?: number } = {},
): FittedPrompt {
  const { turns } = prompt;
  const without = (droppedTurns: number): FittedPrompt => {
    const kept = turns.slice(droppedTurns * 2);
    const segments = tokenizeSegments(model, template.segment({ ...prompt, turns: kept }));
    return { segments, tokens: count(segments), droppedTurns };
  };
  const whole = without(0);
  if (whole.tokens <= budget) return whole;
  let high = Math.floor((turns.length - 1) / 2);
  let fitted = without(high);
  if (fitted.tokens > budget) {
    if (replyTokens > 0) {
      throw new SteadyError('context-overflow', 'This reply cannot go on: it fills what the model can read at once.', {
        hint: 'Ask for the rest in a new message.',
      });
    }
    const message = tooLongMessage({ tokens: fitted.tokens, room: budget, contextSize });
    throw new SteadyError('context-overflow', message, {
      hint: 'Shorten it, or send it in parts. It has been kept.',
      details: { tokens: fitted.tokens, budget },
    });
  }
  // The fewer turns, the fewer tokens: the least to drop is found by halving, since a long chat takes a while to tokenize.
  for (let low = 1; low < high;) {
    const middle = (low + high) >> 1;
    const trial = without(middle);
    if (trial.tokens <= budget) {
      fitted = trial;
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return fitted;
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
