/** The gate's threshold and rise, from scores of known shape. */
import { describe, expect, test } from 'vitest';
import { fitGate, type GateFit } from '../../../../steering/calibration/gate/fit-gate.ts';

const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 32;
};
/** About normal: the sum of twelve even ones. */
function normal(count: number, mean: number, deviation: number, seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: count }, () => mean + deviation * (Array.from({ length: 12 }, next).reduce((a, b) => a + b, 0) - 6));
}

describe('the gate', () => {
  const scores = { benign: normal(2000, 50, 40, 3), harmful: normal(500, 300, 60, 4) };
  /** The gate as plan.ts defines it, from the fit's own numbers. */
  const gateOf = ({ tau, scale }: GateFit, c: number) => Math.min(Math.max((c - tau) / scale, 0), 1);

  test.each([0.005, 0.02, 0.1])('lets the share %f of benign prompts through, and reports what really opens', (share) => {
    const fit = fitGate(scores, { benignOpen: share, fullyOpen: 0.5 });
    expect(fit.benignOpen).toBeGreaterThan(share * 0.5);
    expect(fit.benignOpen).toBeLessThanOrEqual(share);
    const benign = Array.from(scores.benign, (c) => gateOf(fit, c));
    const harmful = Array.from(scores.harmful, (c) => gateOf(fit, c));
    // Within the rows that lie on the threshold itself.
    expect(Math.abs(benign.filter((gate) => gate > 1e-6).length / 2000 - fit.benignOpen)).toBeLessThan(0.0015);
    expect(harmful.filter((gate) => gate > 0).length / 500).toBeCloseTo(fit.harmfulOpen, 5);
    expect(harmful.reduce((a, b) => a + b, 0) / 500).toBeCloseTo(fit.harmfulGate, 5);
    expect(fit.harmfulOpen).toBeGreaterThan(0.95);
    // Fully open half way to the median of those above: more than half of them are steered at full strength.
    expect(harmful.filter((gate) => gate === 1).length / 500).toBeGreaterThan(0.5);
  });

  test('a steeper one has the same threshold, and is fully open for more of the harmful prompts', () => {
    const [slow, steep] = [0.5, 0.125].map((fullyOpen) => fitGate(scores, { benignOpen: 0.02, fullyOpen })) as [GateFit, GateFit];
    expect(steep.tau).toBe(slow.tau);
    expect(steep.scale / slow.scale).toBeCloseTo(0.25, 5);
    expect(steep.harmfulOpen).toBe(slow.harmfulOpen);
    expect(steep.harmfulGate).toBeGreaterThan(slow.harmfulGate);
    // Never so steep that noise throws it open.
    expect(fitGate(scores, { benignOpen: 0.02, fullyOpen: 0 }).scale / 40).toBeCloseTo(0.05, 2);
  });

  test('is the same whatever scores are measured in', () => {
    const settings = { benignOpen: 0.02, fullyOpen: 0.5 };
    const fit = fitGate(scores, settings);
    const scaled = fitGate({ benign: scores.benign.map((x) => x * 1024), harmful: scores.harmful.map((x) => x * 1024) }, settings);
    expect(scaled.harmfulGate).toBeCloseTo(fit.harmfulGate, 5);
    expect(scaled.tau / fit.tau).toBeCloseTo(1024, 5);
    expect(scaled.scale / fit.scale).toBeCloseTo(1024, 5);
  });

  test('scores that do not tell harm apart leave the gate shut for nearly all, and everything finite', () => {
    const fit = fitGate({ benign: normal(1000, 0, 1, 5), harmful: normal(1000, 0, 1, 6) }, { benignOpen: 0.005, fullyOpen: 0.5 });
    expect(fit.harmfulOpen).toBeLessThan(0.03);
    expect(fit.harmfulGate).toBeLessThan(0.03);
    const settings = { benignOpen: 0.01, fullyOpen: 0.5 };
    const none = fitGate({ benign: normal(100, 0, 1, 7), harmful: normal(10, -50, 1, 8) }, settings);
    expect(none).toMatchObject({ harmfulOpen: 0, harmfulGate: 0 });
    const flat = fitGate({ benign: new Float32Array(50), harmful: new Float32Array(50).fill(1) }, settings);
    for (const { tau, scale } of [fit, none, flat]) {
      expect(Number.isFinite(tau)).toBe(true);
      expect(Math.fround(scale)).toBeGreaterThan(0);
    }
    expect(flat.harmfulGate).toBe(1);
  });
});
