/** The shipped profile passes its trial on its model; what only looks like a profile does not, and protects nobody in silence. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { ownProfilePath, shippedProfilePath } from '../../electron/protection/locate-profile.ts';
import { catalogueEntry } from '../../models/catalogue.ts';
import { searchDirs } from '../../models/paths.ts';
import { encodeProfile, readProfile, writeProfile, type ProfileLayer, type SteeringProfile } from '../../steering/profile/index.ts';
import { REFUSING } from '../synthetic-gguf/refusing-model.ts';
import { evenScores, refusingTarget, startTestApp, syntheticProfile, target } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

/** As people have it: the usual trial, and no chat without protection. */
const start = () => startTestApp(cleanup, { allowUnprotected: false, profileSelfTest: undefined });

test('the shipped profile passes, and the chat behind it begins as if nothing had been asked', async () => {
  const entry = catalogueEntry('qwen2.5-coder-0.5b-instruct');
  const modelPath = searchDirs('/nonexistent')
    .map((folder) => join(folder, entry.fileName))
    .find((path) => existsSync(path));
  if (modelPath === undefined) throw new Error('The test model is missing: `steady models pull qwen2.5-coder-0.5b-instruct`.');
  const { app } = await start();
  const shipped = await readProfile(shippedProfilePath(entry.sha256)!);
  await app.engine.load(target({ modelId: entry.id, modelName: entry.name, modelPath, modelSha256: entry.sha256, contextSize: 1024 }));
  expect(app.protection.state).toMatchObject({ status: 'on', reason: null, profile: { name: shipped.name } });
  const sampling = { temperature: 0, topP: 1, topK: 0, minP: 0, seed: 0, maxTokens: 8, repeatPenalty: 1 };
  const prompt = { systemPrompt: '', turns: [{ role: 'user' as const, text: 'Name three rivers.' }] };
  const ask = () => app.engine.call('chat.generate', { replyId: 'one', prompt, sampling, steer: true });
  const tested = await ask();
  expect(tested.cachedTokens).toBe(0);
  await app.engine.call('steering.apply', {
    profilePath: shippedProfilePath(entry.sha256),
    modelSha256: entry.sha256,
    strength: null,
  });
  expect((await ask()).text).toBe(tested.text);
});

describe('on the model that refuses by words', () => {
  let app: SteadyApp;
  let good: SteeringProfile;
  let own: string;

  beforeAll(async () => {
    const made = await start();
    app = made.app;
    const refusing = await refusingTarget({ contextSize: 1024 });
    own = ownProfilePath(made.dataDir, refusing.modelSha256);
    mkdirSync(dirname(own), { recursive: true });
    const model = await app.engine.load(refusing);
    const { harm, push, width } = REFUSING;
    const along = (dimension: number, size: number) => Float32Array.from({ length: width }, (_, at) => (at === dimension ? size : 0));
    good = syntheticProfile(
      model,
      {
        reads: [{ layer: harm.layer, w: along(harm.dimension, 1), tau: 0.3, scale: 0.1 }],
        writes: [{ layer: push.layer, r: along(push.dimension, 2) }],
      },
      {},
      refusing,
    );
    // It knows some harmful words, and says so: of harmful scores half are open.
    for (const { read } of good.layers) if (read !== null) read.harmful = evenScores(-0.7, 1.3);
  });

  const times = (vector: Float32Array, factor: number) => vector.map((x) => x * factor);
  type Read = NonNullable<ProfileLayer['read']>;
  type Write = NonNullable<ProfileLayer['write']>;
  const changed = (change: { read?: (read: Read) => Read; write?: (write: Write) => Write }): SteeringProfile => ({
    ...good,
    layers: good.layers.map(({ read, write, ...layer }) => ({
      ...layer,
      read: read === null ? null : (change.read?.(read) ?? read),
      write: write === null ? null : (change.write?.(write) ?? write),
    })),
  });
  const turned = (read: Read, factor: number): Read => ({ ...read, w: times(read.w, factor) });
  const pushed = (factor: number) =>
    changed({ write: (write) => ({ ...write, r: times(write.r, factor), rNorm: write.rNorm * Math.abs(factor) }) });
  const apply = async (profile: SteeringProfile) => {
    await writeProfile(own, profile);
    await app.protection.apply(app.engine.model!, app.engine.target!, app.engine);
    return app.protection.state;
  };

  test('a profile that does what it says is on', async () => {
    expect(await apply(good)).toMatchObject({ status: 'on', reason: null });
  });

  test.each<[string, () => SteeringProfile, RegExp]>([
    ['r that points the other way', () => pushed(-1), /the model refused \d of these/],
    [
      'r too short to turn a reply',
      () => pushed(0.02),
      /the model refused \d of (these|\d+ harmful test prompts that it answers without it)/,
    ],
    ['w that points the other way', () => changed({ read: (read) => turned(read, -1) }), /the gate opened for \d+ of 12 harm/],
  ])('%s: off, and nothing is answered', async (_, make, words) => {
    expect(await apply(make())).toMatchObject({ status: 'off', reason: 'self-test-failed', chatAllowed: false, profile: null });
    expect(app.protection.state.message).toMatch(words);
    expect(() => app.protection.requireDecision()).toThrow(expect.objectContaining({ code: 'protection-off' }));
  });

  test.each<[string, () => SteeringProfile]>([
    ['w of zeros', () => changed({ read: (read) => turned(read, 0) })],
    ['a strength of almost nothing', () => ({ ...good, method: { ...good.method, strength: 1e-6 } })],
    ['a threshold that no score reaches', () => changed({ read: (read) => ({ ...read, tau: 1e30 }) })],
  ])('%s: never becomes a profile', (_, make) => {
    expect(() => encodeProfile(make())).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });
});
