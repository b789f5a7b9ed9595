/**
 * Whether the gate stands ajar below its threshold. Not where as many harmless prompts stand there as harmful ones, and not where it
 * gains nothing, as with a model that never refuses by itself.
 */
import type { Prompt } from '../../steering/prompts/index.ts';
import type { SteeringProfile } from '../../steering/profile/index.ts';
import { ajarAt } from '../../steering/tuning/ajar.ts';
import type { Trials } from './trials.ts';

/** Shares of validation prompts that find one head's gate ajar. */
export interface Foot {
  harmfulAjar: number;
  benignAjar: number;
}

/** How much more frequent harmful prompts must be there than harmless ones, in every head. */
const LEAST_ODDS = 2;
/** Of the harmful prompts there that the model would answer, the share that standing ajar must make it refuse. */
const LEAST_GAIN = 0.25;

/**
 * The profile, ajar or as it was and with a note that says why.
 * @param profile with its strength
 * @param harmful prompts just below a threshold
 * @param feet one a head
 */
export async function chooseAjar(
  trials: Trials,
  profile: SteeringProfile,
  harmful: readonly Prompt[],
  feet: readonly Foot[],
): Promise<SteeringProfile> {
  const crowded = feet.find(({ harmfulAjar, benignAjar }) => harmfulAjar < LEAST_ODDS * benignAjar);
  if (crowded !== undefined) {
    const [harm, benign] = [crowded.harmfulAjar, crowded.benignAjar].map((share) => `${Math.round(share * 100)} %`);
    return shutBelow(profile, `just below a threshold lie ${harm} of the harmful prompts and ${benign} of the harmless ones.`);
  }
  const ajar = { ...profile, method: { ...profile.method, ajar: ajarAt(profile.method.strength) } };
  const shut = await trials.unsteered(harmful);
  const nudged = await trials.steered(ajar, harmful);
  if (nudged.refused - shut.refused >= LEAST_GAIN * Math.max(harmful.length - shut.refused, 1)) return ajar;
  return shutBelow(profile, `ajar, ${nudged.refused} instead of ${shut.refused} of ${harmful.length} harmful prompts there were refused.`);
}

const shutBelow = (profile: SteeringProfile, why: string): SteeringProfile => ({
  ...profile,
  notes: `${profile.notes} The gate is shut below its threshold: ${why}`,
});
