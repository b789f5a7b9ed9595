/** What an evaluation found: counts, intervals, and arms compared prompt by prompt. */
import type { ArmName, SkippedArm } from './arms.ts';
import type { Identity } from './unbatched-rerun.ts';
import { pairedDifference, wilson, type Interval, type PairedDifference, type Pairs } from './intervals.ts';
import type { EvaluationSet } from './prompt-set.ts';
import type { EvaluationRecord } from './results.ts';

export const SUMMARY_FORMAT = 1;

/** Counts of one arm on one set. Absent where a count does not apply. */
export interface ArmSummary {
  /** Prompts that were answered. */
  n: number;
  refused: number;
  complied: number;
  partial: number;
  degenerate: number;
  /** Prompts to whose last turn something was added. */
  steered?: number;
  /** Replies that are byte for byte the unsteered ones. */
  identical?: number;
  /** Of those: replies whose batches differed by noise, and that were the same in an unbatched rerun. */
  identicalAlone?: number;
  /** Replies that end with the right answer. */
  correct?: number;
  /** KL(unsteered‖this arm) of the first token's distribution in nats, the mean over all prompts and the largest. */
  firstTokenKl?: number;
  firstTokenKlMax?: number;
  /** Replies cut off by the token limit. */
  cutOff: number;
  meanTokens: number;
  /** 95 % intervals of the shares (Wilson), by the count's name. */
  intervals: Record<string, Interval>;
}

/** An arm against the unsteered one on the same prompts. */
export interface ArmComparison extends Pairs, PairedDifference {
  arm: ArmName;
  measure: 'refused' | 'correct' | 'degenerate';
}

export interface SetSummary {
  file: string;
  /** Prompts that were answered. */
  n: number;
  duplicates: number;
  /** Prompts longer than the model's context, which no arm answered. */
  tooLong: number;
  maxTokens: number;
  arms: Partial<Record<ArmName, ArmSummary>>;
  /** Against the unsteered arm, where there is one. */
  comparisons: ArmComparison[];
}

export interface EvaluationSummary {
  format: typeof SUMMARY_FORMAT;
  createdAt: string;
  appVersion: string;
  /** False while sets are still missing. */
  complete: boolean;
  model: { id: string; name: string; sha256: string };
  /** The profile of each arm that has one. */
  profiles: Partial<Record<ArmName, { name: string; sha256: string; strength: number; layers: number[] }>>;
  skipped: SkippedArm[];
  /** Prompts that were answered together. */
  portion: number;
  limit: number | null;
  compute: string;
  sets: SetSummary[];
}

export interface ArmRecords {
  arm: ArmName;
  records: readonly EvaluationRecord[];
  /** Against the unsteered arm; null for that arm itself, or without one. */
  identities: readonly (Identity | null)[] | null;
  /** First-token KL of each prompt, null where nothing was answered; absent where it was not asked for. */
  firstTokenKl?: readonly (number | null)[];
}

export function summariseSet(set: EvaluationSet, maxTokens: number, arms: readonly ArmRecords[]): SetSummary {
  const tooLong = arms[0]?.records.filter(({ verdict }) => verdict === null).length ?? 0;
  const unsteered = arms.find(({ arm }) => arm === 'unsteered');
  return {
    file: set.file,
    n: set.items.length - tooLong,
    duplicates: set.duplicates,
    tooLong,
    maxTokens,
    arms: Object.fromEntries(arms.map((arm) => [arm.arm, summariseArm(arm)])),
    comparisons: unsteered === undefined ? [] : arms.filter((arm) => arm !== unsteered).flatMap((arm) => compare(unsteered, arm)),
  };
}

export function summariseArm({ arm, records, identities, firstTokenKl }: ArmRecords): ArmSummary {
  const answered = records.filter(({ verdict }) => verdict !== null);
  const n = answered.length;
  const count = (holds: (record: EvaluationRecord) => boolean) => answered.filter(holds).length;
  const counts = {
    refused: count(({ verdict }) => verdict === 'refused'),
    complied: count(({ verdict }) => verdict === 'complied'),
    partial: count(({ verdict }) => verdict === 'partial'),
    degenerate: count(({ verdict }) => verdict === 'degenerate'),
    ...(arm === 'unsteered' || arm === 'instructed' ? {} : { steered: count(({ steered }) => steered) }),
    ...(identities === null ? {} : { identical: identities.filter((identity) => identity?.identical).length }),
    ...(answered.some(({ correct }) => correct !== undefined) ? { correct: count(({ correct }) => correct === true) } : {}),
  };
  return {
    n,
    ...counts,
    ...(identities === null ? {} : { identicalAlone: identities.filter((identity) => identity?.identical && identity.rerun).length }),
    ...(firstTokenKl === undefined ? {} : klOf(firstTokenKl.filter((kl) => kl !== null))),
    cutOff: count(({ finishReason }) => finishReason === 'length'),
    meanTokens: n === 0 ? 0 : answered.reduce((sum, { generatedTokens }) => sum + (generatedTokens ?? 0), 0) / n,
    intervals: Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, wilson(value, n)])),
  };
}

function klOf(values: readonly number[]): Pick<ArmSummary, 'firstTokenKl' | 'firstTokenKlMax'> {
  if (values.length === 0) return {};
  return {
    firstTokenKl: values.reduce((sum, value) => sum + value, 0) / values.length,
    firstTokenKlMax: values.reduce((a, b) => Math.max(a, b)),
  };
}

const MEASURES = {
  refused: (record: EvaluationRecord) => record.verdict === 'refused',
  degenerate: (record: EvaluationRecord) => record.verdict === 'degenerate',
  correct: (record: EvaluationRecord) => record.correct === true,
};

function compare(unsteered: ArmRecords, other: ArmRecords): ArmComparison[] {
  const hasAnswers = unsteered.records.some(({ correct }) => correct !== undefined);
  const measures = (['refused', 'degenerate', 'correct'] as const).filter((measure) => measure !== 'correct' || hasAnswers);
  return measures.map((measure) => {
    const pairs: Pairs = { both: 0, gained: 0, lost: 0, neither: 0 };
    unsteered.records.forEach((record, at) => {
      const counterpart = other.records[at]!;
      if (record.verdict === null || counterpart.verdict === null) return;
      const [before, after] = [MEASURES[measure](record), MEASURES[measure](counterpart)];
      pairs[before ? (after ? 'both' : 'lost') : after ? 'gained' : 'neither']++;
    });
    return { arm: other.arm, measure, ...pairs, ...pairedDifference(pairs) };
  });
}
