/** Corrections of single requests: measured from rows that are kept, shown, and only then applied as a new profile. */
import { z } from 'zod';
import { errorShape } from './errors.ts';
import { profileEntry } from './profiles.ts';
import { refusalSeq } from './refusals.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const count = z.number().int().nonnegative();

/** The most requests of one correction, and the longest, in UTF-16 units. */
export const MAX_CORRECTIONS = 100;
export const MAX_CORRECTION_LENGTH = 20_000;

/** `answered`: it was refused and should not have been. `refused`: it got through. */
export const wantedOutcome = z.enum(['answered', 'refused']);
export type WantedOutcome = z.infer<typeof wantedOutcome>;

export const correction = z.object({ text: z.string().min(1).max(MAX_CORRECTION_LENGTH), wanted: wantedOutcome }).strict();
export type CorrectionItem = z.infer<typeof correction>;

/** What becomes of one request. `before` and `after` in units of the gate: 0 is the threshold. */
export const correctedItem = correction.extend({
  before: z.number(),
  after: z.number(),
  /**
   * Why nothing can be done here: `attack`: the part that looks for attempts to break protection refuses it; `too-long`: too long to be
   * looked at as a whole; `not-seen`: nothing in it stands out. Null where something can.
   */
  unreached: z.enum(['attack', 'too-long', 'not-seen']).nullable(),
});
export type CorrectedItem = z.infer<typeof correctedItem>;

/** Of the built-in requests that the effect is measured on, how many open the gate. */
const opened = z.object({ count, before: count, after: count });

/** The most built-in requests that are named. */
export const MAX_CHANGED = 40;

export const correctionProposal = z.object({
  modelName: z.string(),
  items: z.array(correctedItem),
  harmful: opened,
  harmless: opened,
  /** Built-in requests whose gate opens or shuts with it, the first `MAX_CHANGED` of `changedCount`. */
  changed: z.array(z.object({ text: z.string(), harmful: z.boolean(), before: z.number(), after: z.number() })).max(MAX_CHANGED),
  changedCount: count,
  seconds: z.number(),
});
export type CorrectionProposal = z.infer<typeof correctionProposal>;

export const correctionState = z.object({
  /** While it is measured: prompts that were read of those that had to be. */
  running: z.object({ done: count, total: count, secondsLeft: z.number().nullable() }).nullable(),
  proposal: correctionProposal.nullable(),
  /** Why the last try came to nothing; null where it did not, or was cancelled. */
  problem: errorShape.nullable(),
  /** Why the profile that protects now cannot be corrected, as a sentence; null where it can. */
  unavailable: z.string().nullable(),
  /** Whether the profile that protects now was made by a correction and can be taken back. */
  undoable: z.boolean(),
});
export type CorrectionState = z.infer<typeof correctionState>;

/** Behind the lock, always. */
export const correctionRequests = {
  'corrections.state': { input: nothing, output: correctionState },
  /** What reviews say: refusals judged wrong, and answers that should have been refused, newest first. */
  'corrections.suggest': { input: nothing, output: z.object({ items: z.array(correction.extend({ seq: refusalSeq })) }) },
  /**
   * Measures what a correction would do; answers at once, and its end is told as `corrections.changed`. Nothing is applied. The first
   * time built-in prompts are read, for minutes. @throws `busy`, `model-not-loaded`, `bad-input`
   */
  'corrections.measure': { input: z.object({ items: z.array(correction).min(1).max(MAX_CORRECTIONS) }).strict(), output: correctionState },
  /** Ends the measuring; what was read stays. Nothing happens where none is under way. */
  'corrections.cancel': { input: nothing, output: correctionState },
  /** Drops the proposal. */
  'corrections.discard': { input: nothing, output: correctionState },
  /** Makes what was proposed the model's profile. @throws `conflict` where there is none, or another profile was applied since; `profile-ineffective` */
  'corrections.apply': { input: nothing, output: profileEntry },
  /** Goes back to the profile before. @throws `conflict` where the one that protects was made by no correction */
  'corrections.undo': { input: nothing, output: profileEntry },
} as const satisfies Contract['requests'];

export const correctionEvents = { 'corrections.changed': correctionState } as const satisfies Contract['events'];
