/**
 * The built-in prompts that corrections are measured against: some of each kind that the second stage of a gate is fitted to, small enough
 * to be read in minutes where no calibration has read them yet.
 */
import { soundsDangerous, type Prompt } from '../../prompts/index.ts';
import { calibrationPrompts } from '../prompts.ts';
import { subsample } from '../subsample.ts';

export interface ReferencePrompts {
  /** What must not move: a correction changes their scores as little as it can. */
  anchors: { harmless: Prompt[]; harmful: Prompt[] };
  /** What the effect is shown on; none of them is an anchor. */
  shown: { harmless: Prompt[]; harmful: Prompt[] };
}

/** Of each part: matched and contrast pairs a side, other prompts a side, and prompts in wrappers a side. */
const SIZES = { anchors: { pairs: 80, plain: 100, wrapped: 30 }, shown: { pairs: 40, plain: 60, wrapped: 30 } };
const SEED = 1;

let made: ReferencePrompts | undefined;

/** The same prompts in every call. */
export function referencePrompts(): ReferencePrompts {
  if (made !== undefined) return made;
  const { train, validation } = calibrationPrompts(SEED, [], {
    train: { perWrapper: 1, pairs: SIZES.anchors.pairs },
    validation: { perWrapper: 1, pairs: SIZES.shown.pairs },
  });
  const part = ({ benign, harmful, pairs }: typeof train, { plain, wrapped }: { plain: number; wrapped: number }) => ({
    harmless: [...pairs.harmless, ...subsample(benign.filter(isEveryday), plain)],
    harmful: [...pairs.harmful, ...subsample(harmful.filter(isPlain), plain), ...subsample(harmful.filter(isShortWrapped), wrapped)],
    wrapped: subsample(benign.filter(isShortWrapped), wrapped),
  });
  const [anchors, shown] = [part(train, SIZES.anchors), part(validation, SIZES.shown)];
  made = {
    // The second stage is to confirm whatever stands in a wrapper, harmless or not; the probe that reads wrappers decides there.
    anchors: { harmless: anchors.harmless, harmful: [...anchors.harmful, ...anchors.wrapped] },
    shown: { harmless: [...shown.harmless, ...shown.wrapped], harmful: shown.harmful },
  };
  return made;
}

export function everyReference({ anchors, shown }: ReferencePrompts): Prompt[] {
  return [anchors, shown].flatMap(({ harmless, harmful }) => [...harmless, ...harmful]);
}

const isPlain = ({ wrapper, system, turns }: Prompt): boolean => wrapper === undefined && system === undefined && turns === undefined;
/** Of longer ones the second stage is not asked. */
const SHORT = 400;
const isShortWrapped = (prompt: Prompt): boolean => !isPlain(prompt) && lengthOf(prompt) < SHORT;
const lengthOf = ({ system = '', turns, text }: Prompt): number =>
  (turns ?? [{ text }]).reduce((sum, turn) => sum + turn.text.length, system.length);
const isEveryday = (prompt: Prompt): boolean => isPlain(prompt) && !soundsDangerous(prompt) && prompt.kind !== 'twin';
