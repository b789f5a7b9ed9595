/**
 * Ridge regression with a graded null space, for rows of many tokens.
 *
 * AlphaSteer closes the directions that benign rows use most and leaves the others open alike. Here every direction costs
 * as much as benign rows use it: in the eigenbasis of benign rows the i-th coordinate of w is charged β·λᵢ, so the
 * largest are closed in effect, the smallest open, and those between weigh what they help against what they disturb.
 */
import { SteeringError } from '../errors.ts';
import { type JobOptions, linalg, runJob } from './native.ts';
import { GramAccumulator } from './solve.ts';

/** Weighted sums over harmful rows, while they stream by. */
export class HarmfulSums {
  readonly gram: GramAccumulator;
  /** Σ weight·h [d] */
  readonly target: Float64Array;

  constructor(d: number) {
    this.gram = new GramAccumulator(d);
    this.target = new Float64Array(d);
  }

  /**
   * @param rows [n × d] float32, finite
   * @param weights one weight ≥ 0 a row
   */
  async add(rows: Float32Array, weights: Float64Array, options: JobOptions = {}): Promise<void> {
    await this.gram.add(rows, { ...options, weights });
    const { target } = this;
    const d = target.length;
    weights.forEach((weight, row) => {
      for (let i = 0; i < d; i++) target[i]! += weight * rows[row * d + i]!;
    });
  }
}

/**
 * w = argmin mean(h·w − 1)² over harmful rows + β·mean(h·w)² over benign rows + λ·t·‖w‖², with weighted means and t the
 * mean square of a benign row's values, which makes λ free of units.
 * @returns w [d]; a row's score is h·w
 * @throws SteeringError `bad-input` for sums without rows or settings that make no sense, `cancelled`, `calibration-failed`
 */
export async function gradedRead(
  harmful: HarmfulSums,
  benign: GramAccumulator,
  options: JobOptions & { beta: number; lambda: number },
): Promise<Float32Array> {
  const { beta, lambda } = options;
  if (!(beta > 0 && lambda > 0) || !Number.isFinite(beta + lambda)) {
    throw new SteeringError('bad-input', `The weights β = ${beta} and λ = ${lambda} must be above 0.`);
  }
  if (harmful.gram.d !== benign.d) throw new SteeringError('bad-input', 'Harmful and benign rows differ in width.');
  await Promise.all([harmful.gram.settled(), benign.settled()]);
  return runJob(options, (flag, tick) =>
    linalg().gradedRidge(harmful.gram.native, harmful.target, benign.native, beta, lambda, flag, tick),
  );
}
