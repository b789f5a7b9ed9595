/** Where the thresholds of a cascade fall, on scores that are known. */
import { expect, test } from 'vitest';
import { best, frontier, raised, reading, type StageScores } from '../../../../steering/calibration/confirmation/operating-point.ts';

/** Prompts with these u of one probe and z; short, and without another probe. */
const scored = (u: readonly number[], z: readonly number[], extra: Partial<StageScores> = {}): StageScores => ({
  first: [Float32Array.from(u)],
  second: Float32Array.from(z),
  free: new Float32Array(u.length).fill(-1),
  long: u.map(() => false),
  ...extra,
});
const ramp = (count: number, from: number, to: number) => Array.from({ length: count }, (_, at) => from + ((to - from) * at) / (count - 1));

const sets = {
  harmful: scored(ramp(100, -0.5, 2), ramp(100, 0.2, 1.2)),
  borderline: scored(ramp(100, -1, 1), ramp(100, 0, 0.8)),
  everyday: scored(ramp(100, -3, -1), ramp(100, -0.5, 0.3)),
  wrapped: scored(ramp(100, -4, 0.1), ramp(100, 0.6, 1.1)),
};
const limits = { borderline: 0.03, everyday: 0.01, wrapped: 0.05 };

test('no more harmless ones open than may, at any point, and the chosen one opens for most of the harmful', () => {
  const points = frontier(sets, limits);
  for (const { open } of points) {
    expect(open.borderline).toBeLessThanOrEqual(0.03);
    expect(open.everyday).toBeLessThanOrEqual(0.01);
    expect(open.wrapped).toBeLessThanOrEqual(0.05);
  }
  const chosen = best(points);
  expect(chosen.open.harmful).toBe(Math.max(...points.map(({ open }) => open.harmful)));
  expect(chosen.open.harmful).toBeGreaterThan(0.35);
  // What it says of itself is what its thresholds do.
  const there = raised(sets.harmful, chosen.raise);
  const opened = there.free.filter((_, at) => reading(there, chosen, at) > 0).length;
  expect(opened / 100).toBe(chosen.open.harmful);
});

test('more may open, and more harmful ones do', () => {
  const share = (borderline: number) => best(frontier(sets, { ...limits, borderline })).open.harmful;
  expect(share(0.2)).toBeGreaterThan(share(0.03));
  expect(share(0.03)).toBeGreaterThan(share(0));
});

test('what opens without confirmation counts against the limit', () => {
  const free = Float32Array.from({ length: 100 }, (_, at) => (at < 3 ? 1 : -1));
  const points = frontier({ ...sets, borderline: { ...sets.borderline, free } }, limits);
  for (const { open } of points) expect(open.borderline).toBe(0.03);
});

test('a long request is for the first stage to judge', () => {
  const of = scored([0.5, 0.5], [-9, -9], { long: [true, false], free: Float32Array.of(-20, -20) });
  const point = { lowered: [0.25], tau: 0, scale: 1 };
  expect([reading(of, point, 0), reading(of, point, 1)]).toEqual([0.5, -9]);
});

test('a set without prompts limits nothing', () => {
  const none = scored([], []);
  const chosen = best(frontier({ ...sets, wrapped: none }, limits));
  expect(chosen.open).toMatchObject({ wrapped: 0, harmful: best(frontier(sets, { ...limits, wrapped: 1 })).open.harmful });
});
