/** Model files that are made here. One with random weights: llama.cpp loads it, the engine generates with it, and steering reaches it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SHAPES, tensorsOf } from '../synthetic-gguf/shapes.ts';
import { writeSyntheticModel } from '../synthetic-gguf/write.ts';
import { bytesOf } from '../synthetic-gguf/values.ts';
import type { EngineSupervisor } from '../../electron/engine/supervisor.ts';
import { writeProfile } from '../../steering/profile/index.ts';
import { loadPromptSets } from '../../steering/prompts/index.ts';
import { judgeReply } from '../../steering/verdict/judge.ts';
import { ask, generate, noise, refusingTarget, scaled, startEngine, syntheticProfile, target, temporaryFolder, user } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let folder: string;
let path: string;
let sha256: string;
let engine: EngineSupervisor;

beforeAll(async () => {
  folder = temporaryFolder((task) => cleanups.push(task));
  path = join(folder, 'tiny.gguf');
  await writeSyntheticModel({ shapeName: 'tiny', shape: SHAPES['tiny']!, path, seed: 1 });
  sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  ({ engine } = startEngine((task) => cleanups.push(task)));
  await engine.load(target({ modelId: 'synthetic', modelPath: path, modelSha256: sha256, contextSize: 1024 }));
});

test('it loads with the shape it was asked for, and says that it is made up', async () => {
  const model = await engine.ready();
  const { width, blocks } = SHAPES['tiny']!;
  expect(model).toMatchObject({
    architecture: 'llama',
    embeddingLength: width,
    layerCount: blocks,
    steerableLayers: Array.from({ length: blocks - 1 }, (_, at) => at + 1),
  });
  expect(model.name).toContain('random weights');
});

test('the same seed writes the same file, another seed another one', async () => {
  const write = async (seed: number) => {
    const copy = join(folder, `seed-${seed}.gguf`);
    await writeSyntheticModel({ shapeName: 'tiny', shape: SHAPES['tiny']!, path: copy, seed });
    return createHash('sha256').update(readFileSync(copy)).digest('hex');
  };
  expect(await write(1)).toBe(sha256);
  expect(await write(2)).not.toBe(sha256);
});

test('it generates, and steering changes what it writes', async () => {
  const prompt = ask(user('Name three rivers.'));
  const sampling = { maxTokens: 16 };
  const plain = await generate(engine, prompt, { sampling });
  expect(plain.generatedTokens).toBeGreaterThan(0);
  const model = await engine.ready();
  const profile = syntheticProfile(
    model,
    {
      reads: [{ layer: 1, w: scaled(noise(model.embeddingLength, 3), 1), tau: -1000, scale: 1 }],
      writes: [{ layer: 2, r: scaled(noise(model.embeddingLength, 4), 100) }],
    },
    {
      model: {
        name: 'tiny',
        sha256,
        architecture: model.architecture,
        embeddingLength: model.embeddingLength,
        layerCount: model.layerCount,
      },
    },
  );
  const profilePath = join(folder, 'profile.safetensors');
  await writeProfile(profilePath, profile);
  await engine.call('steering.apply', { profilePath, modelSha256: sha256, strength: null });
  const steered = await generate(engine, prompt, { sampling, steer: true });
  expect(steered.steered).toBe(true);
  expect(steered.text).not.toBe(plain.text);
});

test('the large shapes take what the real files take', () => {
  const size = (name: string) => tensorsOf(SHAPES[name]!).reduce((sum, tensor) => sum + bytesOf(tensor), 0) / 1e9;
  // The published Q4_K_M files have 4.92 and 4.68 GB.
  expect(size('llama-8b')).toBeCloseTo(4.92, 1);
  expect(size('qwen-7b')).toBeCloseTo(4.68, 1);
});

test('the one that refuses by words refuses some harmful requests, answers the others, and answers what is harmless', async () => {
  const { engine: refusing } = startEngine((task) => cleanups.push(task));
  await refusing.load(await refusingTarget({ contextSize: 1024 }));
  const { harmful, benign } = loadPromptSets();
  const refused = async (prompts: readonly { text: string; language: string }[]) => {
    const some = prompts.filter(({ text, language }) => language === 'en' && text.length < 300).filter((_, at) => at % 30 === 0);
    const replies = await Promise.all(some.slice(0, 20).map(({ text }) => generate(refusing, ask(user(text)))));
    return replies.filter(({ text }) => judgeReply(text).verdict === 'refused').length;
  };
  const harmfulRefused = await refused(harmful);
  expect(harmfulRefused).toBeGreaterThanOrEqual(5);
  expect(harmfulRefused).toBeLessThanOrEqual(15);
  expect(await refused(benign)).toBeLessThanOrEqual(2);
});
