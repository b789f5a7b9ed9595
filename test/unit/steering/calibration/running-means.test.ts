/** Running means beside rows, against their definition written out as sums. */
import { describe, expect, test } from 'vitest';
import { fitProbe, type TokenSource } from '../../../../steering/calibration/probes/fit-probe.ts';
import { meansBeside, readVectors, wideVector, withRunningMeans } from '../../../../steering/calibration/probes/running-means.ts';
import { normalMatrix } from '../random.ts';

const D = 5;
const HALF_LIVES = [1, 4, 16.5];

/** Σ a^(t−j)·h(j) / Σ a^(t−j) of rows [n × D], at the last of them. */
function mean(rows: Float32Array, halfLife: number): number[] {
  const n = rows.length / D;
  const weights = Array.from({ length: n }, (_, j) => 0.5 ** ((n - 1 - j) / halfLife));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: D }, (_, i) => weights.reduce((sum, weight, j) => sum + weight * rows[j * D + i]!, 0) / total);
}

describe('running means', () => {
  test('are weighted means of the rows so far, and begin anew with each prompt', () => {
    const counts = [7, 1, 40];
    const rows = normalMatrix(48, D, 1);
    const wide = withRunningMeans(rows, counts, D, HALF_LIVES);
    const width = D * (1 + HALF_LIVES.length);
    expect(wide.length).toBe(48 * width);
    let first = 0;
    for (const count of counts) {
      for (let row = first; row < first + count; row++) {
        const got = wide.subarray(row * width, (row + 1) * width);
        expect(got.subarray(0, D)).toEqual(rows.subarray(row * D, (row + 1) * D));
        for (const [k, halfLife] of HALF_LIVES.entries()) {
          const expected = mean(rows.subarray(first * D, (row + 1) * D), halfLife);
          expected.forEach((value, i) => expect(got[(k + 1) * D + i]).toBeCloseTo(value, 5));
        }
      }
      first += count;
    }
  });

  test('leave rows as they are where there are none', () => {
    const rows = normalMatrix(3, D, 2);
    expect(withRunningMeans(rows, [3], D, [])).toBe(rows);
    const source: TokenSource<string> = { width: D, tokenRows: () => ({ rows, counts: [3] }) };
    expect(meansBeside(source, [])).toBe(source);
  });

  test('vectors are taken apart and put together again', () => {
    const wide = normalMatrix(1, D * 4, 3);
    const apart = readVectors(wide, HALF_LIVES);
    expect(apart.w).toEqual(wide.slice(0, D));
    expect(apart.means!.map(({ halfLife }) => halfLife)).toEqual(HALF_LIVES);
    expect(wideVector(apart)).toEqual(wide);
    expect(readVectors(wide, [])).toEqual({ w: wide });
    expect(wideVector({ w: wide })).toEqual(wide);
  });

  test('a probe with running means tells two words one behind the other from each of them alone', async () => {
    // A and B stand in every prompt, B right behind A in harmful ones and long before it in benign ones: no row alone says which.
    const A = 0;
    const B = 1;
    const at = (kind: string, seed: number) => (kind === 'harmful' ? [15 + (seed % 5), 16 + (seed % 5)] : [20 + (seed % 5), 8]);
    const source: TokenSource<string> = {
      width: D,
      tokenRows: (keys) => ({
        counts: keys.map(() => 32),
        rows: Float32Array.from(
          keys.flatMap((key) => {
            const [kind, seed] = key.split('-') as [string, string];
            const rows = normalMatrix(32, D, 100 + Number(seed)).map((x) => x * 0.1);
            const [a, b] = at(kind, Number(seed)) as [number, number];
            rows[a * D + A]! += 4;
            rows[b * D + B]! += 4;
            return [...rows];
          }),
        ),
      }),
    };
    const keys = (kind: string, from: number) => Array.from({ length: 60 }, (_, i) => `${kind}-${from + i}`);
    const separation = async (halfLives: readonly number[]) => {
      const beside = meansBeside(source, halfLives);
      const harmful = keys('harmful', 0);
      const benign = keys('benign', 1000).map((key) => ({ prompt: key, weight: 1 }));
      const [w] = await fitProbe({ source: beside, layers: [1], benign, harmful, seeds: harmful });
      const peak = (key: string) => {
        const { rows } = beside.tokenRows([key], 1);
        const c = Array.from({ length: 32 }, (_, t) => w!.reduce((sum, x, i) => sum + x * rows[t * beside.width + i]!, 0));
        return Math.max(...c);
      };
      const worst = Math.max(...keys('benign', 3000).map(peak));
      return keys('harmful', 2000).filter((key) => peak(key) > worst).length / 60;
    };
    expect(await separation([2])).toBeGreaterThan(0.9);
    expect(await separation([])).toBeLessThan(0.5);
  });
});
