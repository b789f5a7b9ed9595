/** How benign and harmful validation prompts score at each layer that reads. */
import type { ScoreHistogram } from '../../contract/index.ts';
import type { SteeringProfile } from '../../../steering/profile/index.ts';
import { PROBES } from '../../../steering/calibration/probes/probes.ts';
import { areaUnderCurve, quantile, sorted } from '../../../steering/solver/index.ts';
import type { ScoresByLayer } from './gates.ts';

const BINS = 40;
/** Scores beyond these quantiles share the outer bins, so that one outlier does not squeeze all others together. */
const OUTER = 0.002;

export function histograms(profile: SteeringProfile, benign: ScoresByLayer, harmful: ScoresByLayer): ScoreHistogram[] {
  return profile.layers.flatMap(({ layer, read }) => {
    const [low, high] = [benign.get(layer), harmful.get(layer)];
    if (read === null || low === undefined || high === undefined || low.length === 0 || high.length === 0) return [];
    // Where anything is added at all: a partial gate begins below its threshold.
    const threshold = read.tau - (profile.method.partialGate?.width ?? 0) * read.scale;
    const edges = edgesOf(low, high, [threshold, read.tau + read.scale]);
    const probe = read.probe ?? 0;
    return [
      {
        layer,
        probe,
        probeName: PROBES[probe]?.name ?? `probe ${probe}`,
        edges,
        benign: countIn(edges, low),
        harmful: countIn(edges, high),
        threshold,
        fullyOpen: read.tau + read.scale,
        auc: areaUnderCurve(low, high),
      },
    ];
  });
}

/** Even bins over the scores, wide enough to show the marks as well. */
function edgesOf(benign: Float32Array, harmful: Float32Array, marks: readonly number[]): number[] {
  const all = sorted(Float64Array.from([...benign, ...harmful]));
  const low = Math.min(quantile(all, OUTER), ...marks);
  const high = Math.max(quantile(all, 1 - OUTER), ...marks);
  const width = Math.max(high - low, 1e-9) / BINS;
  return Array.from({ length: BINS + 1 }, (_, index) => low + index * width);
}

export function countIn(edges: readonly number[], values: ArrayLike<number>): number[] {
  const bins = edges.length - 1;
  const [low, width] = [edges[0]!, (edges[bins]! - edges[0]!) / bins];
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) counts[Math.min(Math.max(Math.floor((values[i]! - low) / width), 0), bins - 1)]!++;
  return counts;
}
