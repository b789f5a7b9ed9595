/** The solver against the paper's formulas written out, and against itself by other routes. */
import { describe, expect, test } from 'vitest';
import { BenignSpace, GramAccumulator, nullSpaceRank, scores, solveLayer } from '../../../steering/solver/index.ts';
import { combine, type Dense, distance, eigen, fromRows, identity, multiply, solve, transpose } from './dense.ts';
import { normalMatrix, uniform } from './random.ts';

const ALPHA = 10;

/** P by Jacobi's method, from the `rank` smallest eigenvalues. */
function projector(benign: Dense, rank: number): Dense {
  const q = eigen(multiply(transpose(benign), benign)).vectors.map((row) => row.slice(0, rank));
  return multiply(q, transpose(q));
}

describe('the rank-one form', () => {
  const d = 14;
  const benign = normalMatrix(40, d, 1);
  const harmful = normalMatrix(9, d, 2);
  const r = normalMatrix(1, d, 3);
  const p = projector(fromRows(benign, d), 7);
  const h = fromRows(harmful, d);
  const hp = multiply(h, p);
  const targets = h.map(() => [...r]);

  test('is the full matrix P·Δ that the regression gives', async () => {
    const [solution] = await solveLayer({ benign: { rows: benign, d }, harmful: { rows: harmful }, rho: 0.5, alpha: ALPHA });
    const normal = multiply(transpose(hp), hp);
    // α‖PΔ‖² leaves Δ free outside the null space, where anything may be chosen: nought, by the term (I − P)Δ.
    const byProjected = combine(combine(normal, p, ALPHA), combine(identity(d), p, -1), 1);
    // α‖Δ‖² chooses nought there by itself.
    const byPlain = combine(normal, identity(d), ALPHA);
    for (const system of [byProjected, byPlain]) {
      const full = multiply(p, solve(system, multiply(transpose(hp), targets)));
      const rankOne = [...solution!.w].map((w) => [...r].map((x) => w * x));
      expect(distance(rankOne.flat(), full.flat())).toBeLessThan(1e-6);
    }
  });

  test('minimises the regression: any step away costs more', async () => {
    const [solution] = await solveLayer({ benign: { rows: benign, d }, harmful: { rows: harmful }, rho: 0.5, alpha: ALPHA });
    const cost = (w: number[]) => {
      const pw = multiply(
        p,
        w.map((x) => [x]),
      ).flat();
      return h.reduce(
        (sum, row) => sum + (row.reduce((c, x, i) => c + x * pw[i]!, 0) - 1) ** 2,
        ALPHA * pw.reduce((sum, x) => sum + x * x, 0),
      );
    };
    const best = cost([...solution!.w]);
    for (let seed = 0; seed < 20; seed++) {
      const step = normalMatrix(1, d, 100 + seed);
      expect(cost([...solution!.w].map((x, i) => x + 0.01 * step[i]!))).toBeGreaterThan(best);
    }
  });
});

