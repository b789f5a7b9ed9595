/** Corrections of single requests: what changes, what does not, and what cannot be had. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { calibrate } from '../../../../steering/calibration/calibrate.ts';
import { correct, whyNotCorrectable, type Correction } from '../../../../steering/calibration/corrections/correct.ts';
import { leastChange, type StandardRows } from '../../../../steering/calibration/corrections/least-change.ts';
import { everyReference, referencePrompts, type ReferencePrompts } from '../../../../steering/calibration/corrections/reference.ts';
import { openRowCache } from '../../../../steering/calibration/layers.ts';
import { chatPromptOf, promptKey } from '../../../../steering/calibration/port.ts';
import { calibrationPrompts } from '../../../../steering/calibration/prompts.ts';
import type { RowCache } from '../../../../steering/calibration/rows/row-cache.ts';
import { readProfile, writeProfile, type SteeringProfile } from '../../../../steering/profile/index.ts';
import { normal } from '../random.ts';
import { MadeUpModel } from './made-up-model.ts';

const BUILT_IN = { train: { benign: 96, harmful: 120, pairs: 60 }, validation: { benign: 60, harmful: 60, pairs: 40 } };
const SETS = calibrationPrompts(3, [], BUILT_IN);
const plain = <T extends { wrapper?: unknown }>(prompts: readonly T[]) => prompts.filter(({ wrapper }) => wrapper === undefined);
const REFERENCE: ReferencePrompts = {
  anchors: { harmless: SETS.train.pairs.harmless, harmful: [...SETS.train.pairs.harmful, ...plain(SETS.train.harmful)] },
  shown: { harmless: SETS.validation.pairs.harmless, harmful: SETS.validation.pairs.harmful },
};
/** Harmless, and the model reads them like harm. */
const WRONG = ['How do I kill a process?', 'How do I shoot a portrait?', 'How do I blow up a balloon?'];
const PEACEFUL = 'How do I bake bread?';
const LONG = `Tell me of ${'bread and '.repeat(60)}butter.`;

let folder: string;
let cache: RowCache;
let port: MadeUpModel;
/** As it was calibrated, and without the probe that needs no confirmation, since all harm is one direction in this model. */
let whole: SteeringProfile;
let profile: SteeringProfile;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'steady-corrections-'));
  const textOf = (prompt: Parameters<typeof chatPromptOf>[0]) => JSON.stringify(chatPromptOf(prompt).turns);
  const { train, validation } = SETS;
  const harm = new Set([...train.harmful, ...validation.harmful, ...train.pairs.harmful, ...validation.pairs.harmful].map(textOf));
  for (const text of WRONG) harm.add(JSON.stringify([{ role: 'user', text }]));
  port = new MadeUpModel(({ turns }) => harm.has(JSON.stringify(turns)));
  cache = openRowCache(folder, port.model);
  const control = { signal: new AbortController().signal, onProgress: () => undefined };
  const names = { name: 'Made up', appVersion: '1.2.3', createdAt: '2026-01-01T00:00:00.000Z' };
  const sizes = { builtIn: BUILT_IN, labelled: 64, strengthSample: 12, bandSample: 12 };
  ({ profile: whole } = await calibrate({
    ...control,
    ...names,
    port,
    cache,
    kept: folder,
    sizes,
    seed: 3,
    ownBenign: [],
    out: join(folder, 'p'),
  }));
  const blind = (read: SteeringProfile['layers'][number]['read']) =>
    read?.probe === 2 ? { ...read, tau: 1.5 * read.harmful.values.at(-1)! } : read;
  profile = { ...whole, layers: whole.layers.map((layer) => ({ ...layer, read: blind(layer.read) })) };
});
afterAll(() => {
  cache.close();
  rmSync(folder, { recursive: true, force: true });
});

const corrected = (corrections: readonly Correction[], of = profile) =>
  correct({
    ...{ port, cache, profile: of, corrections, reference: REFERENCE },
    control: { signal: new AbortController().signal, onProgress: () => undefined },
    createdAt: '2026-02-03T00:00:00.000Z',
    name: 'Made up (corrected)',
  });
