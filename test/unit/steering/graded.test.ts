/** The graded null space against the normal equations, solved by elimination in plain JavaScript. */
import { expect, test } from 'vitest';
import { gradedRead, GramAccumulator, HarmfulSums, scores } from '../../../steering/solver/index.ts';

const D = 24;

test('solves the normal equations', async () => {
  const harmful = rows(40, 3);
  const benign = rows(90, 5);
  const [hw, bw] = [weights(40, 7), weights(90, 11)];
  const w = await solve(harmful, hw, benign, bw, { beta: 4, lambda: 0.02 });
  const expected = reference(harmful, hw, benign, bw, 4, 0.02);
  w.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));
});

test('a direction that benign rows use is closed, one that only harmful rows use is open', async () => {
  const benign = rows(200, 5).map((value, i) => (i % D === 0 ? value * 50 : i % D === 1 ? 0 : value));
  const harmful = rows(60, 3).map((value, i) => (i % D === 0 ? 60 : i % D === 1 ? 2 : value));
  const one = (n: number) => new Float64Array(n).fill(1);
  const w = await solve(harmful, one(60), benign, one(200), { beta: 5, lambda: 0.01 });
  expect(Math.abs(w[0]! * 60)).toBeLessThan(0.1);
  expect(w[1]! * 2).toBeGreaterThan(0.6);
  const left = await scores(benign, w);
  expect(Math.max(...left.map(Math.abs))).toBeLessThan(0.4);
});

test('settings and sums that make no sense are named', async () => {
  const one = new Float64Array(4).fill(1);
  await expect(solve(rows(4, 1), one, rows(4, 2), one, { beta: 0, lambda: 1 })).rejects.toMatchObject({ code: 'bad-input' });
  await expect(gradedRead(new HarmfulSums(D), new GramAccumulator(D), { beta: 1, lambda: 1 })).rejects.toMatchObject({ code: 'bad-input' });
  await expect(gradedRead(new HarmfulSums(D), new GramAccumulator(D + 1), { beta: 1, lambda: 1 })).rejects.toMatchObject({
    code: 'bad-input',
  });
});

async function solve(h: Float32Array, hw: Float64Array, b: Float32Array, bw: Float64Array, options: { beta: number; lambda: number }) {
  const sums = new HarmfulSums(D);
  // In two portions, as rows come from the disk.
  await sums.add(h.subarray(0, D), hw.subarray(0, 1));
  await sums.add(h.subarray(D), hw.slice(1));
  const gram = new GramAccumulator(D);
  await gram.add(b, { weights: bw });
  return gradedRead(sums, gram, options);
}

function rows(n: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: n * D }, () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1 + 0.2;
  });
}

function weights(n: number, seed: number): Float64Array {
  return Float64Array.from(rows(n, seed).subarray(0, n), (value) => Math.abs(value) + 0.1);
}

function reference(h: Float32Array, hw: Float64Array, b: Float32Array, bw: Float64Array, beta: number, lambda: number): number[] {
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const [hs, bs] = [sum(hw), sum(bw)];
  const moment = (m: Float32Array, w: Float64Array, i: number, j: number) =>
    w.reduce((total, weight, row) => total + weight * m[row * D + i]! * m[row * D + j]!, 0);
  const scale = Array.from({ length: D }, (_, i) => moment(b, bw, i, i)).reduce((x, y) => x + y, 0) / bs / D;
  const a = Array.from({ length: D }, (_, i) => [
    ...Array.from({ length: D }, (_, j) => moment(h, hw, i, j) / hs + (beta * moment(b, bw, i, j)) / bs + (i === j ? lambda * scale : 0)),
    hw.reduce((total, weight, row) => total + weight * h[row * D + i]!, 0) / hs,
  ]);
  for (let k = 0; k < D; k++) {
    for (let i = k + 1; i < D; i++) {
      const factor = a[i]![k]! / a[k]![k]!;
      for (let j = k; j <= D; j++) a[i]![j]! -= factor * a[k]![j]!;
    }
  }
  const x = new Array<number>(D).fill(0);
  for (let i = D - 1; i >= 0; i--)
    x[i] = (a[i]![D]! - x.reduce((total, value, j) => (j > i ? total + a[i]![j]! * value : total), 0)) / a[i]![i]!;
  return x;
}
