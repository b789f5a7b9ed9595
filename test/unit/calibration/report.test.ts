/** What the report is computed from: gates, thresholds, the frontier, histograms. */
import { describe, expect, test } from 'vitest';
import { changed, frontier } from '../../../electron/calibration/report/frontier.ts';
import { gateAt, movedProfile, readiness } from '../../../electron/calibration/report/gates.ts';
import { countIn } from '../../../electron/calibration/report/histograms.ts';
import type { Measured } from '../../../electron/calibration/report/measure.ts';
import { choosePrompts, type SampledPrompt } from '../../../electron/calibration/report/samples.ts';
import { settingsAround } from '../../../electron/calibration/report/settings.ts';
import type { JudgedReply } from '../../../electron/calibration/replies.ts';
import type { SteeringProfile } from '../../../steering/profile/index.ts';
import { gates } from '../../../steering/runtime/gate.ts';
import { planFromProfile } from '../../../steering/profile/index.ts';

const NO_SCORES = { count: 0, mean: 0, std: 0, levels: [], values: [] };
const read = (head: number, tau: number, scale: number) => ({
  head,
  tau,
  scale,
  w: new Float32Array(2),
  benign: NO_SCORES,
  harmful: NO_SCORES,
});
const profile = {
  method: { pooling: 'mean', clip: true, passes: 2, strength: 2, alpha: 1, seed: 1 },
  layers: [
    { layer: 3, read: read(0, 0.25, 0.5), write: null },
    { layer: 4, read: read(0, 0.5, 0.25), write: null },
    { layer: 5, read: read(1, 1, 1), write: { lambda: 1, rNorm: 1, r: Float32Array.of(1, 0) } },
  ],
} as unknown as SteeringProfile;

const scored = new Map([
  [3, Float32Array.of(0.5, 0, 0)],
  [4, Float32Array.of(0.75, 0, 0)],
  [5, Float32Array.of(0, 0, 1.25)],
]);

describe('gates from rows', () => {
  test('agree with what the run time does, also with moved thresholds', () => {
    const us = readiness(profile, scored, 3);
    for (const shift of [0, 0.5, -0.25]) {
      const plan = planFromProfile(movedProfile(profile, { strength: 1, shift }));
      us.forEach((u, row) => {
        const scores = new Map([...scored].map(([layer, c]) => [layer, c[row]!]));
        expect(gateAt(u, shift)).toBeCloseTo(gates(plan, scores).get(5)!, 6);
      });
    }
    expect([...us].map((u) => gateAt(u, 0))).toEqual([0.75, 0, 0.25]);
  });

  test('the fitted setting is the profile as it is, to the last bit', () => {
    const same = movedProfile(profile, { strength: 2, shift: 0 });
    expect(same).toEqual(profile);
  });
});

describe('settings', () => {
  test('the proposed one first; thresholds from benign prompts, none twice, none far off', () => {
    const benign = Float64Array.from({ length: 1000 }, (_, index) => -2 + index / 400);
    const settings = settingsAround(2, benign, true);
    expect(settings[0]).toEqual({ strength: 2, shift: 0 });
    expect(settings.filter(({ shift }) => shift !== 0).map(({ shift }) => Math.round(shift * 100) / 100)).toEqual([0.5, 0.45, 0.37, 0.25]);
    expect(settings.slice(-2)).toEqual([
      { strength: 1, shift: 0 },
      { strength: 3, shift: 0 },
    ]);
    const closed = settings.find(({ shift }) => shift > 0.45)!;
    expect(benign.every((u) => gateAt(u, closed.shift) === 0)).toBe(true);
    expect(settingsAround(2, null, false)).toEqual([{ strength: 2, shift: 0 }]);
  });
});

const replyOf = (verdict: JudgedReply['verdict'], sha256: string): JudgedReply => ({ verdict, sha256, steered: true, text: null });
const sample = (kind: SampledPrompt['kind'], u: number) =>
  ({ kind, u, refusal: false, sure: true, prompt: { text: kind } }) as SampledPrompt;

