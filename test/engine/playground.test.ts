/** Prompts tried under settings of their own: they do what they say, and leave chats as they were. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import type { PlaygroundSide } from '../../electron/contract/index.ts';
import type { TrialInput } from '../../electron/engine/protocol.ts';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { profileSha256, writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { countRefusals } from '../unit/store/helpers.ts';
import {
  chat,
  loadTestModel,
  noise,
  scaled,
  startTestApp,
  syntheticProfile,
  target,
  temporaryFolder,
  user,
  withSecondStage,
} from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let app: SteadyApp;
let profile: SteeringProfile;
let path: string;

beforeAll(async () => {
  const dataDir = temporaryFolder(cleanup);
  ({ app } = await startTestApp(cleanup, { dataDir }));
  const model = await loadTestModel(app);
  const d = model.embeddingLength;
  const reads = [3, 4].map((layer) => ({ layer, w: scaled(noise(d, layer), 1e-3), tau: -1, scale: 1 }));
  const writes = [{ layer: 6, r: scaled(noise(d, 9), 40) }];
  profile = withSecondStage(syntheticProfile(model, { reads, writes }), { tau: -1, scale: 0.5 });
  path = ownProfilePath(dataDir, target().modelSha256);
  mkdirSync(join(dataDir, 'profiles'), { recursive: true });
  await writeProfile(path, profile);
  await loadTestModel(app);
});

const PROMPT = { systemPrompt: '', turns: [user('How do I shoot a portrait in low light?')] };
const trial = (change: Partial<TrialInput> = {}) =>
  app.engine.call('trial.run', {
    ...{ trialId: 'one', prompt: PROMPT, profilePath: path, modelSha256: target().modelSha256 },
    ...{ strength: null, shift: 0, maxTokens: 16 },
    ...change,
  });
const PROTECTED = (): PlaygroundSide => ({ profileId: profileSha256(profile), strength: 1, threshold: 0 });
const BARE: PlaygroundSide = { profileId: null, strength: 1, threshold: 0 };

describe('a trial', () => {
  test('answers as an evaluation does, with and without the profile', async () => {
    for (const steer of [true, false]) {
      const { replies } = await app.engine.call('batch.generate', { jobId: 'b', prompts: [PROMPT], maxTokens: 16, steer });
      const tried = await trial(steer ? {} : { profilePath: null });
      expect(tried.text).toBe(replies[0]!.text);
      expect(tried).toMatchObject({ steered: steer, scores: replies[0]!.scores, finishReason: 'length', generatedTokens: 16 });
    }
  });

  test('reads instructions and earlier turns as a conversation does', async () => {
    const prompt = {
      systemPrompt: 'Be brief.',
      turns: [user('Hi'), { role: 'assistant' as const, text: 'Hello', foreign: true as const }, user('And now?')],
    };
    const { replies } = await app.engine.call('batch.generate', { jobId: 'c', prompts: [prompt], maxTokens: 16, steer: true });
    const tried = await trial({ prompt });
    expect(tried).toMatchObject({ text: replies[0]!.text, scores: replies[0]!.scores, steered: replies[0]!.steered });
    const shift = 4;
    // What came before leaves the gate open as far as it did, whatever the last turn says; moved, nothing opens.
    expect((await trial({ prompt, maxTokens: 0 })).scores).toEqual(tried.scores);
    expect((await trial({ prompt, maxTokens: 0, shift })).steered).toBe(false);
  });

  test('reads without writing, and says where the threshold would be', async () => {
    const read = await trial({ maxTokens: 0 });
    expect(read).toMatchObject({ text: '', finishReason: null, generatedTokens: 0, steered: true });
    expect(read.reading!.heat).not.toBeNull();
    expect(read.reading).toEqual((await trial()).reading);
    const moved = await trial({ maxTokens: 0, shift: 0.75 });
    expect(moved.reading!.u).toBeCloseTo(read.reading!.u - 0.75, 3);
    expect((await trial({ maxTokens: 0, shift: 4 })).steered).toBe(false);
    expect((await trial({ maxTokens: 0, profilePath: null })).reading).toBeNull();
  });

  test('with no strength says what is said without a profile, and with more than the threshold as well', async () => {
    const { text } = await trial({ profilePath: null });
    expect((await trial({ strength: 0 })).text).toBe(text);
    expect((await trial({ shift: 4 })).text).toBe(text);
    expect((await trial()).text).not.toBe(text);
  });

  test('can be ended while it writes', async () => {
    const long = trial({ trialId: 'long', maxTokens: 1500 });
    const heard = new Promise<void>((resolve) => {
      const stop = app.engine.onText(({ replyId }) => {
        if (replyId !== 'long') return;
        stop();
        resolve();
      });
    });
    await heard;
    await app.engine.call('chat.stop', { replyId: 'long' });
    expect((await long).finishReason).toBe('stopped');
  });
});

describe('chats', () => {
  test('answer as before and from their cache, whatever was tried in between', async () => {
    const first = await chat(app, 'Name three rivers.');
    const other = await chat(app, 'Name three rivers.');
    const next = (conversationId: string, parentId: string) => chat(app, 'And a lake?', { conversationId, parentId });
    const plain = await next(first.conversationId, first.reply.id);
    // The same once more, with trials between its turns.
    await chat(app, 'Name three rivers.', { conversationId: other.conversationId, parentId: other.reply.id });
    const again = await chat(app, 'Name three rivers.');
    await trial({ strength: 3, shift: -2 });
    await trial({ profilePath: null });
    const after = await next(again.conversationId, again.reply.id);
    expect(after.reply.text).toBe(plain.reply.text);
    expect(after.reply.outcome).toEqual(plain.reply.outcome);
    expect(after.reply.stats!.cachedTokens).toBe(plain.reply.stats!.cachedTokens);
    expect(after.reply.stats!.cachedTokens).toBeGreaterThan(0);
  });

  test('keep their protection where the engine dies in the middle of a trial', async () => {
    const before = (await chat(app, 'What is a tree?')).reply;
    const long = trial({ trialId: 'dies', maxTokens: 1500, strength: 0 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(app.engine.pid!, 'SIGKILL');
    await expect(long).rejects.toMatchObject({ code: 'engine-crashed' });
    const { reply } = await chat(app, 'What is a tree?');
    expect(reply).toMatchObject({ text: before.text, outcome: before.outcome });
    expect(app.protection.state).toMatchObject({ status: 'on' });
  });
});

describe('the playground', () => {
  const read = (text: string) =>
    app.handlers['playground.read']({ prompt: { systemPrompt: '', turns: [user(text)] }, sides: [BARE, PROTECTED()] });
  const replyId = '018f0000-0000-7000-8000-000000000001';

  test('reads both sides; a newer reading ends the older', async () => {
    const long = read('word '.repeat(380));
    const refused = expect(long).rejects.toMatchObject({ code: 'cancelled' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { sides } = await read('What is a tree?');
    await refused;
    expect(sides.map(({ reading }) => reading === null)).toEqual([true, false]);
    expect(app.lease.user).toBeNull();
  });

  test('writes a reply as it comes, and logs nothing', async () => {
    const before = await countRefusals(app.store);
    const told: string[] = [];
    const stop = app.onEvent((name, payload) => {
      if (name === 'playground.text') told.push((payload as { delta: string }).delta);
    });
    const reply = await app.handlers['playground.reply']({ replyId, prompt: PROMPT, side: PROTECTED(), maxTokens: 16 });
    stop();
    expect(told.join('')).toBe(reply.text);
    expect(reply).toMatchObject({ steered: true, finishReason: 'length' });
    expect(await countRefusals(app.store)).toBe(before);
  });

  test('waits for nobody who has the engine for itself, and lets nobody have it meanwhile', async () => {
    const own = app.lease.acquire({ what: 'A calibration is running', hint: 'Wait.' });
    await expect(read('x')).rejects.toMatchObject({ code: 'busy' });
    own.release();
    const reading = read('word '.repeat(380));
    await vi.waitFor(() => expect(app.lease.user).not.toBeNull(), { interval: 1 });
    expect(() => app.lease.acquire({ what: 'A calibration is running', hint: 'Wait.' })).toThrow(/playground/);
    await reading;
  });
});
