/**
 * Greedy replies to many prompts, judged, and kept on disk so that a job that was cut off does not write them again.
 * Which prompts are answered together decides the last bits of what is computed, so replies are kept by portion, and a
 * portion depends on the list of prompts alone.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { readJson, writeJson } from '../../files/json-file.ts';
import type { Prompt } from '../../prompts/index.ts';
import { JUDGE_VERSION, judgeReply, VERDICTS } from '../../verdict/judge.ts';
import { stageReporter, throwIfCancelled, type CalibrationStage, type JobControl } from '../control.ts';
import { chatPromptOf, promptKey, type ModelPort } from '../port.ts';

const PORTION = 64;
/** Of a benign reply's beginning, in UTF-16 units. */
const KEPT_TEXT = 400;

const judgedReply = z.object({
  verdict: z.enum(VERDICTS),
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
  keepText: (prompt: Prompt) => boolean;
}

/**
 * Judged replies to `prompts`, in their order. With `steer` the profile that is applied steers them; `cachePath` must
 * then be a file for that profile alone.
 * @throws `cancelled`, and what the port throws where that profile does not hold any more
 */
export async function judgedReplies(
  port: ModelPort,
  cachePath: string,
  prompts: readonly Prompt[],
  control: JobControl,
  options: ReplyOptions,
): Promise<JudgedReply[]> {
  const parsed = replyFile.safeParse(await readJson(cachePath));
  const known = parsed.success ? parsed.data : {};
  const report = stageReporter(control, options.stage, prompts.length);
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
    known[id] = await answer(port, portion, control, options);
    await writeJson(cachePath, known);
    all.push(...known[id]);
  }
  report(prompts.length);
  return all;
}

async function answer(
  port: ModelPort,
  portion: readonly Prompt[],
  control: JobControl,
  { steer, maxTokens, keepText }: ReplyOptions,
): Promise<JudgedReply[]> {
  const replies = await port.generate(portion.map(chatPromptOf), { maxTokens, steer }, control.signal);
  return replies.map(({ text, steered }, index) => {
    const prompt = portion[index]!;
    return {
      verdict: judgeReply(text, { prompt: chatPromptOf(prompt).turns.at(-1)!.text }).verdict,
      sha256: createHash('sha256').update(text).digest('hex'),
      steered,
      text: keepText(prompt) ? text.slice(0, KEPT_TEXT) : null,
    };
  });
}

function portionId(portion: readonly Prompt[], { steer, maxTokens }: Pick<ReplyOptions, 'steer' | 'maxTokens'>): string {
  return (
    createHash('sha256')
      // Other rules of judging make other verdicts of the same replies.
      .update(JSON.stringify([JUDGE_VERSION, steer, maxTokens, portion.map(promptKey)]))
      .digest('hex')
      .slice(0, 32)
  );
}
