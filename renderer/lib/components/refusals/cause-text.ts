/** Why a row is in the log and what was said about it, in words. */
import type { Judgement, LoggedCause, Refusal } from '../../contract.ts';

export const CAUSES = ['steered', 'model', 'both', 'answered'] as const satisfies readonly LoggedCause[];

export const CAUSE_LABELS: Record<LoggedCause, string> = {
  steered: 'Steered',
  model: 'Model’s own',
  both: 'Model and steering',
  answered: 'Steered, answered',
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

/** What stands in for a text that is not there. */
export function missingText(row: Pick<Refusal, 'text'>): string {
  return row.text === 'hashed' ? 'By policy only a hash of the text was kept.' : 'The text was removed.';
}

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

/** A time as short as its age allows: `14:03`, `3 Nov, 14:03`, `3 Nov 2025`. */
export function shortTime(ms: number, now: number): string {
  const date = new Date(ms);
  const today = new Date(now);
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (sameDay(date, today)) return clock;
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return date.getFullYear() === today.getFullYear() ? `${day}, ${clock}` : `${day} ${date.getFullYear()}`;
}

/** The whole time, with seconds. */
export function fullTime(ms: number): string {
  return new Date(ms).toLocaleString('en-GB', { dateStyle: 'long', timeStyle: 'medium' });
}
