/**
 * Greedy replies to many prompts, judged, and kept on disk so that a job that was cut off does not write them again.
 * Which prompts are answered together decides the last bits of what is computed, so replies are kept by portion, and a
 * portion depends on the list of prompts alone.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { SteadyError, verdict as verdictSchema } from '../contract/index.ts';
import type { EnginePrompt } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { JUDGE_VERSION, judgeReply } from '../../steering/verdict/judge.ts';
import { requireSameModel } from '../jobs/same-model.ts';
import { readJson, writeJson } from '../json-file.ts';
import { stageReporter, throwIfCancelled, unlessCancelled, type CalibrationStage, type JobControl } from './progress.ts';
import { promptKey } from './row-cache.ts';

const PORTION = 64;
/** Of a benign reply's beginning, in UTF-16 units. */
const KEPT_TEXT = 400;

const judgedReply = z.object({
  verdict: verdictSchema,
  /** Of the reply's text: equal hashes, equal replies. */
  sha256: z.string(),
  steered: z.boolean(),
  /** The beginning; null for harmful prompts, whose replies are never kept. */
  text: z.string().nullable(),
});
export type JudgedReply = z.infer<typeof judgedReply>;

const replyFile = z.record(z.string(), z.array(judgedReply));

export interface ReplyOptions {
  steer: boolean;
  stage: CalibrationStage;
  maxTokens: number;
  /** Whether the beginnings of these replies may be kept. False for anything harmful. */
  keepText: (prompt: EnginePrompt) => boolean;
}

/**
 * Judged replies to `prompts`, in their order. With `steer` the profile that is applied steers them; `cachePath` must
 * then be a file for that profile alone.
 * @throws `cancelled`, and `engine-crashed` also when the engine was started anew in between: another profile holds then
 */
export async function judgedReplies(
  engine: EngineSupervisor,
  cachePath: string,
  prompts: readonly EnginePrompt[],
  control: JobControl,
  options: ReplyOptions,
): Promise<JudgedReply[]> {
  const parsed = replyFile.safeParse(await readJson(cachePath));
  const known = parsed.success ? parsed.data : {};
  const report = stageReporter(control, options.stage, prompts.length);
  const process = engine.pid;
  const model = engine.target!.modelSha256;
  const all: JudgedReply[] = [];
  for (let at = 0; at < prompts.length; at += PORTION) {
    throwIfCancelled(control);
    const portion = prompts.slice(at, at + PORTION);
    const id = portionId(portion, options);
    const kept = known[id];
    if (kept?.length === portion.length) {
      all.push(...kept);
      continue;
    }
    report(at);
    const replies = await answer(engine, portion, control, options);
    if (engine.pid !== process) {
      throw new SteadyError('engine-crashed', 'The engine stopped unexpectedly.', { hint: 'Resume the calibration.' });
    }
    requireSameModel(engine, model);
    known[id] = replies;
    await writeJson(cachePath, known);
    all.push(...replies);
  }
  report(prompts.length);
  return all;
}

async function answer(
  engine: EngineSupervisor,
  portion: readonly EnginePrompt[],
  control: JobControl,
  { steer, maxTokens, keepText }: ReplyOptions,
): Promise<JudgedReply[]> {
  const jobId = `calibration-${portionId(portion, { steer, maxTokens })}`;
  const call = engine.call('batch.generate', { jobId, prompts: [...portion], maxTokens, steer });
  const stop = () => void engine.call('batch.cancel', { jobId }).catch(() => undefined);
  const { replies } = await unlessCancelled(control, call, stop);
  return replies.map(({ index, text, steered }) => {
    const prompt = portion[index]!;
    return {
      verdict: judgeReply(text, { prompt: prompt.turns.at(-1)!.text }).verdict,
      sha256: createHash('sha256').update(text).digest('hex'),
      steered,
      text: keepText(prompt) ? text.slice(0, KEPT_TEXT) : null,
    };
  });
}

function portionId(portion: readonly EnginePrompt[], { steer, maxTokens }: Pick<ReplyOptions, 'steer' | 'maxTokens'>): string {
  return (
    createHash('sha256')
      // Other rules of judging make other verdicts of the same replies.
      .update(JSON.stringify([JUDGE_VERSION, steer, maxTokens, portion.map(promptKey)]))
      .digest('hex')
      .slice(0, 32)
  );
}
