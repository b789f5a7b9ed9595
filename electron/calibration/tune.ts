/** From fitted vectors to the profile that is proposed: how strongly it steers, whether its gate stands ajar, and what that does. */
import type { Prompt } from '../../steering/prompts/index.ts';
import type { SteeringProfile } from '../../steering/profile/index.ts';
import { BUDGETS } from './budget.ts';
import type { CalibrationOptions } from './calibrate.ts';
import { chooseAjar, type Foot } from './choose-ajar.ts';
import { chooseStrength } from './choose-strength.ts';
import type { CalibrationPrompts } from './prompts.ts';
import { spread } from './spread.ts';
import { Trials } from './trials.ts';

export interface TuneInput {
  /** Of any strength, and shut below its thresholds. */
  fitted: SteeringProfile;
  sets: CalibrationPrompts;
  /** Harmful validation prompts that open the gate; and those just below a threshold. */
  opened: readonly Prompt[];
  ajar: readonly Prompt[];
  feet: readonly Foot[];
  options: CalibrationOptions;
  /** Where verdicts are kept. */
  folder: string;
}

export async function tune({ fitted, sets, opened, ajar, feet, options, folder }: TuneInput): Promise<SteeringProfile> {
  const sizes = BUDGETS[options.budget];
  const harmful = spread(opened, sizes.strengthSample);
  const benign = spread([...sets.validation.own, ...sets.validation.benign], sizes.strengthSample);
  const trials = new Trials({ ...options, folder, modelSha256: fitted.model.sha256 });
  try {
    const chosen = await chooseStrength(trials, fitted, harmful);
    const strong = { ...fitted, method: { ...fitted.method, strength: chosen.strength } };
    const profile = await chooseAjar(trials, strong, spread(ajar, sizes.ajarSample), feet);
    const steered = await trials.steered(profile, benign);
    const validation: SteeringProfile['validation'] = [
      ...profile.validation,
      {
        set: 'validation harmful, gate open',
        n: harmful.length,
        arms: { unsteered: await trials.unsteered(harmful), profile: chosen.harmful },
      },
      { set: 'validation benign', n: benign.length, arms: { unsteered: await trials.unsteered(benign), profile: steered } },
    ];
    return { ...profile, validation };
  } finally {
    await trials.end();
  }
}
