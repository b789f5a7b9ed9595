/** What the engine answers counts for the model and the profile that were asked for, and for no other. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { EnginePort } from '../../../electron/calibration/engine-port.ts';
import type { EngineSupervisor } from '../../../electron/engine/supervisor.ts';
import { readProfile } from '../../../steering/profile/index.ts';
import { HASHES, sampleProfile } from '../steering/sample-profile.ts';

const PROMPT = { systemPrompt: '', turns: [{ role: 'user' as const, text: 'Hello' }] };
const HOW = { maxTokens: 8, steer: true };
const { signal } = new AbortController();

/** The supervisor's side of the port: who runs, and what was asked of whom. */
function engine(answer: (name: string, input: Record<string, unknown>) => unknown = () => undefined) {
  const calls: string[] = [];
  const state = { pid: 1, target: { modelSha256: HASHES.model } };
  const supervisor = Object.assign(state, {
    ready: () => Promise.resolve({}),
    call: async (name: string, input: Record<string, unknown>) => {
      calls.push(name);
      return (await answer(name, input)) ?? (name === 'batch.generate' ? { replies: [{ text: 'Hi.', steered: true }] } : {});
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'steady-port-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const model = {
    ...{ name: 'Tiny', sha256: HASHES.model, architecture: 'qwen2', embeddingLength: 8, layerCount: 24 },
    ...{ chatTemplateSha256: HASHES.template, steerableLayers: [2, 9, 10] },
  };
  return { state, calls, folder, port: new EnginePort(supervisor as unknown as EngineSupervisor, model, folder) };
}

test('a profile lies on disk while the engine reads it, and not longer', async () => {
  const seen: string[] = [];
  const { port, folder } = engine(async (name, { profilePath }) => {
    if (name === 'steering.apply') seen.push((await readProfile(profilePath as string)).name);
  });
  await port.applyProfile(sampleProfile());
  expect(seen).toEqual([sampleProfile().name]);
  expect(readdirSync(folder)).toEqual([]);
  expect(await port.generate([PROMPT], HOW, signal)).toMatchObject([{ text: 'Hi.', steered: true }]);
});

test('steered replies need the process that holds the profile; unsteered ones do not', async () => {
  const { port, state, calls } = engine();
  await expect(port.generate([PROMPT], HOW, signal)).rejects.toMatchObject({ code: 'engine-crashed' });
  await port.applyProfile(sampleProfile());
  state.pid = 2;
  await expect(port.generate([PROMPT], HOW, signal)).rejects.toMatchObject({ code: 'engine-crashed' });
  await expect(port.firstTokenKl([PROMPT], signal)).rejects.toMatchObject({ code: 'engine-crashed' });
  expect(calls).toEqual(['steering.apply']);
  expect(await port.generate([PROMPT], { ...HOW, steer: false }, signal)).toHaveLength(1);
});

test('a process that was replaced while it answered does not count', async () => {
  const { port, state } = engine((name) => {
    if (name === 'batch.generate') state.pid = 2;
  });
  await port.applyProfile(sampleProfile());
  await expect(port.generate([PROMPT], HOW, signal)).rejects.toMatchObject({ code: 'engine-crashed' });
});

test("another model's answers are refused", async () => {
  const { port, state } = engine();
  state.target = { modelSha256: 'f'.repeat(64) };
  const what = { layers: [2], tokenLayers: [2], tokensEach: 4 };
  await expect(port.capture([PROMPT], what, signal)).rejects.toMatchObject({ code: 'conflict' });
});

test('cancelling does not wait for the engine, and asks it to stop', async () => {
  const { port, calls } = engine((name) => (name === 'batch.generate' ? new Promise(() => undefined) : undefined));
  const controller = new AbortController();
  const replies = port.generate([PROMPT], { ...HOW, steer: false }, controller.signal);
  controller.abort();
  await expect(replies).rejects.toMatchObject({ code: 'cancelled', message: 'The calibration was cancelled.' });
  expect(calls).toEqual(['batch.generate', 'batch.cancel']);
});
