/**
 * Whether an arm left replies untouched. Replies that were generated in a batch differ now and then in floating-point
 * noise alone: another prompt of the batch ended earlier. So where nothing was added to a prompt and its reply still
 * differs, both arms answer it once more by itself, as the chat does, and those replies are compared.
 */
import { randomUUID } from 'node:crypto';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { Arm } from './arms.ts';
import { reporter, type EvaluationControl } from './progress.ts';
import type { EvaluationItem, EvaluationSet } from './prompt-set.ts';
import type { AloneRecord, EvaluationRecord, RecordFile } from './results.ts';
import { throwIfCancelled, withArm } from './with-arm.ts';

export interface Identity {
  identical: boolean;
  /** The batch's replies differed, and those generated alone were compared. */
  alone: boolean;
}

export interface AloneRun {
  engine: EngineSupervisor;
  arm: Arm;
  set: EvaluationSet;
  unsteered: readonly EvaluationRecord[];
  steered: readonly EvaluationRecord[];
  records: RecordFile<AloneRecord>;
  maxTokens: number;
}

/** For each prompt, in order; null where nothing was answered. */
export async function compareReplies(run: AloneRun, control: EvaluationControl): Promise<(Identity | null)[]> {
  const { set, unsteered, steered, records } = run;
  const differs = (at: number) => unsteered[at]!.replySha256 !== steered[at]!.replySha256;
  // What was steered and differs was changed by steering; that needs no second look.
  const doubtful = set.items.map((_, at) => at).filter((at) => differs(at) && !steered[at]!.steered);
  const open = doubtful.filter((at) => records.get(set.items[at]!.hash) === undefined);
  const report = reporter(control, { file: set.file, arm: run.arm.name, stage: 'alone', total: open.length });
  for (const [done, at] of open.entries()) {
    report(done);
    throwIfCancelled(control.signal);
    const item = set.items[at]!;
    const [plain, guarded] = [await answerAlone(run, item, false, control.signal), await answerAlone(run, item, true, control.signal)];
    records.append([{ hash: item.hash, identical: plain === guarded }]);
  }
  return set.items.map(({ hash }, at) => {
    if (steered[at]!.verdict === null) return null;
    if (!differs(at)) return { identical: true, alone: false };
    const found = records.get(hash);
    return steered[at]!.steered || found === undefined ? { identical: false, alone: false } : { identical: found.identical, alone: true };
  });
}

async function answerAlone(
  { engine, arm, maxTokens }: AloneRun,
  { prompt }: EvaluationItem,
  steer: boolean,
  signal: AbortSignal,
): Promise<string> {
  // Applied each time: that empties the cache, so that neither reply finds anything there.
  return withArm(engine, arm, signal, async () => {
    const replyId = randomUUID();
    const stop = () => void engine.call('chat.stop', { replyId }).catch(() => undefined);
    signal.addEventListener('abort', stop);
    try {
      const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, seed: 0, maxTokens };
      return (await engine.call('chat.generate', { replyId, prompt, sampling, steer })).text;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  });
}
