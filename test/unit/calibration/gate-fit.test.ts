import { describe, expect, test } from 'vitest';
import { areaUnderCurve, fitPooledGate } from '../../../steering/tuning/gate-fit.ts';

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
/** About normal: the sum of twelve even ones. */
function normal(count: number, mean: number, deviation: number, seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: count }, () => mean + deviation * (Array.from({ length: 12 }, next).reduce((a, b) => a + b, 0) - 6));
}

describe('the pooled gate', () => {
  const layers = [
    { layer: 6, benign: normal(2000, 0.1, 0.2, 1), harmful: normal(500, 1, 0.3, 2) },
    { layer: 7, benign: normal(2000, 50, 40, 3), harmful: normal(500, 300, 60, 4) },
  ];
  /** The gate as plan.ts defines it, from the fit's own numbers. */
  const gateOf = (fit: ReturnType<typeof fitPooledGate>, side: 'benign' | 'harmful', row: number) => {
    const u = layers.reduce((sum, scores, k) => sum + (scores[side][row]! - fit.reads[k]!.tau) / fit.reads[k]!.scale, 0) / layers.length;
    return Math.min(Math.max(u, 0), 1);
  };

  test.each([0.005, 0.02, 0.1])('lets the share %f of benign prompts through, and reports what really opens', (share) => {
    const fit = fitPooledGate(layers, share, 0.5);
    expect(fit.reads.map(({ layer }) => layer)).toEqual([6, 7]);
    expect(fit.benignOpen).toBeGreaterThan(share * 0.5);
    expect(fit.benignOpen).toBeLessThanOrEqual(share);
    const benign = Array.from({ length: 2000 }, (_, row) => gateOf(fit, 'benign', row));
    const harmful = Array.from({ length: 500 }, (_, row) => gateOf(fit, 'harmful', row));
    // Within the rows that lie on the threshold itself.
    expect(Math.abs(benign.filter((gate) => gate > 1e-6).length / 2000 - fit.benignOpen)).toBeLessThan(0.0015);
    expect(harmful.filter((gate) => gate > 0).length / 500).toBeCloseTo(fit.harmfulOpen, 5);
    expect(harmful.reduce((a, b) => a + b, 0) / 500).toBeCloseTo(fit.harmfulGate, 5);
    expect(fit.harmfulOpen).toBeGreaterThan(0.95);
    // Fully open half way to the median of those above: more than half of them are steered at full strength.
    expect(harmful.filter((gate) => gate === 1).length / 500).toBeGreaterThan(0.5);
  });

  test('a steeper one has the same threshold, and is fully open for more of the harmful prompts', () => {
    const [slow, steep] = [fitPooledGate(layers, 0.02, 0.5), fitPooledGate(layers, 0.02, 0.125)];
    steep.reads.forEach(({ tau, scale }, k) => {
      expect(tau).toBe(slow.reads[k]!.tau);
      expect(scale / slow.reads[k]!.scale).toBeCloseTo(0.25, 5);
    });
    expect(steep.harmfulOpen).toBe(slow.harmfulOpen);
    expect(steep.harmfulGate).toBeGreaterThan(slow.harmfulGate);
    // Never so steep that noise throws it open.
    const { scale } = fitPooledGate(layers, 0.02, 0).reads[0]!;
    expect(scale / 0.2).toBeCloseTo(0.05, 2);
  });

  test('layers weigh alike whatever their scores are measured in', () => {
    const wide = layers.map((scores, k) =>
      k === 0 ? scores : { ...scores, benign: scores.benign.map((x) => x * 1000), harmful: scores.harmful.map((x) => x * 1000) },
    );
    const fit = fitPooledGate(layers, 0.02, 0.5);
    const scaled = fitPooledGate(wide, 0.02, 0.5);
    expect(scaled.harmfulGate).toBeCloseTo(fit.harmfulGate, 5);
    expect(scaled.reads[0]!.tau).toBeCloseTo(fit.reads[0]!.tau, 5);
    expect(scaled.reads[1]!.scale / fit.reads[1]!.scale).toBeCloseTo(1000, 2);
  });

  test('scores that do not tell harm apart leave the gate shut for nearly all, and everything finite', () => {
    const blind = [{ layer: 6, benign: normal(1000, 0, 1, 5), harmful: normal(1000, 0, 1, 6) }];
    const fit = fitPooledGate(blind, 0.005, 0.5);
    expect(fit.harmfulOpen).toBeLessThan(0.03);
    expect(fit.harmfulGate).toBeLessThan(0.03);
    const none = fitPooledGate([{ layer: 6, benign: normal(100, 0, 1, 7), harmful: normal(10, -50, 1, 8) }], 0.01, 0.5);
    expect(none).toMatchObject({ harmfulOpen: 0, harmfulGate: 0 });
    const flat = fitPooledGate([{ layer: 6, benign: new Float32Array(50), harmful: new Float32Array(50).fill(1) }], 0.01, 0.5);
    for (const fitted of [fit, none, flat])
      for (const { tau, scale } of fitted.reads) {
        expect(Number.isFinite(tau)).toBe(true);
        expect(Math.fround(scale)).toBeGreaterThan(0);
      }
    expect(flat.harmfulGate).toBe(1);
  });
});

describe('the area under the curve', () => {
  test('is the chance that a harmful prompt scores higher, ties counting half', () => {
    expect(areaUnderCurve([1, 2, 3], [4, 5])).toBe(1);
    expect(areaUnderCurve([4, 5], [1, 2, 3])).toBe(0);
    expect(areaUnderCurve([1, 2], [1, 2])).toBe(0.5);
    expect(areaUnderCurve([1], [1])).toBe(0.5);
    const benign = normal(200, 0, 1, 9);
    const harmful = normal(150, 0.7, 1, 10);
    let wins = 0;
    for (const a of harmful) for (const b of benign) wins += a > b ? 1 : a === b ? 0.5 : 0;
    expect(areaUnderCurve(benign, harmful)).toBeCloseTo(wins / (200 * 150), 10);
  });
});
