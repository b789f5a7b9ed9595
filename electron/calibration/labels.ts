/** Which harmful prompts the unsteered model refuses by itself: that is where the refusal direction comes from. */
import type { EnginePrompt } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Verdict } from '../../steering/verdict/judge.ts';
import type { CalibrationStage, JobControl } from './progress.ts';
import { judgedReplies } from './replies.ts';

/** Enough for a refusal to show. */
export const LABEL_TOKENS = 32;

/** Verdicts on greedy replies to `prompts`, in their order. Only verdicts are kept on disk, no reply is. */
export async function labelReplies(
  engine: EngineSupervisor,
  cachePath: string,
  prompts: readonly EnginePrompt[],
  control: JobControl,
  options: { steer: boolean; stage: CalibrationStage },
): Promise<Verdict[]> {
  const replies = await judgedReplies(engine, cachePath, prompts, control, { ...options, maxTokens: LABEL_TOKENS, keepText: () => false });
  return replies.map(({ verdict }) => verdict);
}
