/** Thresholds of the gate: where benign prompts end and harmful ones begin, on prompts that took no part in the fit. */
import { quantile, sorted } from '../solver/quantiles.ts';

export interface LayerScores {
  layer: number;
  /** c of benign validation prompts. */
  benign: Float32Array;
  /** c of harmful validation prompts, in the same order in every layer; likewise the benign. */
  harmful: Float32Array;
}

export interface FittedRead {
  layer: number;
  tau: number;
  scale: number;
}

export interface GateFit {
  reads: FittedRead[];
  /** Share of harmful validation prompts that open the gate at all, and its mean over them. */
  harmfulOpen: number;
  harmfulGate: number;
  /** Share of benign validation prompts that open it. */
  benignOpen: number;
}

/**
 * In standard deviations of the benign scores: a floor under the rise, against rounding that would throw a gate open. How large that rounding is
 * between batches was not measured; on the 0.5B model the head for attacks stands at this floor.
 */
const LEAST_RISE = 0.05;

/**
 * Fits τ and s of pooled reading. Scores are first put in units of their layer's benign spread, z = (c − mean)/std, so
 * that layers weigh alike, and averaged over the layers. The threshold is where just a share `benignOpen` of the benign
 * prompts lies above; from there the gate rises to 1, which it reaches a share `fullyOpen` of the way to the median of the harmful
 * prompts above the threshold.
 */
export function fitPooledGate(layers: readonly LayerScores[], benignOpen: number, fullyOpen: number): GateFit {
  const spread = layers.map(({ benign }) => meanAndDeviation(benign));
  const pooled = (side: 'benign' | 'harmful') =>
    Float64Array.from(layers[0]![side], (_, row) => {
      let sum = 0;
      layers.forEach((scores, k) => (sum += (scores[side][row]! - spread[k]!.mean) / spread[k]!.deviation));
      return sum / layers.length;
    });
  const benign = pooled('benign');
  const harmful = pooled('harmful');
  const threshold = quantile(sorted(benign), 1 - benignOpen);
  const above = harmful.filter((z) => z > threshold);
  const rise = above.length === 0 ? 1 : Math.max((quantile(sorted(above), 0.5) - threshold) * fullyOpen, LEAST_RISE);
  const gates = harmful.map((z) => Math.min(Math.max((z - threshold) / rise, 0), 1));
  return {
    reads: layers.map(({ layer }, k) => ({
      layer,
      tau: spread[k]!.mean + threshold * spread[k]!.deviation,
      scale: rise * spread[k]!.deviation,
    })),
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

/** The chance that a harmful prompt scores above a benign one (ties count half). */
export function areaUnderCurve(benign: ArrayLike<number>, harmful: ArrayLike<number>): number {
  const ascending = sorted(benign);
  const below = (value: number, orEqual: boolean) => {
    let low = 0;
    let high = ascending.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ascending[middle]! < value || (orEqual && ascending[middle] === value)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let sum = 0;
  for (let i = 0; i < harmful.length; i++) sum += (below(harmful[i]!, false) + below(harmful[i]!, true)) / 2;
  return sum / (ascending.length * harmful.length);
}
