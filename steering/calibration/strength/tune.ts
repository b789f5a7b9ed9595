/** From fitted vectors to the profile that is proposed: how strongly it steers, whether its gate is partly open below its threshold, and what that does. */
import { REFUSED_SET, type SteeringProfile } from '../../profile/index.ts';
import { choosePartialGate } from '../gate/choose-partial-gate.ts';
import type { FittedProbes, ProbeSummary } from '../probes/fit-probes.ts';
import type { CalibrationPrompts } from '../prompts.ts';
import { subsample } from '../subsample.ts';
import { chooseStrength } from './choose-strength.ts';
import type { Trials } from './trials.ts';

export interface TuneSizes {
  /** Harmful prompts on which every strength is tried, and as many benign ones for the chosen one. */
  strengthSample: number;
  /** Harmful prompts in a sub-threshold band on which a partial gate is tried. */
  bandSample: number;
}

/** @param fitted of any strength, and shut below its thresholds */
export async function tune(
  trials: Trials,
  fitted: SteeringProfile,
  {
    opened,
    inBand,
    summary,
  }: Pick<FittedProbes, 'opened' | 'inBand'> & {
    summary: readonly Pick<ProbeSummary, 'harmfulInBand' | 'benignInBand'>[];
  },
  { validation: sets }: CalibrationPrompts,
  sizes: TuneSizes,
): Promise<SteeringProfile> {
  const harmful = subsample(opened, sizes.strengthSample);
  const benign = subsample([...sets.own, ...sets.benign], sizes.strengthSample);
  const chosen = await chooseStrength(trials, fitted, harmful);
  const strong = { ...fitted, method: { ...fitted.method, strength: chosen.strength } };
  const profile = await choosePartialGate(trials, strong, subsample(inBand, sizes.bandSample), summary);
  const steered = await trials.steered(profile, benign);
  const validation: SteeringProfile['validation'] = [
    ...profile.validation,
    {
      set: REFUSED_SET,
      n: harmful.length,
      arms: { unsteered: await trials.unsteered(harmful), profile: chosen.harmful },
    },
    { set: 'validation benign', n: benign.length, arms: { unsteered: await trials.unsteered(benign), profile: steered } },
  ];
  return { ...profile, validation };
}