describe('the null space', () => {
  test('is a projector of rank ⌊ρd⌋ on the smallest eigenvalues', async () => {
    const d = 24;
    const benign = normalMatrix(60, d, 5);
    const space = await BenignSpace.decompose({ rows: benign, d });
    const unit = Float32Array.from(identity(d).flat());
    for (const rho of [0.1, 0.3, 0.5, 0.75, 0.96]) {
      const k = Math.floor(rho * d);
      const p = fromRows(await space.project(unit, rho), d);
      expect(distance(multiply(p, p).flat(), p.flat())).toBeLessThan(1e-13);
      expect(distance(transpose(p).flat(), p.flat())).toBeLessThan(1e-13);
      expect(p.reduce((trace, row, i) => trace + row[i]!, 0)).toBeCloseTo(k, 10);
      expect(distance(p.flat(), projector(fromRows(benign, d), k).flat())).toBeLessThan(1e-10);
    }
  });

  test('takes the whole exact null space where there are few benign rows', async () => {
    const d = 30;
    const few = normalMatrix(6, d, 8);
    const benign = new Float32Array([...few, ...few, ...new Float32Array(d * 3)]); // twice each, and three rows of nothing
    const unit = Float32Array.from(identity(d).flat());
    for (const source of [{ rows: benign, d }, { gram: await gramOf(benign, d) }]) {
      const space = await BenignSpace.decompose(source);
      const [solution] = await space.solve({ rows: normalMatrix(10, d, 9) }, { rho: 0.5 });
      expect(solution).toMatchObject({ k: 15, rank: 24 });
      expect((await scores(benign, solution!.w)).every((c) => Math.abs(c) < 1e-5)).toBe(true);
      const p = fromRows(await space.project(unit, 0.5), d);
      expect(p.reduce((trace, row, i) => trace + row[i]!, 0)).toBeCloseTo(24, 10);
      // A larger share than that is obeyed.
      const [wide] = await space.solve({ rows: normalMatrix(10, d, 9) }, { rho: 0.9 });
      expect(wide).toMatchObject({ k: 27, rank: 27 });
    }
  });

  test('stays a projector where few benign rows are nearly the same', async () => {
    const d = 40;
    const common = normalMatrix(1, d, 3);
    const noise = normalMatrix(12, d, 4);
    const benign = noise.map((x, i) => common[i % d]! + 1e-6 * x);
    const space = await BenignSpace.decompose({ rows: benign, d });
    const p = fromRows(await space.project(Float32Array.from(identity(d).flat()), 0.5), d);
    expect(p.reduce((trace, row, i) => trace + row[i]!, 0)).toBeCloseTo(28, 10);
    expect(distance(multiply(p, p).flat(), p.flat())).toBeLessThan(1e-13);
    expect(Math.max(...(await space.project(benign, 0.5)).map(Math.abs))).toBeLessThan(1e-9);
  });

  test('keeps equal eigenvalues together', async () => {
    const d = 12;
    const benign = new Float32Array(d * d);
    for (let i = 0; i < d; i++) benign[i * d + i] = i < 5 ? 3 : i < 9 ? 2 : 1;
    const [a, b, c] = await solveLayer({ benign: { rows: benign, d }, harmful: { rows: normalMatrix(3, d, 4) }, rho: [0.25, 0.34, 0.6] });
    expect([a!.rank, b!.rank, c!.rank]).toEqual([3, 7, 7]);
    expect(b).toMatchObject({ keptLargest: expect.closeTo(4, 12), cutSmallest: expect.closeTo(9, 12) });
  });

  test('is everything when the benign rows are all nought', async () => {
    const d = 6;
    const harmful = normalMatrix(4, d, 1);
    const [solution] = await solveLayer({ benign: { rows: new Float32Array(3 * d), d }, harmful: { rows: harmful }, rho: 0.5 });
    const h = fromRows(harmful, d);
    const ridge = solve(
      combine(multiply(transpose(h), h), identity(d), ALPHA),
      multiply(
        transpose(h),
        h.map(() => [1]),
      ),
    );
    expect(solution!.rank).toBe(d);
    expect(solution!.cutSmallest).toBeNaN();
    expect(distance(solution!.w, ridge.flat())).toBeLessThan(1e-6);
  });
});

