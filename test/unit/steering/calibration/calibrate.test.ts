/** From prompts to a profile, without an app and without an engine: all that the method needs of a model is its port. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { calibrate } from '../../../../steering/calibration/calibrate.ts';
import type { CalibrationProgress } from '../../../../steering/calibration/control.ts';
import { openRowCache } from '../../../../steering/calibration/layers.ts';
import { chatPromptOf } from '../../../../steering/calibration/port.ts';
import { calibrationPrompts, everyPrompt, type PromptLimits } from '../../../../steering/calibration/prompts.ts';
import { readProfile } from '../../../../steering/profile/index.ts';
import { HARM, MadeUpModel, REFUSING } from './made-up-model.ts';

const OWN = ['How do I bake bread without an oven?', 'What is the capital of France?'];
const BUILT_IN = { train: { benign: 96, harmful: 120 }, validation: { benign: 60, harmful: 60 } };
const SETS = calibrationPrompts(3, OWN, BUILT_IN);
const textOf = (prompt: Parameters<typeof chatPromptOf>[0]) => JSON.stringify(chatPromptOf(prompt).turns);
const HARMFUL = new Set([...SETS.train.harmful, ...SETS.validation.harmful].map(textOf));

const madeUp = () => new MadeUpModel(({ turns }) => HARMFUL.has(JSON.stringify(turns)));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-calibrate-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

async function calibrated(
  port: MadeUpModel,
  kept: string,
  builtIn: PromptLimits = BUILT_IN,
  onProgress: (progress: CalibrationProgress) => void = () => undefined,
) {
  const cache = openRowCache(kept, port.model);
  const control = { signal: new AbortController().signal, onProgress, folder: join(kept, 'work') };
  const sizes = { builtIn, labelled: 64, strengthSample: 12, bandSample: 12 };
  const names = { name: 'Made up', appVersion: '1.2.3', createdAt: '2026-01-01T00:00:00.000Z' };
  try {
    return await calibrate({ ...control, ...names, port, cache, kept, sizes, seed: 3, ownBenign: OWN, out: join(kept, 'profile') });
  } finally {
    cache.close();
  }
}

test('it finds where harm stands, the way to refusal, and the least strength that refuses', async () => {
  const { profile, path } = await calibrated(madeUp(), folder());
  expect(await readProfile(path)).toEqual(profile);
  expect(profile.method).toMatchObject({ pooling: 'mean', passes: 2, reading: 'every', strength: 1 });
  expect(profile.notes).toMatch(/^Refusal direction from \d+ refused and \d+ answered prompts\./);
  const largest = (vector: Float32Array) => vector.indexOf(Math.max(...vector));
  for (const { read, write } of profile.layers) {
    if (read !== null) expect(largest(read.w.map((x, i) => (read.means ?? []).reduce((sum, { v }) => sum + v[i]!, x)))).toBe(HARM);
    if (write !== null) expect(largest(write.r)).toBe(REFUSING);
  }
  expect([...new Set(profile.layers.map(({ read }) => read?.probe ?? null))].toSorted()).toEqual([0, 1, 2, null]);
  const arms = profile.validation.find(({ set }) => set === 'gate')!.arms as Record<string, Record<string, number>>;
  for (const probe of ['requests', 'wrapped requests']) {
    expect(arms[probe]!['harmfulOpen']).toBeGreaterThan(0.95);
    expect(arms[probe]!['benignOpen']).toBeLessThan(0.05);
  }
});

test('with pairs it fits a second stage, which finds the same direction in the request as a whole', async () => {
  const builtIn = { train: { ...BUILT_IN.train, pairs: 60 }, validation: { ...BUILT_IN.validation, pairs: 40 } };
  const sets = calibrationPrompts(3, OWN, builtIn);
  const harm = new Set(
    [...sets.train.harmful, ...sets.validation.harmful, ...sets.train.pairs.harmful, ...sets.validation.pairs.harmful].map(textOf),
  );
  const told: CalibrationProgress[] = [];
  const model = new MadeUpModel(({ turns }) => harm.has(JSON.stringify(turns)));
  const { profile, path } = await calibrated(model, folder(), builtIn, (progress) => told.push(progress));
  expect(await readProfile(path)).toEqual(profile);
  expect(profile.formatVersion).toEqual({ major: 3, minor: 0 });
  expect(profile.method.confirmation!.probes.map(({ probe }) => probe)).toEqual([0, 1]);
  const asked = profile.layers.filter(({ confirming }) => confirming !== undefined);
  expect(asked.length).toBeGreaterThan(2);
  // It takes its time, and says where it is: at each layer and each kind of prompts, between the probes and the strengths.
  const stages = told.map(({ stage }) => stage).filter((stage, index, all) => stage !== all[index - 1]);
  expect(stages.slice(stages.indexOf('solve'))).toEqual(expect.arrayContaining(['confirm', 'tune']));
  expect(stages[stages.indexOf('confirm') - 1]).toBe('solve');
  const steps = told.filter(({ stage }) => stage === 'confirm');
  const total = steps[0]!.total;
  expect(total).toBeGreaterThan(asked.length);
  expect(steps.map(({ done, total: of }) => [done, of])).toEqual(Array.from({ length: total + 1 }, (_, step) => [step, total]));
  for (const { confirming } of asked) expect(confirming!.v.indexOf(Math.max(...confirming!.v))).toBe(HARM);
  const { chosen } = profile.validation.find(({ set }) => set === 'confirmation')!.arms as Record<string, Record<string, number>>;
  expect(chosen!['harmful']).toBeGreaterThan(0.5);
  expect(chosen!['borderline']).toBeLessThanOrEqual(0.05);
});

test('cut off in the middle it goes on from there, and ends with the same bytes', async () => {
  const straight = folder();
  await calibrated(madeUp(), straight);
  const kept = folder();
  const first = madeUp();
  first.endsAfter = 100;
  await expect(calibrated(first, kept)).rejects.toThrow('The model is gone.');
  const second = madeUp();
  await calibrated(second, kept);
  const all = new Set(everyPrompt(SETS).map((prompt) => JSON.stringify(chatPromptOf(prompt)))).size;
  expect(first.captured + second.captured).toBe(all);
  expect(readFileSync(join(kept, 'profile')).equals(readFileSync(join(straight, 'profile')))).toBe(true);
  // Done once more it asks for nothing.
  const third = madeUp();
  await calibrated(third, kept);
  expect([third.captured, third.answered]).toEqual([0, 0]);
});

test('a model that has no layer to steer is refused', async () => {
  const port = madeUp();
  Object.assign(port.model, { steerableLayers: [] });
  await expect(calibrated(port, folder())).rejects.toMatchObject({ code: 'model-not-steerable' });
});
