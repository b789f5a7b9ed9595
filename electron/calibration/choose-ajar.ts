/** Whether the gate stands ajar below its threshold: not where that gains nothing, as with a model that never refuses by itself. */
import type { Prompt } from '../../steering/prompts/index.ts';
import type { SteeringProfile } from '../../steering/profile/index.ts';
import { ajarAt } from '../../steering/tuning/ajar.ts';
import type { Trials } from './trials.ts';

/** Of the harmful prompts there that the model would answer, the share that standing ajar must make it refuse. */
const LEAST_GAIN = 0.25;

/**
 * The profile, ajar or as it was and with a note that says why.
 * @param profile with its strength
 * @param harmful prompts just below a threshold
 */
export async function chooseAjar(trials: Trials, profile: SteeringProfile, harmful: readonly Prompt[]): Promise<SteeringProfile> {
  const ajar = { ...profile, method: { ...profile.method, ajar: ajarAt(profile.method.strength) } };
  const shut = await trials.unsteered(harmful);
  const nudged = await trials.steered(ajar, harmful);
  if (nudged.refused - shut.refused >= LEAST_GAIN * Math.max(harmful.length - shut.refused, 1)) return ajar;
  const note = `The gate is shut below its threshold: ajar, ${nudged.refused} instead of ${shut.refused} of ${harmful.length} harmful prompts there were refused.`;
  return { ...profile, notes: `${profile.notes} ${note}` };
}