const answered = (text: string) => ({ text, wanted: 'answered' as const });

describe('a wrong refusal', () => {
  test('is left alone afterwards, and hardly anything else moves', async () => {
    const result = await corrected([answered(WRONG[0]!)]);
    const [one] = result.corrected;
    expect(one!.before).toBeGreaterThan(0);
    expect(one!.after).toBeLessThanOrEqual(0);
    expect(one!.unreached).toBeNull();
    expect(result.harmful.before).toBeGreaterThan(result.harmful.count / 2);
    expect(result.harmful.after).toBeGreaterThanOrEqual(result.harmful.before - result.harmful.count * 0.05);
    expect(result.harmless.after).toBeLessThanOrEqual(result.harmless.before);
    expect(result.changed.length).toBe(result.changed.filter(({ before, after }) => before > 0 !== after > 0).length);
  });

  test('three at once, or one after another: none undoes the one before', async () => {
    const together = await corrected(WRONG.map(answered));
    expect(together.corrected.map(({ after }) => after <= 0)).toEqual([true, true, true]);
    let of = profile;
    for (let n = 1; n <= WRONG.length; n++) ({ profile: of } = await corrected(WRONG.slice(0, n).map(answered), of));
    const again = await corrected(WRONG.map(answered), of);
    expect(again.corrected.map(({ before }) => before <= 0)).toEqual([true, true, true]);
  });

  test('what the new profile says of it is what was promised', async () => {
    const first = await corrected([answered(WRONG[0]!), answered(WRONG[1]!)]);
    const path = join(folder, 'corrected');
    await writeProfile(path, first.profile);
    const again = await corrected([answered(WRONG[0]!), answered(WRONG[1]!)], await readProfile(path));
    again.corrected.forEach(({ before }, at) => expect(before).toBeCloseTo(first.corrected[at]!.after, 2));
    expect(again.harmful.before).toBe(first.harmful.after);
    expect(first.profile.name).toBe('Made up (corrected)');
    expect(first.profile.notes).toContain('Corrected on 2026-02-03: 2 requests to be answered, 0 to be refused.');
  });

  test('nothing moves for requests that are far below the threshold already', async () => {
    const confirmation = profile.method.confirmation!;
    const steep = { ...profile, method: { ...profile.method, confirmation: { ...confirmation, scale: confirmation.scale / 8 } } };
    const asked = ['bread', 'soup', 'jam', 'cake', 'rice', 'tea'].map((what) => answered(`How do I make ${what}?`));
    const far = (await corrected(asked, steep)).corrected.filter(({ before }) => before < -1.3).map(({ text }) => answered(text));
    expect(far.length).toBeGreaterThan(0);
    const { profile: same } = await corrected(far, steep);
    const confirming = (of: SteeringProfile) => of.layers.map((layer) => layer.confirming);
    expect(confirming(same)).toEqual(confirming(steep));
  });
});

test('what the part that needs no confirmation refuses stays refused, and that is said', async () => {
  const {
    corrected: [one],
  } = await corrected([answered(WRONG[0]!)], whole);
  expect(one).toMatchObject({ unreached: 'attack' });
  expect(one!.after).toBeGreaterThan(0);
});

test('a request in which nothing stands out cannot be caught, and that is said', async () => {
  const {
    corrected: [one],
  } = await corrected([{ text: PEACEFUL, wanted: 'refused' }]);
  expect(one).toMatchObject({ unreached: 'not-seen' });
  expect(one!.after).toBeLessThanOrEqual(0);
});

test('a request that is too long for the second stage is said to be, and moves nothing', async () => {
  const short = { ...profile, method: { ...profile.method, confirmation: { ...profile.method.confirmation!, mostTokens: 5 } } };
  const {
    corrected: [one],
  } = await corrected([answered(LONG)], short);
  expect(one!.unreached).toBe('too-long');
  expect(one!.after).toBeCloseTo(one!.before, 5);
});

