/** The gate's threshold: where benign prompts end and harmful ones begin, on prompts that took no part in the fit of the probe. */
import { quantile, sorted } from '../../solver/quantiles.ts';

/** What a probe scores validation prompts. */
export interface GateScores {
  /** [benign prompts] */
  benign: Float32Array;
  /** [harmful prompts] */
  harmful: Float32Array;
}

export interface GateFit {
  /** τ: scores at or below it leave the gate shut. */
  tau: number;
  /** s: so far above τ the gate is fully open. */
  scale: number;
  /** Share of harmful prompts that open the gate at all, and its mean over all of them. */
  harmfulOpen: number;
  harmfulGate: number;
  /** Share of benign prompts that open it. */
  benignOpen: number;
}

/**
 * In standard deviations of the benign scores: a floor under the rise, against rounding that would throw a gate open. How large that rounding is
 * between batches was not measured; on the 0.5B model the probe for attacks stands at this floor.
 */
const LEAST_RISE = 0.05;

/**
 * Sets the threshold where just a share `benignOpen` of the benign prompts lies above it; from there the gate rises to 1, which it reaches a share
 * `fullyOpen` of the way to the median of the harmful prompts above the threshold. Worked out in standard deviations of the benign scores.
 */
export function fitGate(scores: GateScores, { benignOpen, fullyOpen }: { benignOpen: number; fullyOpen: number }): GateFit {
  const { mean, deviation } = meanAndDeviation(scores.benign);
  const standard = (values: Float32Array) => Float64Array.from(values, (c) => (c - mean) / deviation);
  const benign = standard(scores.benign);
  const harmful = standard(scores.harmful);
  const threshold = quantile(sorted(benign), 1 - benignOpen);
  const above = harmful.filter((z) => z > threshold);
  const rise = above.length === 0 ? 1 : Math.max((quantile(sorted(above), 0.5) - threshold) * fullyOpen, LEAST_RISE);
  const gates = harmful.map((z) => Math.min(Math.max((z - threshold) / rise, 0), 1));
  return {
    tau: mean + threshold * deviation,
    scale: rise * deviation,
    harmfulOpen: above.length / harmful.length,
    harmfulGate: gates.reduce((sum, gate) => sum + gate, 0) / gates.length,
    benignOpen: benign.filter((z) => z > threshold).length / benign.length,
  };
}

/** Mean and standard deviation, the latter never zero. */
function meanAndDeviation(values: Float32Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-6) };
}
