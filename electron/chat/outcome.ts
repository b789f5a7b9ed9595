/** What became of a request: the verdict on the reply's text and the steering's scores, taken together. */
import {
  STEERED_FROM_GATE,
  type LayerScore,
  type LoggedCause,
  type Message,
  type Reasoning,
  type RefusalCause,
  type ReplyOutcome,
  type Verdict,
} from '../contract/index.ts';
import type { GenerationResult } from '../engine/protocol.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';

/**
 * Who refused. Steering that added nothing cannot have been the cause; steering that pushed with less than half its
 * strength had a part in it, beside the model's own inclination.
 */
export function causeOf(verdict: Verdict, steered: boolean, scores: readonly LayerScore[]): RefusalCause {
  if (verdict !== 'refused' && verdict !== 'partial') return 'none';
  if (!steered) return 'model';
  return pushed(scores) ? 'steered' : 'both';
}

/**
 * Under which cause a reply belongs in the refusal log; null for an answer that steering hardly touched. A gate that is only partly open is
 * no sign of harm: what people ask every day must not end up in a log that others read.
 */
export function loggedCauseOf({ cause, steered, scores }: Pick<ReplyOutcome, 'cause' | 'steered' | 'scores'>): LoggedCause | null {
  if (cause !== 'none') return cause;
  return steered && pushed(scores) ? 'answered' : null;
}

function pushed(scores: readonly LayerScore[]): boolean {
  return scores.some(({ gate }) => gate >= STEERED_FROM_GATE);
}

/**
 * The result of a reply that went on, as one: it was steered if any part of it was, and protected only if every part was.
 * @param before the message as it was when it was cut; null for a reply that was written in one go
 */
export function wholeReply(result: GenerationResult, before: Pick<Message, 'outcome' | 'stats' | 'reasoning'> | null): GenerationResult {
  if (before === null) return result;
  const { outcome, stats } = before;
  return {
    ...result,
    reasoning: wholeReasoning(result.reasoning, before.reasoning),
    generatedTokens: (stats?.generatedTokens ?? 0) + result.generatedTokens,
    timeToFirstTokenMs: stats?.timeToFirstTokenMs ?? result.timeToFirstTokenMs,
    steered: result.steered || (outcome?.steered ?? false),
    protected: result.protected && (outcome?.protected ?? true),
    scores: result.scores.length > 0 ? result.scores : (outcome?.scores ?? []),
    reading: result.reading ?? outcome?.reading ?? null,
  };
}

/** Its text is whole already; how long it was adds up. */
function wholeReasoning(after: Reasoning | null, before: Reasoning | undefined): Reasoning | null {
  if (after === null || before === undefined) return after;
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    text: after.text,
    tokens: sum(before.tokens, after.tokens),
    milliseconds: sum(before.milliseconds, after.milliseconds),
    state: before.state === 'open' ? after.state : before.state,
  };
}

/** The outcome of a finished reply to `prompt`. */
export function outcomeOf(
  prompt: string,
  result: Pick<GenerationResult, 'text' | 'steered' | 'protected' | 'scores'> & Partial<Pick<GenerationResult, 'reading' | 'reasoning'>>,
): ReplyOutcome {
  // A model that was stopped while it thought has said nothing yet that could be broken.
  const thinking = result.text === '' && result.reasoning?.state === 'open';
  const verdict = thinking ? 'complied' : judgeReply(result.text, { prompt }).verdict;
  return {
    verdict,
    cause: causeOf(verdict, result.steered, result.scores),
    steered: result.steered,
    protected: result.protected,
    scores: result.scores,
    ...(result.reading == null ? {} : { reading: result.reading }),
  };
}