test('random shapes: rank, optimum, bound on benign rows, and order of ρ', async () => {
  const random = uniform(42);
  const pick = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  for (let trial = 0; trial < 60; trial++) {
    const d = pick(2, 40);
    const n = pick(1, 3 * d);
    const m = pick(1, 2 * d);
    const benign = normalMatrix(n, d, 1000 + trial);
    const harmful = normalMatrix(m, d, 2000 + trial).map((x) => x + 0.5);
    // Coordinates of very different size, as residual streams have.
    for (let i = 0; i < n * d; i++) benign[i] = benign[i]! * 10 ** (2 - (4 * (i % d)) / d);
    for (let copies = pick(0, 3); copies > 0; copies--) benign.copyWithin(pick(0, n - 1) * d, 0, d);
    for (let blanks = pick(0, 2); blanks > 0; blanks--) benign.fill(0, 0, d);
    const rhos = [0.9, 0.2 + 0.7 * random(), 0.5].filter((rho) => rho * d >= 1);
    const solutions = await solveLayer({ benign: { rows: benign, d }, harmful: { rows: harmful }, rho: rhos, alpha: ALPHA });
    const where = `trial ${trial}: d ${d}, n ${n}, m ${m}`;
    for (const [i, solution] of solutions.entries()) {
      expect(solution.rho, where).toBe(rhos[i]);
      expect(solution.k, where).toBe(Math.max(1, Math.min(d - 1, Math.floor(rhos[i]! * d))));
      expect(solution.rank, where).toBeGreaterThanOrEqual(solution.k);
      expect(solution.rank, where).toBeGreaterThanOrEqual(d - n);
      const [alone] = await solveLayer({ benign: { rows: benign, d }, harmful: { rows: harmful }, rho: rhos[i]!, alpha: ALPHA });
      expect(distance(solution.w, alone!.w), where).toBeLessThan(1e-6);

      const p = projector(fromRows(benign, d), solution.rank);
      const hp = multiply(fromRows(harmful, d), p);
      const ridge = solve(
        combine(multiply(transpose(hp), hp), identity(d), ALPHA),
        multiply(
          transpose(hp),
          hp.map(() => [1]),
        ),
      );
      expect(distance(solution.w, multiply(p, ridge).flat()), where).toBeLessThan(1e-5);

      const c = await scores(benign, solution.w);
      for (let row = 0; row < n; row++) {
        const length = Math.hypot(...benign.subarray(row * d, (row + 1) * d));
        expect(Math.abs(c[row]!), where).toBeLessThanOrEqual(solution.benignBound * (1 + 1e-9) + 1e-6 * length * solution.wNorm);
      }
      const rms = Math.sqrt(fromRows(benign, d).reduce((sum, row) => sum + multiply([row], p)[0]!.reduce((s, x) => s + x * x, 0), 0) / n);
      expect(Math.abs(solution.benignResidual - rms), where).toBeLessThan(1e-6 * (1 + rms) + 1e-5);
      expect(distance(solution.harmfulScores, await scores(harmful, solution.w)), where).toBe(0);
    }
  }
});

describe('other routes to the same w', () => {
  test('fewer rows than dimensions: inner products of rows or the d × d matrix', async () => {
    const d = 160;
    for (const n of [1, 3, 40, 100, 159]) {
      const benign = normalMatrix(n, d, n);
      const harmful = { rows: normalMatrix(30, d, 77) };
      const rho = [0.3, 0.6, 0.8];
      const dual = await solveLayer({ benign: { rows: benign, d }, harmful, rho });
      const primal = await solveLayer({ benign: { gram: await gramOf(benign, d) }, harmful, rho });
      for (const [i, solution] of dual.entries()) {
        expect(solution.rank).toBe(primal[i]!.rank);
        expect(distance(solution.w, primal[i]!.w)).toBeLessThan(1e-6);
        expect(solution.keptLargest).toBeCloseTo(primal[i]!.keptLargest, 8);
      }
    }
  });

  test('fewer harmful rows than dimensions or more: repeating them with a share of the weight changes nothing', async () => {
    const d = 48;
    const benign = { rows: normalMatrix(100, d, 1), d };
    const harmful = normalMatrix(20, d, 2);
    const times = 4; // 80 rows > 48
    const repeated = new Float32Array(Array.from({ length: times }, () => [...harmful]).flat());
    const [one] = await solveLayer({ benign, harmful: { rows: harmful }, rho: 0.5 });
    const weights = new Float64Array(20 * times).fill(1 / times);
    const [many] = await solveLayer({ benign, harmful: { rows: repeated, weights }, rho: 0.5 });
    expect(distance(many!.w, one!.w)).toBeLessThan(1e-6);
  });

  test('a weight of 3 is three rows, a weight of 0 none', async () => {
    const d = 20;
    const rows = normalMatrix(50, d, 3);
    const weights = Float64Array.from({ length: 50 }, (_, i) => (i === 7 ? 3 : i === 8 ? 0 : 1));
    const explicit = new Float32Array([
      ...rows.subarray(0, 8 * d),
      ...rows.subarray(9 * d),
      ...rows.subarray(7 * d, 8 * d),
      ...rows.subarray(7 * d, 8 * d),
    ]);
    const harmful = { rows: normalMatrix(9, d, 4) };
    const [weighted] = await solveLayer({ benign: { rows, d, weights }, harmful, rho: 0.5 });
    const [repeated] = await solveLayer({ benign: { rows: explicit, d }, harmful, rho: 0.5 });
    expect(distance(weighted!.w, repeated!.w)).toBeLessThan(1e-6);
    expect(weighted!.benignResidual).toBeCloseTo(repeated!.benignResidual, 10);
  });

  test('a heavily weighted benign row scores closer to nought', async () => {
    const d = 32;
    const rows = normalMatrix(100, d, 3);
    const harmful = { rows: normalMatrix(20, d, 4).map((x) => x + 0.3) };
    const worst = async (weight: number) => {
      const weights = new Float64Array(100).fill(1);
      weights[5] = weight;
      const [solution] = await solveLayer({ benign: { rows, d, weights }, harmful, rho: 0.5 });
      const c = Math.abs((await scores(rows.subarray(5 * d, 6 * d), solution!.w))[0]!);
      expect(c).toBeLessThanOrEqual(solution!.benignBound / Math.sqrt(weight) + 1e-6);
      return c;
    };
    expect(await worst(10_000)).toBeLessThan(0.1 * (await worst(1)));
  });

  test('the same bits every time', async () => {
    const d = 96;
    const layer = { benign: { rows: normalMatrix(300, d, 1), d }, harmful: { rows: normalMatrix(50, d, 2) }, rho: 0.5 };
    const [a, b] = await Promise.all([solveLayer(layer), solveLayer(layer)]);
    expect(a).toEqual(b);
  });
});

