/** Many prompts at once: each is read and steered as if it were alone. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BatchReply } from '../../electron/engine/protocol.ts';
import { writeProfile } from '../../steering/profile/index.ts';
import { ask, generate, noise, scaled, startEngine, syntheticProfile, target, temporaryFolder, user, type TestEngine } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let test_: TestEngine;
const PROMPTS = [
  'Name three rivers.',
  'What is a tree?',
  'How far is the moon, roughly?',
  'Good morning! How are you?',
  'Why do cats purr?',
].map((text) => ask(user(text)));

beforeAll(async () => {
  test_ = startEngine(cleanup);
  const { engine, profile } = test_;
  const model = await engine.load(target());
  const d = model.embeddingLength;
  const layers = [4, 6, 8];
  const path = join(temporaryFolder(cleanup), 'profile.safetensors');
  await writeProfile(
    path,
    syntheticProfile(model, {
      pooling: 'own',
      reads: layers.map((layer) => ({ layer, w: scaled(noise(d, layer), 1), tau: -1000, scale: 1 })),
      writes: layers.map((layer) => ({ layer, r: scaled(noise(d, 50 + layer), 15) })),
    }),
  );
  profile.path = path;
  await engine.load(target());
});

const STORIES = ['dog', 'cat'].map((animal) => ask(user(`Tell me a very long story about a ${animal} and its many friends.`)));

/** Matrix products add in another order when a batch has other rows; with 4-bit weights that shows this much. */
const NOISE = 0.1;
const apart = (a: number, b: number) => Math.abs(a - b) / Math.max(1, Math.abs(b));

test('rows captured together equal rows captured one by one', async () => {
  const { engine } = test_;
  const layers = [4, 8, 6];
  const all = await engine.call('batch.capture', { prompts: PROMPTS, layers });
  const width = all.rows.length / PROMPTS.length;
  expect(all.tokens).toHaveLength(PROMPTS.length);
  for (const index of [0, 2, 4]) {
    const one = await engine.call('batch.capture', { prompts: [PROMPTS[index]!], layers });
    expect(one.tokens).toEqual([all.tokens[index]]);
    const rows = all.rows.subarray(index * width, (index + 1) * width);
    const size = Math.hypot(...one.rows);
    expect(Math.hypot(...rows.map((x, i) => x - one.rows[i]!)) / size).toBeLessThan(NOISE);
  }
});

describe('replies', () => {
  test('each is steered by its own scores, told as it ends, and answered in its place', async () => {
    const { engine } = test_;
    const heard: number[] = [];
    const stop = engine.onBatchReply(({ reply }) => heard.push((reply as BatchReply).index));
    const { replies } = await engine.call('batch.generate', { jobId: 'together', prompts: PROMPTS, maxTokens: 2, steer: true });
    stop();
    expect(replies.map(({ index }) => index)).toEqual(PROMPTS.map((_, index) => index));
    expect(heard.toSorted((a, b) => a - b)).toEqual(replies.map(({ index }) => index));
    for (const index of [1, 4]) {
      const alone = await generate(engine, PROMPTS[index]!, { steer: true, sampling: { maxTokens: 2 } });
      const together = replies[index]!;
      expect(together.promptTokens).toBe(alone.promptTokens);
      expect(together.steered).toBe(true);
      expect(together.scores.map(({ layer }) => layer)).toEqual([4, 6, 8]);
      together.scores.forEach(({ score }, at) => expect(apart(score, alone.scores[at]!.score)).toBeLessThan(NOISE));
    }
  });

  test('are the same each time where there are more prompts than are answered at once', async () => {
    const { engine } = test_;
    const many = Array.from({ length: 40 }, (_, index) => ask(user(`Say ${'yes '.repeat(index % 7)}and name the number ${index}.`)));
    const texts = async () => {
      const { replies } = await engine.call('batch.generate', { jobId: 'many', prompts: many, maxTokens: 16, steer: false });
      return replies.map(({ text }) => text);
    };
    const first = await texts();
    expect(first).toHaveLength(many.length);
    expect(await texts()).toEqual(first);
  });

  test('are the same each time they are asked for, steered or not', async () => {
    const { engine, profile } = test_;
    const apply = (strength: number | null) =>
      engine.call('steering.apply', { profilePath: profile.path, modelSha256: target().modelSha256, strength });
    const texts = async (steer: boolean) => {
      const { replies } = await engine.call('batch.generate', { jobId: 'again', prompts: PROMPTS, maxTokens: 24, steer });
      return replies.map(({ text }) => text);
    };
    const [steered, unsteered] = [await texts(true), await texts(false)];
    expect(await texts(true)).toEqual(steered);
    expect(await texts(false)).toEqual(unsteered);
    await apply(0);
    try {
      expect(await texts(true)).toEqual(unsteered);
    } finally {
      await apply(null);
    }
  });

  test('unsteered ones are, and a job that is cancelled ends early', async () => {
    const { engine } = test_;
    const job = engine.call('batch.generate', { jobId: 'cancelled', prompts: STORIES, maxTokens: 1000, steer: false });
    const started = performance.now();
    setTimeout(() => void engine.call('batch.cancel', { jobId: 'cancelled' }), 2500);
    const { replies } = await job;
    expect(performance.now() - started).toBeLessThan(20_000);
    for (const reply of replies) expect(reply).toMatchObject({ steered: false, scores: [] });
    expect(replies.some(({ finishReason }) => finishReason === 'stopped')).toBe(true);
  });

  test('a prompt longer than the context is named, not cut', async () => {
    const long = ask(user('word '.repeat(3000)));
    const { engine } = test_;
    const overflow = expect.objectContaining({ code: 'context-overflow' });
    await expect(engine.call('batch.capture', { prompts: [long], layers: [4] })).rejects.toEqual(overflow);
    await expect(engine.call('batch.generate', { jobId: 'long', prompts: [long], maxTokens: 1, steer: true })).rejects.toEqual(overflow);
  });
});

test('the first token moves by steering alone', async () => {
  const { engine, profile } = test_;
  const { kl } = await engine.call('batch.firstTokenKl', { prompts: PROMPTS });
  expect(kl).toHaveLength(PROMPTS.length);
  for (const value of kl) expect(value).toBeGreaterThan(0.01);
  // Who shares a batch decides the last bits: in step, it is the same company each time.
  expect((await engine.call('batch.firstTokenKl', { prompts: PROMPTS })).kl).toEqual(kl);
  const apply = (strength: number | null) =>
    engine.call('steering.apply', { profilePath: profile.path, modelSha256: target().modelSha256, strength });
  await apply(0);
  try {
    const none = await engine.call('batch.firstTokenKl', { prompts: PROMPTS });
    expect(none.kl).toEqual(PROMPTS.map(() => 0));
  } finally {
    await apply(null);
  }
});
