/** Conditional steering, to compare with: the condition is found where harm stands, and what is added stays the base's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bestThreshold, makeConditionalProfile } from '../../../../steering/calibration/conditional-method.ts';
import { chatPromptOf } from '../../../../steering/calibration/port.ts';
import { buildCalibrationSet } from '../../../../steering/prompts/index.ts';
import { readProfile } from '../../../../steering/profile/index.ts';
import { sampleLayer, sampleProfile } from '../sample-profile.ts';
import { HARM, MadeUpModel, TOKENS, WIDTH } from './made-up-model.ts';

test('the threshold with the best F1 stands between two scores', () => {
  expect(bestThreshold([0, 1, 2], [3, 4])).toEqual({ tau: 2.5, f1: 1 });
  // Above 1.5: both harmful ones and one harmless.
  expect(bestThreshold([0, 1, 3], [2, 4])).toMatchObject({ tau: 1.5, f1: expect.closeTo(0.8) as number });
  // All of the same score cannot be told apart; everything is above.
  expect(bestThreshold([1, 1], [1])).toMatchObject({ tau: 0.5, f1: 0.5 });
});

test("the condition is one layer that tells best, the refusal vectors and their strength are the base profile's", async () => {
  const limits = { benign: 60, harmful: 60 };
  const { harmful } = buildCalibrationSet({ split: 'train', seed: 1, limits });
  const textOf = (prompt: Parameters<typeof chatPromptOf>[0]) => JSON.stringify(chatPromptOf(prompt).turns);
  const bad = new Set(harmful.map(textOf));
  const port = new MadeUpModel(({ turns }) => bad.has(JSON.stringify(turns)));
  port.harmAt = TOKENS - 1;
  const folder = mkdtempSync(join(tmpdir(), 'steady-cast-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const base = sampleProfile({
    model: { name: 'Made up', sha256: port.model.sha256, architecture: 'llama', embeddingLength: WIDTH, layerCount: 24 },
    method: { pooling: 'mean', clip: true, passes: 2, strength: 2, alpha: 10, seed: 7 },
    layers: [sampleLayer(4, WIDTH, 'read'), sampleLayer(9, WIDTH), sampleLayer(10, WIDTH, 'write')],
  });
  const out = join(folder, 'cast.safetensors');
  const control = { signal: new AbortController().signal, onProgress: () => undefined };
  const made = await makeConditionalProfile({ ...control, port, kept: folder, base, out, limits });
  expect(await readProfile(out)).toEqual(made);
  expect(made.layers.filter(({ read }) => read !== null)).toHaveLength(1);
  const writes = ({ layers }: typeof base) => layers.flatMap(({ layer, write }) => (write === null ? [] : [[layer, write]]));
  expect(writes(made)).toEqual(writes(base));
  expect(made.method).toMatchObject({ strength: 2, pooling: 'mean', reading: 'last' });
  expect(made.notes).toMatch(/F1 (0\.9\d|1\.00) on the prompts/);
  const { w } = made.layers.find(({ read }) => read !== null)!.read!;
  expect(w.indexOf(Math.max(...w))).toBe(HARM);
});
