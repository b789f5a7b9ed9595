/** How far an arm moves the first token of each reply, as KL divergence from the unsteered distribution. */
import { reporter, type EvaluationControl } from './progress.ts';
import type { EvaluationSet } from './prompt-set.ts';
import type { EvaluationRecord, FirstTokenRecord, RecordFile } from './results.ts';
import { throwIfCancelled, withArm, type Asked } from './with-arm.ts';

const PORTION = 16;

export interface FirstTokenRun extends Asked {
  set: EvaluationSet;
  steered: readonly EvaluationRecord[];
  records: RecordFile<FirstTokenRecord>;
}

/** KL(unsteered‖arm) in nats for each prompt, in order; null where nothing was answered. */
export async function firstTokenKl(run: FirstTokenRun, control: EvaluationControl): Promise<(number | null)[]> {
  const { engine, arm, set, steered, records } = run;
  // A prompt of one turn to which nothing was added is evaluated exactly as without steering: zero by construction.
  const moved = set.items.filter(({ prompt }, at) => steered[at]!.verdict !== null && (steered[at]!.steered || prompt.turns.length > 1));
  const open = moved.filter(({ hash }) => records.get(hash) === undefined);
  const report = reporter(control, { file: set.file, arm: arm.name, stage: 'first-token', total: open.length });
  for (let at = 0; at < open.length; at += PORTION) {
    report(at);
    throwIfCancelled(control.signal);
    const items = open.slice(at, at + PORTION);
    const prompts = items.map(({ prompt }) => prompt);
    const { kl } = await withArm(run, control.signal, () => engine.call('batch.firstTokenKl', { prompts }));
    records.append(items.map(({ hash }, index) => ({ hash, kl: kl[index]! })));
  }
  return set.items.map(({ hash }, at) => (steered[at]!.verdict === null ? null : (records.get(hash)?.kl ?? 0)));
}
