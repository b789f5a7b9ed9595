/** How the solver behaves as a guest in a running app: progress, cancelling, leaving, and the time it takes. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BenignSpace, GramAccumulator, solveLayer, type SolverStage } from '../../../steering/solver/index.ts';
import { normalMatrix } from './random.ts';

describe('progress', () => {
  test('never falls, names its stages in order and ends near 1', async () => {
    const d = 320;
    const seen: { stage: SolverStage; done: number }[] = [];
    await solveLayer({
      benign: { rows: normalMatrix(600, d, 1), d },
      harmful: { rows: normalMatrix(100, d, 2) },
      rho: [0.4, 0.6],
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.map((p) => p.done)).toEqual(seen.map((p) => p.done).sort((a, b) => a - b));
    const order: SolverStage[] = ['gram', 'reduce', 'iterate', 'vectors', 'ridge'];
    const stages = seen.map((p) => order.indexOf(p.stage));
    expect(stages).toEqual([...stages].sort((a, b) => a - b));
    expect(seen.every((p) => p.done >= 0 && p.done <= 1)).toBe(true);
  });

  test('an error in the callback ends the work with that error', async () => {
    const d = 700;
    const fault = new Error('the window is gone');
    const work = solveLayer({
      benign: { rows: normalMatrix(800, d, 1), d },
      harmful: { rows: normalMatrix(10, d, 2) },
      rho: 0.5,
      onProgress: () => {
        throw fault;
      },
    });
    await expect(work).rejects.toBe(fault);
  });
});

describe('cancelling', () => {
  test('before the start costs nothing', async () => {
    const d = 8;
    const gram = new GramAccumulator(d);
    const signal = AbortSignal.abort();
    await expect(gram.add(normalMatrix(3, d, 1), { signal })).rejects.toMatchObject({ code: 'cancelled' });
    expect(gram.count).toBe(0);
    await gram.add(normalMatrix(3, d, 1));
    expect(gram.count).toBe(3);
  });

  test('ends a large problem within a second, in whatever stage it is, and the addon goes on working', async () => {
    const d = 2048;
    const rows = normalMatrix(64, d, 1);
    const gram = new GramAccumulator(d);
    for (let i = 0; i < 4; i++) await gram.add(rows);
    for (const stage of ['reduce', 'iterate'] as const) {
      const controller = new AbortController();
      let aborted = 0;
      const work = BenignSpace.decompose(
        { gram },
        {
          signal: controller.signal,
          onProgress: (progress) => {
            if (progress.stage !== stage || aborted !== 0) return;
            aborted = performance.now();
            controller.abort();
          },
        },
      );
      await expect(work).rejects.toMatchObject({ name: 'SteeringError', code: 'cancelled' });
      expect(aborted).toBeGreaterThan(0);
      expect(performance.now() - aborted, stage).toBeLessThan(1000);
    }
    // Waiting jobs are let go as well: more are started than run at once.
    const controller = new AbortController();
    const many = Array.from({ length: 6 }, () => BenignSpace.decompose({ gram }, { signal: controller.signal }));
    const settled = Promise.allSettled(many);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const start = performance.now();
    controller.abort();
    expect((await settled).map((r) => r.status === 'rejected' && (r.reason as { code: string }).code)).toEqual(Array(6).fill('cancelled'));
    expect(performance.now() - start).toBeLessThan(2000);
    const small = await solveLayer({ benign: { rows: normalMatrix(9, 4, 1), d: 4 }, harmful: { rows: normalMatrix(2, 4, 2) }, rho: 0.5 });
    expect(small[0]!.w).toHaveLength(4);
  });

  test('half-way through adding rows makes the sum unusable, and says so', async () => {
    const d = 1024;
    const gram = new GramAccumulator(d);
    const controller = new AbortController();
    const rows = normalMatrix(4096, d, 1);
    const adding = gram.add(rows, { signal: controller.signal, onProgress: () => controller.abort() });
    await expect(adding).rejects.toMatchObject({ code: 'cancelled' });
    await expect(gram.add(rows.subarray(0, d))).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringContaining('cancelled half-way'),
    });
    await expect(gram.serialise()).rejects.toMatchObject({ code: 'bad-input' });
  });

  test('a process that wants to end does not wait for the work', async () => {
    const script = `
      import { GramAccumulator, BenignSpace } from ${JSON.stringify(join(import.meta.dirname, '../../../steering/solver/index.ts'))};
      const d = 2048;
      const gram = new GramAccumulator(d);
      await gram.add(Float32Array.from({ length: 32 * d }, (_, i) => Math.sin(i * i)));
      void BenignSpace.decompose({ gram }, { onProgress: (p) => { if (p.stage === 'reduce') { console.log('started'); process.exit(0); } } });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const started = await new Promise<number>((resolve) => child.stdout.once('data', () => resolve(performance.now())));
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(0);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('this thread stays free meanwhile', async () => {
  const d = 600;
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const start = performance.now();
  await solveLayer({ benign: { rows: normalMatrix(700, d, 1), d }, harmful: { rows: normalMatrix(50, d, 2) }, rho: 0.5 });
  clearInterval(timer);
  // At least one tick in 50 ms on average, on however busy a machine.
  expect(ticks).toBeGreaterThanOrEqual(Math.floor((performance.now() - start - 100) / 50));
});

test('d = 896, the default model: time printed', async () => {
  const d = 896;
  const benign = { rows: normalMatrix(2000, d, 1), d };
  const harmful = { rows: normalMatrix(600, d, 2) };
  const start = performance.now();
  const space = await BenignSpace.decompose(benign, { minRho: 0.3 });
  const middle = performance.now();
  const solutions = await space.solve(harmful, { rho: [0.3, 0.5, 0.6] });
  console.info(
    `d = 896, 2,000 benign and 600 harmful rows: decomposition ${(middle - start).toFixed(0)} ms, three values of ρ ${(performance.now() - middle).toFixed(0)} ms`,
  );
  expect(solutions.map((s) => s.rank)).toEqual([268, 448, 537]);
});