describe('a growing Gram matrix', () => {
  const d = 20;
  const rows = normalMatrix(333, d, 6);
  const harmful = { rows: normalMatrix(9, d, 7) };
  const w = async (gram: GramAccumulator) => (await solveLayer({ benign: { gram }, harmful, rho: 0.5 }))[0]!.w;

  test('has the same bits however its rows were portioned, saved and loaded', async () => {
    const whole = await gramOf(rows, d);
    let portioned = new GramAccumulator(d);
    const cuts = [0, 1, 1 + 127, 130, 300, 333];
    for (let i = 1; i < cuts.length; i++) {
      await portioned.add(rows.slice(cuts[i - 1]! * d, cuts[i]! * d));
      portioned = await GramAccumulator.deserialise(d, await portioned.serialise());
    }
    expect(portioned.count).toBe(333);
    expect(await portioned.serialise()).toEqual(await whole.serialise());
    expect(await w(portioned)).toEqual(await w(whole));
  });

  test('can be used when its last block is exactly full', async () => {
    const full = normalMatrix(256, d, 8);
    const gram = await gramOf(full, d);
    const [direct] = await solveLayer({ benign: { rows: full, d }, harmful, rho: 0.5 });
    expect(await w(gram)).toEqual(direct!.w);
    expect(await w(await GramAccumulator.deserialise(d, await gram.serialise()))).toEqual(direct!.w);
  });

  test('takes calls in order without waiting', async () => {
    const gram = new GramAccumulator(d);
    for (let i = 0; i < 333; i += 37) void gram.add(rows.subarray(i * d, (i + 37) * d));
    expect(await w(gram)).toEqual(await w(await gramOf(rows, d)));
    expect(gram.count).toBe(333);
  });

  test('merges', async () => {
    const a = await gramOf(rows.slice(0, 200 * d), d);
    await a.merge(await gramOf(rows.slice(200 * d), d));
    expect(a.count).toBe(333);
    expect(distance(await w(a), await w(await gramOf(rows, d)))).toBeLessThan(1e-6);
    expect(() => a.merge(a)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    expect(() => a.merge(new GramAccumulator(d + 1))).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  test('stays as it was when bad rows are offered', async () => {
    const gram = await gramOf(rows, d);
    const before = await gram.serialise();
    const bad = rows.slice();
    bad[100 * d + 3] = Number.NaN;
    await expect(gram.add(bad)).rejects.toMatchObject({ code: 'bad-input', message: expect.stringContaining('row 100') });
    await expect(gram.add(rows, { weights: new Float64Array(333).fill(-1) })).rejects.toMatchObject({ code: 'bad-input' });
    expect(await gram.serialise()).toEqual(before);
  });

  test('refuses damaged bytes', async () => {
    const bytes = await (await gramOf(rows, d)).serialise();
    const cases: Uint8Array[] = [new Uint8Array(0), bytes.slice(0, 39), bytes.slice(0, -1), new Uint8Array([...bytes, 0])];
    for (const at of [0, 4, 8, 24, 30]) {
      const flipped = bytes.slice();
      flipped[at] = flipped[at]! ^ 0xff;
      cases.push(flipped);
    }
    const nan = bytes.slice();
    new DataView(nan.buffer).setFloat64(40, Number.NaN, true);
    cases.push(nan);
    for (const bad of cases) await expect(GramAccumulator.deserialise(d, bad)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(GramAccumulator.deserialise(d + 1, bytes)).rejects.toMatchObject({ code: 'bad-input' });
  });
});

describe('bad input', () => {
  const d = 8;
  const benign = { rows: normalMatrix(20, d, 1), d };
  const harmful = { rows: normalMatrix(5, d, 2) };
  const nan = (rows: Float32Array, at: number) => rows.map((x, i) => (i === at ? Number.NaN : x));

  test.each([
    ['no benign rows', { benign: { rows: new Float32Array(0), d } }],
    ['an empty sum', { benign: () => ({ gram: new GramAccumulator(d) }) }],
    ['no harmful rows', { harmful: { rows: new Float32Array(0) } }],
    ['half a benign row', { benign: { rows: new Float32Array(12), d } }],
    ['harmful rows of another width', { harmful: { rows: new Float32Array(9) } }],
    ['NaN in a benign row', { benign: { rows: nan(benign.rows, 33), d } }],
    ['NaN in a harmful row', { harmful: { rows: nan(harmful.rows, 17) } }],
    ['infinity', { harmful: { rows: harmful.rows.map(() => Number.POSITIVE_INFINITY) } }],
    ['a width of nought', { benign: { rows: benign.rows, d: 0 } }],
    ['too few weights', { harmful: { ...harmful, weights: new Float64Array(4) } }],
    ['a negative weight', { benign: { ...benign, weights: new Float64Array(20).fill(-0.5) } }],
    ['weights of nought alone', { benign: { ...benign, weights: new Float64Array(20) } }],
    ['harmful weights of nought alone', { harmful: { ...harmful, weights: new Float64Array(5) } }],
    ['ρ of 0', { rho: 0 }],
    ['ρ of 1', { rho: 1 }],
    ['ρ below one dimension', { rho: 0.1 }],
    ['ρ not a number', { rho: Number.NaN }],
    ['α of 0', { alpha: 0 }],
    ['α not a number', { alpha: Number.NaN }],
    ['doubles', { benign: { rows: Float64Array.from(benign.rows) as unknown as Float32Array, d } }],
  ])('%s', async (_name, change: Record<string, unknown>) => {
    const source = typeof change['benign'] === 'function' ? { ...change, benign: (change['benign'] as () => unknown)() } : change;
    await expect(solveLayer({ benign, harmful, rho: 0.5, ...(source as object) })).rejects.toMatchObject({
      name: 'SteeringError',
      code: 'bad-input',
    });
  });

  test('names the row', async () => {
    await expect(solveLayer({ benign, harmful: { rows: nan(harmful.rows, 17) }, rho: 0.5 })).rejects.toThrow(/harmful row 2 /);
    await expect(solveLayer({ benign: { rows: nan(benign.rows, 33), d }, harmful, rho: 0.5 })).rejects.toThrow(/benign row 4 /);
  });

  test('a share below what was decomposed for', async () => {
    const space = await BenignSpace.decompose(benign, { minRho: 0.5 });
    await expect(space.solve(harmful, { rho: 0.3 })).rejects.toMatchObject({ code: 'bad-input' });
    await expect(space.project(harmful.rows, 0.3)).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('scores of the wrong shape or of nothing', async () => {
    await expect(scores(new Float32Array(9), new Float32Array(8))).rejects.toMatchObject({ code: 'bad-input' });
    await expect(scores(new Float32Array(8), new Float32Array(8).fill(Number.NaN))).rejects.toMatchObject({ code: 'bad-input' });
    expect(await scores(new Float32Array(0), new Float32Array(8))).toHaveLength(0);
  });
});

test('k forgives the last bit of ρ·d', () => {
  expect(nullSpaceRank(0.29, 100)).toBe(29);
  expect(nullSpaceRank(0.6, 5)).toBe(3);
  expect(nullSpaceRank(0.999, 8)).toBe(7);
  expect(nullSpaceRank(0.5, 896)).toBe(448);
});

async function gramOf(rows: Float32Array, d: number): Promise<GramAccumulator> {
  const gram = new GramAccumulator(d);
  await gram.add(rows);
  return gram;
}
