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

/** A layer's benign scores end here; the common shift below does the rest. */
const LAYER_QUANTILE = 0.975;
/** No layer may become so sensitive that noise opens the gate. */
const LEAST_SCALE = 0.05;

/**
 * Fits τ and s of pooled reading. Each layer first gets its own threshold, the benign scores' 97.5 % quantile q, and a
 * scale s, half the way from there to the harmful median, so that layers of different spread weigh alike. All are then
 * shifted together, τ = q + δ·s, until just a share `benignOpen` of the benign prompts opens the pooled gate.
 */
export function fitPooledGate(layers: readonly LayerScores[], benignOpen: number): GateFit {
  const base = layers.map(({ layer, benign, harmful }) => {
    const q = quantile(sorted(benign), LAYER_QUANTILE);
    const median = quantile(sorted(harmful), 0.5);
    return { layer, q, scale: Math.max((median - q) / 2, LEAST_SCALE) };
  });
  const pooled = (side: 'benign' | 'harmful') =>
    Float64Array.from(layers[0]![side], (_, row) => {
      let sum = 0;
      layers.forEach((scores, k) => (sum += (scores[side][row]! - base[k]!.q) / base[k]!.scale));
      return sum / layers.length;
    });
  const benign = pooled('benign');
  const harmful = pooled('harmful');
  const shift = quantile(sorted(benign), 1 - benignOpen);
  const gates = harmful.map((u) => Math.min(Math.max(u - shift, 0), 1));
  const share = (values: Float64Array, test: (value: number) => boolean) => values.filter(test).length / values.length;
  return {
    reads: base.map(({ layer, q, scale }) => ({ layer, tau: q + shift * scale, scale })),
    harmfulOpen: share(gates, (gate) => gate > 0),
    harmfulGate: gates.reduce((sum, gate) => sum + gate, 0) / gates.length,
    benignOpen: share(benign, (u) => u > shift),
  };
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
