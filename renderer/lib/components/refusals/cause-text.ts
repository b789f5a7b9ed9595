/** Why a row is in the log and what was said about it, in words. */
import type { Judgement, LoggedCause, Refusal } from '../../contract.ts';

export const CAUSES = ['steered', 'model', 'both', 'answered'] as const satisfies readonly LoggedCause[];

export const CAUSE_LABELS: Record<LoggedCause, string> = {
  steered: 'Steered',
  model: 'Model’s own',
  both: 'Model and steering',
  answered: 'Answered all the same',
};

export const CAUSE_SENTENCES: Record<LoggedCause, string> = {
  steered: 'Refused because protection steered the reply.',
  model: 'Refused by the model itself; steering added nothing.',
  both: 'Refused by the model itself, with a light push from steering.',
  answered: 'Steering acted, and the model answered all the same.',
};

export const JUDGEMENTS = ['right', 'wrong', 'unsure'] as const satisfies readonly Judgement[];
export const JUDGEMENT_LABELS: Record<Judgement | 'none', string> = {
  right: 'Right',
  wrong: 'Wrong',
  unsure: 'Unsure',
  none: 'Not reviewed',
};

/** What a judgement means for a row: whether it was right to refuse, or right to answer. */
export function judgementHint(cause: LoggedCause, judgement: Judgement): string {
  if (judgement === 'unsure') return 'Cannot tell';
  const answered = cause === 'answered';
  if (judgement === 'right') return answered ? 'It was right to answer' : 'It was right to refuse';
  return answered ? 'It should have been refused' : 'It should have been answered';
}

/** Whether a row can be among the prompts that the next calibration must leave alone: what was answered teaches the other side. */
export function canTeach(row: Pick<Refusal, 'cause' | 'text'>): boolean {
  return row.cause !== 'answered' && row.text === 'stored';
}

/** Whether the next calibration learns that a row's prompt must be answered; empty where that is not in question. */
export function calibrationSentence(row: Pick<Refusal, 'cause' | 'text' | 'benignAt' | 'benignOverride' | 'review'>): string {
  if (row.cause === 'answered') return '';
  if (row.benignAt !== null) {
    return row.benignOverride
      ? 'In the next calibration’s benign set, although it was right to refuse.'
      : 'In the next calibration’s benign set.';
  }
  if (row.review?.judgement !== 'wrong') return '';
  return row.text === 'stored' ? 'Taken out of the next calibration.' : 'Without its text the next calibration cannot use it.';
}

/** What stands in for a text that is not there. */
export function missingText(row: Pick<Refusal, 'text'>): string {
  return row.text === 'hashed' ? 'By policy only a hash of the text was kept.' : 'The text was removed.';
}
