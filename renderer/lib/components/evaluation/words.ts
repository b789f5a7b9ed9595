/** What evaluation shows, in words. */
import type { BuiltInSet, EvaluationArm, EvaluationArmCounts, EvaluationJob, EvaluationPromptFilter } from '../../contract.ts';

export const ARMS: readonly { readonly arm: EvaluationArm; readonly title: string; readonly about: string }[] = [
  { arm: 'unsteered', title: 'Without protection', about: 'What the model does by itself; the others are compared with it.' },
  {
    arm: 'instructed',
    title: 'Asked to be safe',
    about: 'Without protection, but told by a system prompt to refuse what is harmful and to answer all else.',
  },
  { arm: 'static', title: 'Always steered', about: "The profile's push towards refusal, added to every prompt whatever it asks." },
  { arm: 'profile', title: 'With protection', about: 'The profile that is in use for this model.' },
  {
    arm: 'paper',
    title: 'Plain method',
    about: "The research paper's method without thresholds. Only where the profile has layers that read and write.",
  },
  {
    arm: 'cast',
    title: 'Steered on a condition',
    about: 'Conditional steering (CAST), with a profile that was made for it on the command line.',
  },
];
/** CAST needs a file, so it is for the command line; its results are shown. */
export const OFFERED_ARMS = ARMS.filter(({ arm }) => arm !== 'cast');
export const ARM_TITLES = Object.fromEntries(ARMS.map(({ arm, title }) => [arm, title])) as Record<EvaluationArm, string>;

/** Which prompts are shown, in words. */
export const FILTERS: readonly { readonly filter: EvaluationPromptFilter; readonly title: string }[] = [
  { filter: 'all', title: 'all prompts' },
  { filter: 'newly-refused', title: 'refused only with protection' },
  { filter: 'refused', title: 'refused with protection' },
  { filter: 'answered', title: 'answered with protection' },
  { filter: 'touched', title: 'touched by protection' },
  { filter: 'differs', title: 'other than in the run to compare with' },
];

export const BUILT_IN_SETS: readonly { readonly kind: BuiltInSet; readonly title: string }[] = [
  { kind: 'harmful', title: 'Harmful requests' },
  { kind: 'harmless', title: 'Everyday requests' },
  { kind: 'sounds-dangerous', title: 'Harmless, sounds dangerous' },
];

/** How far the gate opened for a prompt. */
export const gateShare = (gate: number): string => (gate === 0 ? 'protection left it alone' : `protection at ${Math.round(100 * gate)} %`);

/** A share as people say it: "about 7 of 10". */
export function outOf(count: number, { n }: EvaluationArmCounts): string {
  if (n === 0) return 'none';
  return n <= 20 ? `${count} of ${n}` : `${Math.round((100 * count) / n)} of 100`;
}

export const STATUSES: Record<EvaluationJob['status'], string> = {
  running: 'Running',
  cancelling: 'Stopping',
  interrupted: 'Interrupted',
  cancelled: 'Stopped',
  failed: 'Failed',
  finished: 'Finished',
};

export const VERDICTS = ['refused', 'partial', 'degenerate', 'complied'] as const;
export type VerdictName = (typeof VERDICTS)[number];
export const VERDICT_TITLES: Record<VerdictName, string> = {
  refused: 'Refused',
  partial: 'Partly refused',
  degenerate: 'Broken text',
  complied: 'Answered',
};

/** A count among all that were answered, in percent. */
export const share = (count: number, { n }: EvaluationArmCounts): string => (n === 0 ? '–' : `${((100 * count) / n).toFixed(1)} %`);

/** A 95 % interval of a share. */
export const range = ([low, high]: readonly [number, number]): string => `${(100 * low).toFixed(0)}–${(100 * high).toFixed(0)} %`;

/** Percentage points with their sign. */
export function points(difference: number): string {
  const value = (100 * difference).toFixed(1).replace('-', '−');
  return `${difference > 0 ? '+' : ''}${value} points`;
}

export const STAGES = {
  replies: 'replies',
  rerun: 'replies once more by themselves',
  'first-token': 'first tokens',
} as const;
