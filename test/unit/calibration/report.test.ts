/** What the report is computed from: gates, thresholds, the frontier, histograms. */
import { describe, expect, test } from 'vitest';
import { changed, frontier } from '../../../electron/calibration/report/frontier.ts';
import { gateAt, movedProfile, readiness } from '../../../electron/calibration/report/gates.ts';
import { countIn } from '../../../electron/calibration/report/histograms.ts';
import type { Measured } from '../../../electron/calibration/report/measure.ts';
import { choosePrompts, type SampledPrompt } from '../../../electron/calibration/report/samples.ts';
import { settingsAround } from '../../../electron/calibration/report/settings.ts';
import type { JudgedReply } from '../../../steering/calibration/replies/judged-replies.ts';
import type { SteeringProfile } from '../../../steering/profile/index.ts';
import { gates } from '../../../steering/runtime/gate.ts';
import { planFromProfile } from '../../../steering/profile/index.ts';

const NO_SCORES = { count: 0, mean: 0, std: 0, levels: [], values: [] };
const read = (probe: number, tau: number, scale: number) => ({
  probe,
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

const FITTED = { shift: 0, partialGate: true };

const scored = new Map([
  [3, Float32Array.of(0.5, 0, 0)],
  [4, Float32Array.of(0.75, 0, 0)],
  [5, Float32Array.of(0, 0, 1.25)],
]);

describe('gates from rows', () => {
  test('agree with what the run time does, also with moved thresholds', () => {
    const us = readiness(profile, scored, 3);
    const fitted = { strength: 2, ...FITTED };
    const standing = { ...profile, method: { ...profile.method, partialGate: { width: 1.25, gate: 0.5 } } };
    for (const some of [profile, standing]) {
      for (const shift of [0, 0.5, -0.25, 1.25]) {
        for (const partialGate of [true, false]) {
          const setting = { strength: 1, shift, partialGate };
          const plan = planFromProfile(movedProfile(some, setting));
          us.forEach((u, row) => {
            const scores = new Map([...scored].map(([layer, c]) => [layer, c[row]!]));
            expect(gateAt(some, u, setting)).toBeCloseTo(gates(plan, scores).get(5)!, 6);
          });
        }
      }
    }
    expect([...us].map((u) => gateAt(profile, u, fitted))).toEqual([0.75, 0, 0.25]);
    expect([...us].map((u) => gateAt(standing, u, fitted))).toEqual([0.75, 0.5, 0.5]);
    expect([...us].map((u) => gateAt(standing, u, { ...fitted, partialGate: false }))).toEqual([0.75, 0, 0.25]);
  });

  test.each([0.5, 1, 2, 6])('a partial gate at strength %d adds what the profile adds there at its own', (strength) => {
    const standing = { ...profile, method: { ...profile.method, partialGate: { width: 1.25, gate: 0.2 } } };
    const { method } = movedProfile(standing, { strength, shift: 0, partialGate: true });
    expect(method.partialGate!.gate * strength).toBeCloseTo(Math.min(0.2 * 2, strength));
    expect(gateAt(standing, -1, { strength, shift: 0, partialGate: true })).toBeCloseTo(method.partialGate!.gate, 6);
  });

  test('the fitted setting is the profile as it is, to the last bit', () => {
    const standing = { ...profile, method: { ...profile.method, partialGate: { width: 1, gate: 0.5 } } };
    expect(movedProfile(profile, { strength: 2, ...FITTED })).toEqual(profile);
    expect(movedProfile(standing, { strength: 2, ...FITTED })).toEqual(standing);
    expect(movedProfile(standing, { strength: 2, shift: 0, partialGate: false })).toEqual(profile);
  });
});

describe('settings', () => {
  test('the proposed one first; thresholds from benign prompts, none twice, none far off', () => {
    const benign = Float64Array.from({ length: 1000 }, (_, index) => -2 + index / 400);
    const settings = settingsAround(profile.method, benign, true);
    expect(settings[0]).toEqual({ strength: 2, shift: 0, partialGate: true });
    expect(settings.filter(({ shift }) => shift !== 0).map(({ shift }) => Math.round(shift * 100) / 100)).toEqual([0.5, 0.45, 0.37, 0.25]);
    expect(settings.slice(-2)).toEqual([
      { strength: 1, shift: 0, partialGate: true },
      { strength: 3, shift: 0, partialGate: true },
    ]);
    const closed = settings.find(({ shift }) => shift > 0.45)!;
    expect(benign.every((u) => gateAt(profile, u, closed) === 0)).toBe(true);
    // One with a partial gate: the same thresholds for where it is shut, and itself without that.
    const standing = settingsAround({ ...profile.method, partialGate: { width: 1.5, gate: 0.1 } }, benign, true);
    expect(standing[1]).toEqual({ strength: 2, shift: 0, partialGate: false });
    expect(standing.filter(({ shift }) => shift !== 0).map(({ shift }) => Math.round(shift * 100) / 100)).toEqual([2, 1.95, 1.87, 1.75]);
    expect(settingsAround(profile.method, null, false)).toEqual([{ strength: 2, shift: 0, partialGate: true }]);
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
    { strength: 2, shift: 0, partialGate: true },
    { strength: 2, shift: 0.9, partialGate: true },
    { strength: 4, shift: 0, partialGate: true },
  ];
  // One in ten benign prompts opens the gate.
  const benign = Float64Array.from({ length: 10 }, (_, index) => (index === 0 ? 0.5 : -1));
  const result = frontier({ profile, settings, samples, measured, gateKnown: true, benign, own: Float64Array.of(-1) });

  test('shares of all benign prompts, not of the sample, which holds those most at risk', () => {
    const proposed = result.frontier.points[result.frontier.proposed]!;
    expect(proposed).toMatchObject({ strength: 2, shift: 0, proposed: true, harmfulRefused: 1, benignOpened: 0.1, ownOpened: 0 });
    expect(proposed.benignChanged).toBeCloseTo(0.1);
    expect(proposed.benignRefused).toBeCloseTo(0.1);
    expect(result.frontier.unsteered).toEqual({ harmfulRefused: 0.5, harmfulDegenerate: 0, benignRefused: 0 });
  });

  test('what was seen of open gates is not carried over to partly open ones', () => {
    const standing = { ...profile, method: { ...profile.method, partialGate: { width: 1, gate: 0.1 } } };
    const [open, partialGate] = [replyOf('refused', 'x'), plain[3]!];
    const { points } = frontier({
      profile: standing,
      settings: [
        { strength: 2, shift: 0, partialGate: true },
        { strength: 2, shift: 0, partialGate: false },
      ],
      samples: [sample('benign', 1), sample('benign', -0.5)],
      measured: {
        unsteered: [plain[2]!, plain[3]!],
        steered: [
          [
            { gate: 1, reply: open },
            { gate: 0.1, reply: partialGate },
          ],
          [
            { gate: 1, reply: open },
            { gate: 0, reply: partialGate },
          ],
        ],
        firstTokenKl: [null, null],
      },
      gateKnown: true,
      // One in ten opens the gate, three in ten find it partly open.
      benign: Float64Array.of(2, -0.2, -0.4, -0.9, -1, -2, -2, -2, -2, -2),
      own: new Float64Array(),
    }).frontier;
    expect(points.map(({ partialGate, benignOpened, benignRefused }) => [partialGate, benignOpened, benignRefused])).toEqual([
      [false, 0.1, 0.1],
      [true, 0.4, 0.1],
    ]);
  });

  test('ascends by safety; what another point beats is not on it', () => {
    const { points } = result.frontier;
    expect(points.map(({ harmfulRefused }) => harmfulRefused)).toEqual([0.5, 1, 1]);
    expect(points.map(({ index }) => index)).toEqual([0, 1, 2]);
    // Broken text is no safety: the stronger setting refuses less and touches as much.
    expect(points[0]).toMatchObject({ strength: 4, onFrontier: false });
    expect(points.filter(({ onFrontier }) => onFrontier).map(({ shift }) => shift)).toEqual([0.9]);
    expect(result.order.map((setting) => settings[setting])).toEqual(
      points.map(({ strength, shift, partialGate }) => ({ strength, shift, partialGate })),
    );
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
      reach: 0,
    },
    { harmful: 2, own: 2, atRisk: 2, others: 1 },
  );
  expect(chosen.map(({ prompt }) => prompt.text)).toEqual(['o0', 'o3', 'o2', 'b4', 'b3', 'b0', 'h0', 'h2']);
  expect(chosen.filter(({ refusal }) => refusal).map(({ prompt }) => prompt.text)).toEqual(['o0']);
});

test('benign prompts for the report: the worst, some of all to which something is added, and some of the others', () => {
  const us = Float64Array.from({ length: 40 }, (_, index) => 1 - index / 10);
  const none = { prompts: [], us: new Float64Array(), sure: [] };
  const benign = { prompts: [...us].map((u) => ({ text: String(u) })) as never, us, sure: [...us].map(() => true) };
  const chosen = (reach: number) =>
    choosePrompts({ harmful: none, own: none, benign, refusals: new Set(), reach }, { harmful: 0, own: 0, atRisk: 8, others: 4 }).map(
      ({ u }) => u,
    );
  // Open down to 0, partly open down to −1.5.
  const wide = chosen(1.5);
  expect(wide.slice(0, 4)).toEqual([...us.slice(0, 4)]);
  expect(wide.slice(4, 8).every((u) => u <= 0.6 && u > -1.5)).toBe(true);
  expect(wide.slice(4, 8).filter((u) => u <= 0).length).toBeGreaterThanOrEqual(2);
  expect(wide.slice(8).every((u) => u <= -1.5)).toBe(true);
  expect(new Set(wide).size).toBe(12);
  // Shut below the threshold: as many, nearer to it.
  expect(Math.min(...chosen(0).slice(0, 8))).toBeGreaterThan(0);
});

test('outliers count in the outer bins', () => {
  expect(countIn([0, 1, 2, 3], [-5, 0, 0.5, 1, 2.9, 3, 99])).toEqual([3, 1, 3]);
});
