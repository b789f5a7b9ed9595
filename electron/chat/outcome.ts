/** What became of a request: the verdict on the reply's text and the steering's scores, taken together. */
import type { RefusalCause, ReplyOutcome, Verdict } from '../contract/index.ts';
import type { GenerationResult } from '../engine/protocol.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';

/** Who refused. Steering that added nothing cannot have been the cause. */
export function causeOf(verdict: Verdict, steered: boolean): RefusalCause {
  if (verdict !== 'refused' && verdict !== 'partial') return 'none';
  return steered ? 'steered' : 'model';
}

/** The outcome of a finished reply to `prompt`. */
export function outcomeOf(prompt: string, result: Pick<GenerationResult, 'text' | 'steered' | 'protected' | 'scores'>): ReplyOutcome {
  const { verdict } = judgeReply(result.text, { prompt });
  return {
    verdict,
    cause: causeOf(verdict, result.steered),
    steered: result.steered,
    protected: result.protected,
    scores: result.scores,
  };
}
