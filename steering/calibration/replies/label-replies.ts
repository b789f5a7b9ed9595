/** Verdicts alone: enough to find a direction by and to weigh one profile against another. */
import type { Prompt } from '../../prompts/index.ts';
import type { Verdict } from '../../verdict/judge.ts';
import type { CalibrationStage, JobControl } from '../control.ts';
import type { ModelPort } from '../port.ts';
import { judgedReplies } from './judged-replies.ts';

/** Enough for a refusal to show. */
export const LABEL_TOKENS = 32;

/** Verdicts on greedy replies to `prompts`, in their order. Only verdicts are kept at `cachePath`, no reply is. */
export async function labelReplies(
  port: ModelPort,
  cachePath: string,
  prompts: readonly Prompt[],
  control: JobControl,
  options: { steer: boolean; stage: CalibrationStage },
): Promise<Verdict[]> {
  const replies = await judgedReplies(port, cachePath, prompts, control, { ...options, maxTokens: LABEL_TOKENS, keepText: () => false });
  return replies.map(({ verdict }) => verdict);
}
