/** Agreement with an independent implementation in numpy (`test/reference/`), where a Python with numpy is at hand. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readContainer, writeContainer } from '../../../steering/profile/safetensors.ts';
import { quantile, scores, solveLayer, sorted, summarise } from '../../../steering/solver/index.ts';
import { distance } from './dense.ts';
import { findPython, runPython } from './python.ts';
import { normalMatrix, uniform } from './random.ts';

const python = findPython();
const reference = join(import.meta.dirname, '..', '..', 'reference');

describe.skipIf(python.path === null)(`with numpy ${python.reason}`, () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'steady-numpy-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    { name: 'more rows than dimensions', d: 96, n: 400, m: 40, decades: 3 },
    { name: 'fewer rows than dimensions', d: 120, n: 50, m: 30, decades: 3 },
    { name: 'more harmful rows than dimensions', d: 64, n: 200, m: 150, decades: 2 },
    { name: 'one direction a thousand times the rest', d: 128, n: 300, m: 60, decades: 2, massive: 1000 },
    { name: 'weighted rows', d: 80, n: 160, m: 50, decades: 2, weighted: true },
    { name: 'fewer weighted rows than dimensions', d: 80, n: 30, m: 50, decades: 2, weighted: true },
  ])('$name: w, rank and the full matrix agree', async ({ d, n, m, decades, massive, weighted }) => {
    const rows = (count: number, seed: number, shift: number) =>
      normalMatrix(count, d, seed).map((x, i) => (x + shift) * 10 ** ((-decades * (i % d)) / d) * (i % d === 0 ? (massive ?? 1) : 1));
    const benign = rows(n, 1, 0);
    const harmful = rows(m, 2, 0.4);
    const refusal = normalMatrix(1, d, 3);
    const random = uniform(5);
    // Exact in float32, which is how they reach Python.
    const weights = (count: number) => Float64Array.from({ length: count }, () => Math.fround(0.25 + 4 * random()));
    const benignWeights = weighted ? weights(n) : undefined;
    const harmfulWeights = weighted ? weights(m) : undefined;
    const rho = [0.3, 0.5, 0.75];
    const ours = await solveLayer({
      benign: { rows: benign, d, weights: benignWeights },
      harmful: { rows: harmful, weights: harmfulWeights },
      rho,
      alpha: 10,
    });

    const input = join(folder, 'in.safetensors');
    const output = join(folder, 'out.safetensors');
    const tensor = (name: string, data: Float32Array, shape: number[]) => ({ name, data, shape });
    await writeFile(
      input,
      writeContainer({ rho: rho.join(','), alpha: '10' }, [
        tensor('benign', benign, [n, d]),
        tensor('harmful', harmful, [m, d]),
        tensor('refusal', refusal, [d]),
        ...(benignWeights === undefined ? [] : [tensor('benign_weights', Float32Array.from(benignWeights), [n])]),
        ...(harmfulWeights === undefined ? [] : [tensor('harmful_weights', Float32Array.from(harmfulWeights), [m])]),
      ]),
    );
    runPython(python.path!, join(reference, 'alphasteer.py'), [input, output]);
    const { metadata, tensors } = readContainer(await readFile(output), 1 << 20);
    const results = JSON.parse(metadata['result']!) as {
      rank: number;
      matrixRank: number;
      idempotent: number;
      keptLargest: number;
      benignLargestScore: number;
    }[];
    for (const [i, solution] of ours.entries()) {
      const theirs = results[i]!;
      expect(solution.rank).toBe(theirs.rank);
      expect(theirs.matrixRank).toBe(1);
      expect(theirs.idempotent).toBeLessThan(1e-12);
      expect(distance(solution.w, tensors.get(`w.${i}`)!.data)).toBeLessThan(1e-5);
      expect(distance(solution.w, tensors.get(`threshold.${i}`)!.data)).toBeLessThan(1e-5);
      const matrix = Float32Array.from({ length: d * d }, (_, at) => solution.w[Math.floor(at / d)]! * refusal[at % d]!);
      expect(distance(matrix, tensors.get(`matrix.${i}`)!.data)).toBeLessThan(1e-5);
      const largest = Math.max(...(await scores(benign, solution.w)).map(Math.abs));
      expect(largest).toBeCloseTo(theirs.benignLargestScore, 4);
      if (!weighted) expect(largest).toBeLessThanOrEqual(solution.benignBound + 1e-4);
    }
  });

  test.each([
    { massive: 30, worse: [1, 1.01] },
    // A residual stream with one very large direction: its square takes the last digits of all small eigenvalues.
    { massive: 3e4, worse: [1.5, Infinity] },
  ])(
    'double precision finds the null space beside a direction $massive times the rest; single precision would not always',
    async ({ massive, worse }) => {
      const d = 160;
      const n = 400;
      const benign = normalMatrix(n, d, 11).map((x, i) => x * 10 ** (-1.5 * ((i % d) / d)));
      // The large direction leans on every coordinate, as it does in a model.
      const large = normalMatrix(n, 1, 12);
      const direction = normalMatrix(1, d, 13).map((x) => x / Math.sqrt(d));
      for (let i = 0; i < benign.length; i++) benign[i] = benign[i]! + massive * large[Math.floor(i / d)]! * direction[i % d]!;
      const input = join(folder, 'precision.safetensors');
      await writeFile(input, writeContainer({}, [{ name: 'benign', data: benign, shape: [n, d] }]));
      const residual = JSON.parse(runPython(python.path!, join(reference, 'precision.py'), [input, '0.5'])) as {
        double: number;
        single: number;
      };
      const [ours] = await solveLayer({ benign: { rows: benign, d }, harmful: { rows: normalMatrix(10, d, 14) }, rho: 0.5 });
      expect(ours!.benignResidual / residual.double).toBeCloseTo(1, 3);
      expect(residual.single / residual.double).toBeGreaterThanOrEqual(worse[0]! * 0.999);
      expect(residual.single / residual.double).toBeLessThan(worse[1]!);
    },
  );

  test('quantiles are numpy’s', () => {
    const values = [...normalMatrix(1, 137, 9)];
    const levels = [0, 0.01, 0.333, 0.5, 0.975, 1];
    const script = join(reference, 'quantiles.py');
    const theirs = JSON.parse(runPython(python.path!, script, [], JSON.stringify({ values, levels })));
    const summary = summarise(values, levels);
    expect(distance(summary.values, theirs.quantiles)).toBeLessThan(1e-12);
    expect(summary.mean).toBeCloseTo(theirs.mean, 12);
    expect(summary.std).toBeCloseTo(theirs.std, 12);
  });
});

test('quantiles of one score are that score, of none an error', () => {
  expect(quantile(sorted([3]), 0.7)).toBe(3);
  expect(() => sorted([])).toThrow(expect.objectContaining({ code: 'bad-input' }));
  expect(() => sorted([1, Number.NaN])).toThrow(expect.objectContaining({ code: 'bad-input' }));
  expect(() => quantile(sorted([1]), 1.1)).toThrow(expect.objectContaining({ code: 'bad-input' }));
});
