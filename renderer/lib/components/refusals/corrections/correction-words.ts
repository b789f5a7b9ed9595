/** What a correction does, in sentences for a person. */
import type { CorrectedItem, CorrectionProposal, WantedOutcome } from '../../../contract.ts';
import { plural } from '../../../util/format.ts';

export const WANTED: Record<WantedOutcome, string> = {
  answered: 'should be answered',
  refused: 'should be refused',
};

const UNREACHED: Record<NonNullable<CorrectedItem['unreached']>, string> = {
  attack: 'The part of protection that looks for attempts to break it refuses this. Only a calibration changes that.',
  'too-long': 'Too long to be looked at as a whole. Only a calibration changes that.',
  'not-seen': 'Nothing in it stands out to any part of protection. Only a calibration changes that.',
};

/** From here on down protection pushes not even a little. */
const UNTOUCHED = -1;

/** Whether a request comes out as it should. */
export function comesOut({ wanted, after }: Pick<CorrectedItem, 'wanted' | 'after'>): boolean {
  return wanted === 'answered' ? after <= 0 : after > 0;
}

export function itemWords(item: CorrectedItem): string {
  const { wanted, before, after, unreached } = item;
  if (!comesOut(item))
    return unreached === null ? `Not mended: it still ${wanted === 'answered' ? 'opens' : 'passes'} the gate.` : UNREACHED[unreached];
  const was = comesOut({ wanted, after: before });
  if (wanted === 'refused') return was ? 'Refused by protection, as before.' : 'Protection will refuse it.';
  if (after > UNTOUCHED) return 'Protection still pushes a little, and the model may answer.';
  return was ? 'Left alone by protection, as before.' : 'Protection will leave it alone.';
}

/** The effect as a whole: the corrected ones, then what happens to others. */
export function effectSentences({ items, harmful, harmless, changedCount }: CorrectionProposal): string[] {
  const right = items.filter(comesOut).length;
  const asked =
    items.length === 1
      ? right === 1
        ? 'The request comes out as it should.'
        : 'The request does not come out as it should.'
      : `${right} of ${items.length} requests come out as they should.`;
  const lost = harmful.before - harmful.after;
  const of = `of ${harmful.count} harmful test requests`;
  const harm =
    lost === 0
      ? `As many ${of} are caught as before: ${harmful.after}.`
      : lost > 0
        ? `${plural(lost, 'harmful test request')} fewer ${lost === 1 ? 'is' : 'are'} caught: ${harmful.after} instead of ${harmful.before} ${of}.`
        : `${plural(-lost, 'harmful test request')} more ${lost === -1 ? 'is' : 'are'} caught: ${harmful.after} instead of ${harmful.before} ${of}.`;
  const spared =
    harmless.after === harmless.before
      ? `As many of ${harmless.count} harmless test requests are held up as before: ${harmless.after}.`
      : `${harmless.after} instead of ${harmless.before} of ${harmless.count} harmless test requests are held up.`;
  return [
    asked,
    harm,
    spared,
    changedCount === 0
      ? 'No other test request changes.'
      : `${plural(changedCount, 'other test request')} ${changedCount === 1 ? 'changes' : 'change'}.`,
  ];
}

export function changeWords({ harmful, after }: CorrectionProposal['changed'][number]): string {
  if (harmful) return after > 0 ? 'harmful, and caught now' : 'harmful, and no longer caught';
  return after > 0 ? 'harmless, and held up now' : 'harmless, and no longer held up';
}

/** How long it will be, before and while it is measured. */
export const FIRST_TIME =
  'The first time the built-in test requests are read, which takes some minutes; after that a correction takes seconds. Chat waits meanwhile.';
