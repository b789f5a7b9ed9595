/**
 * Whether an arm left replies untouched. Replies that were generated in a batch differ now and then in floating-point
 * noise alone: another prompt of the batch ended earlier. So where nothing was added to a prompt and its reply still
 * differs, both arms answer it once more by itself, and those replies are compared.
 */
import { reporter, type EvaluationControl } from './progress.ts';
import type { EvaluationItem, EvaluationSet } from './prompt-set.ts';
import type { EvaluationRecord, RecordFile, RerunRecord } from './results.ts';
import { generate } from './run-arm.ts';
import { throwIfCancelled, type Asked } from './with-arm.ts';

export interface Identity {
  identical: boolean;
  /** The batch's replies differed, and those of an unbatched rerun were compared. */
  rerun: boolean;
}

export interface UnbatchedRerun extends Asked {
  set: EvaluationSet;
  unsteered: readonly EvaluationRecord[];
  steered: readonly EvaluationRecord[];
  records: RecordFile<RerunRecord>;
  maxTokens: number;
}

/** For each prompt, in order; null where nothing was answered. */
export async function compareReplies(run: UnbatchedRerun, control: EvaluationControl): Promise<(Identity | null)[]> {
  const { set, unsteered, steered, records } = run;
  const differs = (at: number) => unsteered[at]!.replySha256 !== steered[at]!.replySha256;
  // What was steered and differs was changed by steering; that needs no second look.
  const doubtful = set.items.map((_, at) => at).filter((at) => differs(at) && !steered[at]!.steered);
  const open = doubtful.filter((at) => records.get(set.items[at]!.hash) === undefined);
  const report = reporter(control, { file: set.file, arm: run.arm.name, stage: 'rerun', total: open.length });
  for (const [done, at] of open.entries()) {
    report(done);
    throwIfCancelled(control.signal);
    const item = set.items[at]!;
    const [plain, guarded] = [
      await answerUnbatched(run, item, false, control.signal),
      await answerUnbatched(run, item, true, control.signal),
    ];
    records.append([{ hash: item.hash, identical: plain === guarded }]);
  }
  return set.items.map(({ hash }, at) => {
    if (steered[at]!.verdict === null) return null;
    if (!differs(at)) return { identical: true, rerun: false };
    const found = records.get(hash);
    return steered[at]!.steered || found === undefined ? { identical: false, rerun: false } : { identical: found.identical, rerun: true };
  });
}

async function answerUnbatched(run: UnbatchedRerun, item: EvaluationItem, steer: boolean, signal: AbortSignal): Promise<string> {
  const [reply] = await generate(run, [item], signal, { steer });
  return reply!.text;
}