test('a profile without a second stage, other layers than are kept, and no requests are refused', async () => {
  const { confirmation: _, ...method } = profile.method;
  await expect(corrected([answered('x')], { ...profile, method })).rejects.toThrow('has no second stage');
  expect(whyNotCorrectable(profile, { tokenLayers: [1], tokensEach: cache.tokensEach })).toContain('other layers');
  expect(whyNotCorrectable(profile, cache)).toBeNull();
  await expect(corrected([])).rejects.toThrow('nothing to correct');
});

test('the built-in requests are enough of each kind, none is both kept still and shown, and they are the same each time', () => {
  const reference = referencePrompts();
  const keys = everyReference(reference).map(promptKey);
  expect(keys.length).toBeGreaterThan(600);
  expect(keys.length).toBeLessThan(1200);
  const shown = new Set([...reference.shown.harmless, ...reference.shown.harmful].map(promptKey));
  expect([...reference.anchors.harmless, ...reference.anchors.harmful].filter((prompt) => shown.has(promptKey(prompt)))).toEqual([]);
  for (const part of [reference.anchors, reference.shown]) {
    for (const side of [part.harmless, part.harmful]) expect(side.length).toBeGreaterThan(100);
  }
  expect(referencePrompts()).toBe(reference);
});

describe('the least change', () => {
  const WIDTH = 6;
  const next = normal(5);
  const rows = (count: number) => Float32Array.from({ length: count * WIDTH }, () => next());
  const layers: StandardRows[] = [0, 1].map(() => ({ harmless: rows(9), harmful: rows(7), corrected: rows(2), width: WIDTH }));
  const wanted = Float64Array.of(-1, 2);

  test('is the one that the formula has', async () => {
    const found = (await leastChange(layers, wanted)).flatMap((delta) => [...delta]);
    // The normal equations of both layers together, written out and solved.
    const size = layers.length * WIDTH;
    const matrix = Array.from({ length: size }, () => new Float64Array(size));
    const right = new Float64Array(size);
    const row = (part: Float32Array, at: number) => [...part.subarray(at * WIDTH, (at + 1) * WIDTH)];
    layers.forEach(({ harmless, harmful }, l) => {
      const square = harmless.reduce((sum, x) => sum + x * x, 0) / harmless.length;
      for (let i = 0; i < WIDTH; i++) {
        matrix[l * WIDTH + i]![l * WIDTH + i]! += (3 * square) / 2;
        for (let j = 0; j < WIDTH; j++) {
          for (let n = 0; n < 9; n++) matrix[l * WIDTH + i]![l * WIDTH + j]! += ((5 / 9) * row(harmless, n)[i]! * row(harmless, n)[j]!) / 2;
          for (let n = 0; n < 7; n++) matrix[l * WIDTH + i]![l * WIDTH + j]! += (row(harmful, n)[i]! * row(harmful, n)[j]!) / 7 / 2;
        }
      }
    });
    for (let n = 0; n < 2; n++) {
      const x = layers.flatMap(({ corrected: part }) => row(part, n).map((value) => value / 2));
      for (let i = 0; i < size; i++) {
        right[i]! += x[i]! * wanted[n]!;
        for (let j = 0; j < size; j++) matrix[i]![j]! += x[i]! * x[j]!;
      }
    }
    solve(matrix, right).forEach((value, i) => expect(found[i]).toBeCloseTo(value, 3));
  });

  test('is none where nothing is wanted, and ends when it is cancelled', async () => {
    expect((await leastChange(layers, new Float64Array(2))).every((delta) => delta.every((value) => value === 0))).toBe(true);
    const controller = new AbortController();
    controller.abort();
    await expect(leastChange(layers, wanted, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
  });
});

/** Gaussian elimination of a positive definite system. */
function solve(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const a = matrix.map((line, i) => [...line, right[i]!]);
  const n = a.length;
  for (let k = 0; k < n; k++) {
    for (let i = k + 1; i < n; i++) {
      const factor = a[i]![k]! / a[k]![k]!;
      for (let j = k; j <= n; j++) a[i]![j]! -= factor * a[k]![j]!;
    }
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) x[i] = (a[i]![n]! - x.reduce((sum, value, j) => (j > i ? sum + a[i]![j]! * value : sum), 0)) / a[i]![i]!;
  return x;
}
