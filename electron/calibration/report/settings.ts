/** Which strengths and thresholds are measured for the frontier. */
import type { SteeringProfile } from '../../../steering/profile/index.ts';
import { quantile, sorted } from '../../../steering/solver/index.ts';

export interface Setting {
  strength: number;
  /** See `movedProfile`. */
  shift: number;
  /** Whether the gate is partly open below its threshold where the profile says so; false: shut there. */
  partialGate: boolean;
}

/** Shares of benign prompts that open the gate, for which a threshold is measured. */
const OPEN_SHARES = [0, 0.005, 0.02, 0.05, 0.1];
/** Multiples of the proposed strength, measured where the budget allows. */
const STRENGTHS = [0.5, 1.5];
/** Thresholds closer than this are the same. */
const LEAST_STEP = 0.05;
/** Farther than this a threshold makes another profile of it. */
const FARTHEST = 10;

/**
 * The proposed setting first; the others around it, in a fixed order.
 * @param benign u of benign validation prompts; null where thresholds cannot be moved
 */
export function settingsAround(
  { strength, partialGate }: SteeringProfile['method'],
  benign: Float64Array | null,
  withStrengths: boolean,
): Setting[] {
  const settings: Setting[] = [{ strength, shift: 0, partialGate: true }];
  // Replies to prompts above the threshold are the proposed setting's, so this one costs nothing to measure.
  if (partialGate !== undefined) settings.push({ strength, shift: 0, partialGate: false });
  if (benign !== null && benign.length > 0) {
    const ascending = sorted(benign);
    for (const share of OPEN_SHARES) {
      // A hair above the highest one, so that not even it opens the gate.
      const from = share === 0 ? ascending.at(-1)! + 1e-3 : quantile(ascending, 1 - share);
      const shift = from + (partialGate?.width ?? 0);
      if (Math.abs(shift) > FARTHEST || settings.some((other) => Math.abs(other.shift - shift) < LEAST_STEP)) continue;
      settings.push({ strength, shift, partialGate: true });
    }
  }
  if (withStrengths) settings.push(...STRENGTHS.map((factor) => ({ strength: strength * factor, shift: 0, partialGate: true })));
  return settings;
}
