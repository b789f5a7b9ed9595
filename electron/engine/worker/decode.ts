/** Tokens drawn one after another until a reply has come to its end, its reasoning counted apart. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { Reasoning } from '../../contract/index.ts';
import type { FinishReason } from '../protocol.ts';
import type { PartialText } from './reasoning/parser.ts';
import type { ReplyStream } from './reasoning/reply-stream.ts';

/** Yields what was sampled; given something back it evaluates that instead. */
export type SampledTokens = AsyncGenerator<Token, void, Token | Token[] | undefined>;

export interface DecodeOptions {
  model: LlamaModel;
  stream: ReplyStream;
  /** How many tokens of each may come, and of both together. */
  limits: { reply: number; reasoning: number; room: number };
  /** What ends reasoning that comes to its limit. */
  closing: readonly Token[];
  signal: AbortSignal;
  onText?(parts: readonly PartialText[]): void;
  /** Hears of each token before the next one is drawn. */
  onToken?(token: Token): void;
  /** Says whether the next token that is evaluated belongs to the reasoning. */
  onReasoning?(reasons: boolean): void;
  /** Asked after each token: whether the reply is to be given up. */
  isGivenUp?(): boolean;
  /** Awaited before each further token. */
  turn?(): Promise<void>;
}

export interface Decoded {
  /** Tokens of the reasoning and the reply. */
  count: number;
  /** What of them is reasoning, and how long it took. */
  reasoning: { tokens: number; milliseconds: number; cut: boolean };
  firstTokenAt: number | null;
  finishReason: FinishReason;
  /** It was given up in its middle. */
  givenUp: boolean;
}

/** Draws a reply to its end. The stream has its text then. */
export async function decodeReply(tokens: SampledTokens, options: DecodeOptions): Promise<Decoded> {
  const { model, stream, limits, closing, signal } = options;
  const began = performance.now();
  const spent = { reasoning: 0, reply: 0 };
  let firstTokenAt: number | null = null;
  let reasonedUntil = began;
  let finishReason: FinishReason = 'end';
  let cut = false;
  let givenUp = false;
  const tell = (parts: readonly PartialText[]) => {
    if (parts.length > 0) options.onText?.(parts);
  };
  const take = (token: Token) => {
    options.onToken?.(token);
    tell(stream.push(token));
  };
  /** What ends the reasoning for the model, behind `last`. */
  const close = (...last: Token[]): Token[] => {
    for (const token of closing) take(token);
    spent.reasoning += closing.length;
    return [...last, ...closing];
  };
  try {
    let next = await tokens.next();
    while (next.done !== true) {
      const token = next.value;
      if (model.isEogToken(token) && !stream.passes(token)) {
        // A model that ends in the middle of its reasoning owes a reply.
        const owes = stream.reasons && stream.wasOpened && !signal.aborted;
        if (!owes || spent.reasoning + closing.length >= limits.room) break;
        const instead = close();
        reasonedUntil = performance.now();
        options.onReasoning?.(true);
        await options.turn?.();
        next = await tokens.next(instead);
        continue;
      }
      firstTokenAt ??= performance.now();
      const reasoned = stream.reasons;
      take(token);
      spent[reasoned ? 'reasoning' : 'reply']++;
      const decided = reasoned && !stream.reasons;
      // It only looked as if it might be reasoning.
      const mistaken = decided && stream.reasoning === '' && !stream.wasOpened;
      if (mistaken) [spent.reply, spent.reasoning] = [spent.reply + spent.reasoning, 0];
      if (reasoned && !mistaken) reasonedUntil = performance.now();
      if (signal.aborted) finishReason = 'stopped';
      else if (spent.reply >= limits.reply) finishReason = 'length';
      else if (spent.reasoning + spent.reply >= limits.room) finishReason = 'context-full';
      if (finishReason !== 'end' || stream.stoppedBy !== null) break;
      givenUp = options.isGivenUp?.() === true;
      if (givenUp) break;
      let instead: Token[] | undefined;
      if (stream.reasons && spent.reasoning >= limits.reasoning) {
        cut = true;
        instead = close(token);
      }
      options.onReasoning?.(reasoned && !mistaken);
      await options.turn?.();
      next = await tokens.next(instead);
    }
  } finally {
    options.onReasoning?.(false);
    await tokens.return();
  }
  if (!givenUp) tell(stream.end());
  return {
    count: spent.reasoning + spent.reply,
    reasoning: { tokens: spent.reasoning, milliseconds: reasonedUntil - began, cut },
    firstTokenAt,
    finishReason,
    givenUp,
  };
}

/** What the contract says of a reply's reasoning; null where there is none. */
export function reasoningOf(stream: ReplyStream, { reasoning }: Decoded): Reasoning | null {
  if (stream.reasoning === '') return null;
  const { tokens, milliseconds, cut } = reasoning;
  return { text: stream.reasoning, tokens, milliseconds, state: cut ? 'cut' : stream.reasoningEnded ? 'ended' : 'open' };
}
