/**
 * Whether the gate is partly open below its threshold. Not where as many harmless prompts lie there as harmful ones, and not where it
 * gains nothing, as with a model that never refuses by itself.
 */
import type { SteeringProfile } from '../../profile/index.ts';
import type { Prompt } from '../../prompts/index.ts';
import type { ProbeSummary } from '../probes/fit-probes.ts';
import type { Trials } from '../strength/trials.ts';
import { partialGateAt } from './partial-gate.ts';

/** How much more frequent harmful prompts must be in the sub-threshold band than harmless ones, for every probe. */
const LEAST_ODDS = 2;
/** Of the harmful prompts there that the model would answer, the share that a partial gate must make it refuse. */
const LEAST_GAIN = 0.25;

/**
 * The profile with a partial gate, or as it was and with a note that says why.
 * @param profile with its strength
 * @param harmful prompts in a sub-threshold band
 * @param bands how full the band of each probe is
 */
export async function choosePartialGate(
  trials: Pick<Trials, 'steered' | 'unsteered'>,
  profile: SteeringProfile,
  harmful: readonly Prompt[],
  bands: readonly Pick<ProbeSummary, 'harmfulInBand' | 'benignInBand'>[],
): Promise<SteeringProfile> {
  const crowded = bands.find(({ harmfulInBand, benignInBand }) => harmfulInBand < LEAST_ODDS * benignInBand);
  if (crowded !== undefined) {
    const [harm, benign] = [crowded.harmfulInBand, crowded.benignInBand].map((share) => `${Math.round(share * 100)} %`);
    return shutBelow(profile, `just below a threshold lie ${harm} of the harmful prompts and ${benign} of the harmless ones.`);
  }
  const partial = { ...profile, method: { ...profile.method, partialGate: partialGateAt(profile.method.strength) } };
  const shut = await trials.unsteered(harmful);
  const nudged = await trials.steered(partial, harmful);
  if (nudged.refused - shut.refused >= LEAST_GAIN * Math.max(harmful.length - shut.refused, 1)) return partial;
  return shutBelow(
    profile,
    `with a partial gate, ${nudged.refused} instead of ${shut.refused} of ${harmful.length} harmful prompts there were refused.`,
  );
}

const shutBelow = (profile: SteeringProfile, why: string): SteeringProfile => ({
  ...profile,
  notes: `${profile.notes} The gate is shut below its threshold: ${why}`,
});
