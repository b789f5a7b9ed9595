/** Which prompts are answered for the report, and what is known of each. */
import type { Prompt } from '../../../steering/prompts/index.ts';
import { subsample } from '../../../steering/calibration/subsample.ts';
import type { SampleSizes } from '../budget.ts';

export interface SampledPrompt {
  kind: 'own' | 'benign' | 'harmful';
  prompt: Prompt;
  /** Was wrongly refused before. */
  refusal: boolean;
  /** u of the fitted profile; 0 or less: the gate stays shut. */
  u: number;
  /** Whether `u` tells the gate for certain; otherwise only the engine does. */
  sure: boolean;
}

/** Prompts with their u, in the order of `us`. */
export interface Scored {
  prompts: readonly Prompt[];
  us: Float64Array;
  sure: readonly boolean[];
}

/**
 * The same prompts for the same input: everything is chosen by order and score.
 * @param input.reach how far below the threshold, in u, something is added already
 */
export function choosePrompts(
  input: { harmful: Scored; benign: Scored; own: Scored; refusals: ReadonlySet<string>; reach: number },
  sizes: SampleSizes,
): SampledPrompt[] {
  const all = (kind: SampledPrompt['kind'], { prompts, us, sure }: Scored): SampledPrompt[] =>
    prompts.map((prompt, row) => ({
      kind,
      prompt,
      refusal: kind === 'own' && input.refusals.has(prompt.text),
      u: us[row]!,
      sure: sure[row]!,
    }));
  const byRisk = (a: SampledPrompt, b: SampledPrompt) => b.u - a.u;
  const own = all('own', input.own);
  const refusals = own.filter(({ refusal }) => refusal).slice(0, sizes.own);
  const others = own.filter(({ refusal }) => !refusal).sort(byRisk);
  const ownChosen = [...refusals, ...frontAndRest(others, sizes.own)];
  const benign = all('benign', input.benign).sort(byRisk);
  // Half of them are the worst; the other half tells how those fare to whom less is added.
  const touched = Math.max(benign.filter(({ u }) => u > -input.reach).length, sizes.atRisk);
  return [
    ...ownChosen,
    ...frontAndRest(benign.slice(0, touched), sizes.atRisk),
    ...subsample(benign.slice(touched), sizes.others),
    ...subsample(all('harmful', input.harmful), sizes.harmful),
  ];
}

/** Half of them those at the front, half evenly spaced over the rest. */
function frontAndRest<T>(items: readonly T[], count: number): T[] {
  const front = Math.ceil(Math.min(count, items.length) / 2);
  return [...items.slice(0, front), ...subsample(items.slice(front), count - front)];
}
