/** Quantiles of scores, for thresholds and for what a profile says about itself. */
import { SteeringError } from '../errors.ts';
import type { ScoreSummary } from '../profile/index.ts';

/** The levels that a profile keeps: dense at both ends, where thresholds lie. */
export const SUMMARY_LEVELS: readonly number[] = [
  0, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.999, 1,
];

/** A sorted copy. @throws SteeringError `bad-input` when there are none, or one is not finite */
export function sorted(scores: ArrayLike<number>): Float64Array {
  const copy = Float64Array.from(scores);
  if (copy.length === 0) throw new SteeringError('bad-input', 'There are no scores.');
  if (!copy.every(Number.isFinite)) throw new SteeringError('bad-input', 'A score is not finite.');
  return copy.sort();
}

/**
 * The value below which a share `p` of the scores lies, linear between neighbours (numpy's default).
 * @param ascending as `sorted` returns them
 * @param p 0…1
 */
export function quantile(ascending: Float64Array, p: number): number {
  if (!(p >= 0 && p <= 1)) throw new SteeringError('bad-input', `A quantile's level must lie between 0 and 1, not ${p}.`);
  const at = p * (ascending.length - 1);
  const below = Math.floor(at);
  const low = ascending[below];
  const high = ascending[Math.min(below + 1, ascending.length - 1)];
  if (low === undefined || high === undefined) throw new SteeringError('bad-input', 'There are no scores.');
  return low + (high - low) * (at - below);
}

/** Count, mean, standard deviation (of the population) and quantiles, as a profile keeps them. */
export function summarise(scores: ArrayLike<number>, levels: readonly number[] = SUMMARY_LEVELS): ScoreSummary {
  const ascending = sorted(scores);
  const mean = ascending.reduce((sum, x) => sum + x, 0) / ascending.length;
  const variance = ascending.reduce((sum, x) => sum + (x - mean) ** 2, 0) / ascending.length;
  return {
    count: ascending.length,
    mean,
    std: Math.sqrt(variance),
    levels: [...levels],
    values: levels.map((p) => quantile(ascending, p)),
  };
}
