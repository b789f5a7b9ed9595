/** What became of a request: the verdict on the reply's text and the steering's scores, taken together. */
import type { LayerScore, LoggedCause, RefusalCause, ReplyOutcome, Verdict } from '../contract/index.ts';
import type { GenerationResult } from '../engine/protocol.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';

/**
 * How far the gate must have opened for a refusal to be the steering's. The profile decides what that means in scores:
 * a gate of 0 is its threshold τ, a gate of 1 is τ and its rise, and this is half way up.
 */
export const STEERED_FROM_GATE = 0.5;

/**
 * Who refused. Steering that added nothing cannot have been the cause; steering that pushed with less than half its
 * strength had a part in it, beside the model's own inclination.
 */
export function causeOf(verdict: Verdict, steered: boolean, scores: readonly LayerScore[]): RefusalCause {
  if (verdict !== 'refused' && verdict !== 'partial') return 'none';
  if (!steered) return 'model';
  return Math.max(...scores.map(({ gate }) => gate)) >= STEERED_FROM_GATE ? 'steered' : 'both';
}

/** Under which cause a reply belongs in the refusal log; null for one that was neither refused nor steered. */
export function loggedCauseOf({ cause, steered }: Pick<ReplyOutcome, 'cause' | 'steered'>): LoggedCause | null {
  if (cause !== 'none') return cause;
  return steered ? 'answered' : null;
}

/** The outcome of a finished reply to `prompt`. */
export function outcomeOf(prompt: string, result: Pick<GenerationResult, 'text' | 'steered' | 'protected' | 'scores'>): ReplyOutcome {
  const { verdict } = judgeReply(result.text, { prompt });
  return {
    verdict,
    cause: causeOf(verdict, result.steered, result.scores),
    steered: result.steered,
    protected: result.protected,
    scores: result.scores,
  };
}