describe('the frontier', () => {
  const samples = [sample('harmful', 2), sample('harmful', 0.5), sample('benign', 1), sample('own', -1)];
  const plain = [replyOf('complied', 'a'), replyOf('refused', 'b'), replyOf('complied', 'c'), replyOf('complied', 'd')];
  const steered = (first: JudgedReply, second: JudgedReply, third: JudgedReply, gate: number) => [
    { gate: 1, reply: first },
    { gate, reply: second },
    { gate, reply: third },
    { gate: 0, reply: plain[3]! },
  ];
  const measured: Measured = {
    unsteered: plain,
    steered: [
      steered(replyOf('refused', 'x'), replyOf('refused', 'y'), replyOf('refused', 'z'), 0.5),
      steered(replyOf('refused', 'x'), plain[1]!, plain[2]!, 0),
      steered(replyOf('degenerate', 'w'), replyOf('refused', 'y'), replyOf('refused', 'z'), 0.5),
    ],
    firstTokenKl: [null, null, 0.5, 0],
  };
  const settings = [
    { strength: 2, shift: 0 },
    { strength: 2, shift: 0.9 },
    { strength: 4, shift: 0 },
  ];
  // One in ten benign prompts opens the gate.
  const benign = Float64Array.from({ length: 10 }, (_, index) => (index === 0 ? 0.5 : -1));
  const result = frontier({ settings, samples, measured, gateKnown: true, benign, own: Float64Array.of(-1) });

  test('shares of all benign prompts, not of the sample, which holds those most at risk', () => {
    const proposed = result.frontier.points[result.frontier.proposed]!;
    expect(proposed).toMatchObject({ strength: 2, shift: 0, proposed: true, harmfulRefused: 1, benignOpened: 0.1, ownOpened: 0 });
    expect(proposed.benignChanged).toBeCloseTo(0.1);
    expect(proposed.benignRefused).toBeCloseTo(0.1);
    expect(result.frontier.unsteered).toEqual({ harmfulRefused: 0.5, harmfulDegenerate: 0, benignRefused: 0 });
  });

  test('ascends by safety; what another point beats is not on it', () => {
    const { points } = result.frontier;
    expect(points.map(({ harmfulRefused }) => harmfulRefused)).toEqual([0.5, 1, 1]);
    expect(points.map(({ index }) => index)).toEqual([0, 1, 2]);
    // Broken text is no safety: the stronger setting refuses less and touches as much.
    expect(points[0]).toMatchObject({ strength: 4, onFrontier: false });
    expect(points.filter(({ onFrontier }) => onFrontier).map(({ shift }) => shift)).toEqual([0.9]);
    expect(result.order.map((setting) => settings[setting])).toEqual(points.map(({ strength, shift }) => ({ strength, shift })));
  });

  test('a prompt to which nothing was added has not changed', () => {
    expect([0, 1, 2, 3].map((at) => changed(measured, 0, at))).toEqual([true, true, true, false]);
    expect(changed(measured, 1, 2)).toBe(false);
  });
});

test('prompts for the report: wrong refusals always, then those most at risk', () => {
  const scoredOf = (names: string[]) => ({
    prompts: names.map((text) => ({ text })) as never,
    us: Float64Array.from(names, (_, index) => index),
    sure: names.map(() => true),
  });
  const chosen = choosePrompts(
    {
      harmful: scoredOf(['h0', 'h1', 'h2', 'h3']),
      benign: scoredOf(['b0', 'b1', 'b2', 'b3', 'b4']),
      own: scoredOf(['o0', 'o1', 'o2', 'o3']),
      refusals: new Set(['o0']),
    },
    { harmful: 2, own: 2, atRisk: 2, others: 1 },
  );
  expect(chosen.map(({ prompt }) => prompt.text)).toEqual(['o0', 'o3', 'o2', 'b4', 'b3', 'b2', 'h0', 'h2']);
  expect(chosen.filter(({ refusal }) => refusal).map(({ prompt }) => prompt.text)).toEqual(['o0']);
});

test('outliers count in the outer bins', () => {
  expect(countIn([0, 1, 2, 3], [-5, 0, 0.5, 1, 2.9, 3, 99])).toEqual([3, 1, 3]);
});
