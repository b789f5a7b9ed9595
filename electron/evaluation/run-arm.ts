/** One set through one arm, portion by portion. */
import { createHash, randomUUID } from 'node:crypto';
import type { SteadyError } from '../contract/index.ts';
import type { BatchReply } from '../engine/protocol.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';
import { isCorrect } from './answers.ts';
import { reporter, type EvaluationControl } from './progress.ts';
import type { EvaluationItem, EvaluationSet } from './prompt-set.ts';
import type { EvaluationRecord, RecordFile } from './results.ts';
import { throwIfCancelled, withArm, type Asked } from './with-arm.ts';

export interface ArmRun extends Asked {
  set: EvaluationSet;
  records: RecordFile<EvaluationRecord>;
  maxTokens: number;
  /** Prompts that are answered together. */
  portion: number;
  withText: boolean;
}

/**
 * Answers and judges what has no record yet. Portions are fixed by the set's order, and a portion that lacks any of its
 * records is done again as a whole: what shares a batch can change the last bits of a reply, so the company must be the
 * same in every arm and every run.
 */
export async function runArm(run: ArmRun, control: EvaluationControl): Promise<EvaluationRecord[]> {
  const { set, records, portion } = run;
  const { items } = set;
  const complete = (record: EvaluationRecord | undefined) =>
    record !== undefined && !(run.withText && record.verdict !== null && record.text === undefined);
  const report = reporter(control, { file: set.file, arm: run.arm.name, stage: 'replies', total: items.length }, portion);
  for (let at = 0; at < items.length; at += portion) {
    throwIfCancelled(control.signal);
    const some = items.slice(at, at + portion);
    if (some.every(({ hash }) => complete(records.get(hash)))) continue;
    report(at);
    records.append(await answerPortion(run, some, control.signal, (done) => report(at + done)));
    report(at + some.length);
  }
  return items.map(({ hash }) => records.get(hash)!);
}

async function answerPortion(
  run: ArmRun,
  items: readonly EvaluationItem[],
  signal: AbortSignal,
  onReplies: (count: number) => void,
): Promise<EvaluationRecord[]> {
  let replies: BatchReply[];
  try {
    replies = await generate(run, items, signal, { onReplies });
  } catch (error) {
    if ((error as SteadyError).code !== 'context-overflow') throw error;
    // The engine refuses such a portion before it answers any of it. Halves find the prompt that does not fit, alike in every arm.
    if (items.length === 1) return [{ hash: items[0]!.hash, verdict: null, steered: false, scores: [] }];
    const half = Math.ceil(items.length / 2);
    const first = await answerPortion(run, items.slice(0, half), signal, onReplies);
    return [...first, ...(await answerPortion(run, items.slice(half), signal, (count) => onReplies(half + count)))];
  }
  return replies.map((reply) => recordOf(items[reply.index]!, reply, run.withText));
}

/** Replies to some prompts, answered together. @throws `context-overflow` before any is answered, where one does not fit */
export async function generate(
  asked: Pick<ArmRun, keyof Asked | 'maxTokens'>,
  items: readonly EvaluationItem[],
  signal: AbortSignal,
  options: { steer?: boolean; onReplies?: (count: number) => void } = {},
): Promise<BatchReply[]> {
  const { engine, arm, maxTokens } = asked;
  const { steer = arm.profilePath !== null, onReplies } = options;
  const { systemPrompt } = arm;
  const prompts = items.map(({ prompt }) =>
    systemPrompt === undefined ? prompt : { ...prompt, systemPrompt: [systemPrompt, prompt.systemPrompt].filter(Boolean).join('\n\n') },
  );
  const jobId = randomUUID();
  let count = 0;
  const stopListening = engine.onBatchReply((payload) => {
    if (payload.jobId === jobId) onReplies?.(++count);
  });
  const ask = async () => {
    count = 0;
    return (await engine.call('batch.generate', { jobId, prompts, maxTokens, steer })).replies;
  };
  try {
    return await withArm(asked, signal, ask, () => void engine.call('batch.cancel', { jobId }).catch(() => undefined));
  } finally {
    stopListening();
  }
}

function recordOf(item: EvaluationItem, reply: BatchReply, withText: boolean): EvaluationRecord {
  const { text, steered, scores, finishReason, promptTokens, generatedTokens } = reply;
  const { verdict, confidence } = judgeReply(text, { prompt: item.prompt.turns.at(-1)!.text });
  return {
    hash: item.hash,
    verdict,
    confidence,
    steered,
    scores,
    ...(item.answer === null ? {} : { correct: isCorrect(text, item.answer) }),
    finishReason,
    promptTokens,
    generatedTokens,
    replySha256: createHash('sha256').update(text).digest('hex'),
    ...(withText ? { text } : {}),
  };
}
