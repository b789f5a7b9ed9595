/** What is to be steered is never answered unsteered: no profile, a bad one, or one that is taken away meanwhile. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SteadyApp } from '../../electron/app.ts';
import { ownProfilePath } from '../../electron/protection/locate-profile.ts';
import { encodeProfile, writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import {
  ask,
  chat,
  generate,
  killEngine,
  loadTestModel,
  noise,
  scaled,
  startEngine,
  startTestApp,
  syntheticProfile,
  target,
  temporaryFolder,
  user,
  type TestEngine,
} from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
const cleanup = (task: () => void | Promise<void>) => cleanups.push(task);
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

const off = expect.objectContaining({ code: 'protection-off' });
/** Steers every prompt. */
const always = (model: Parameters<typeof syntheticProfile>[0]): SteeringProfile =>
  syntheticProfile(model, {
    reads: [{ layer: 5, w: scaled(noise(model.embeddingLength, 1), 1), tau: -1000, scale: 1 }],
    writes: [{ layer: 7, r: scaled(noise(model.embeddingLength, 2), 150) }],
  });

describe('the engine', () => {
  let engine: TestEngine['engine'];
  let path: string;
  const apply = (profilePath: string | null, strength: number | null = null) =>
    engine.call('steering.apply', { profilePath, modelSha256: target().modelSha256, strength });
  const HELLO = ask(user('Name three rivers.'));

  beforeAll(async () => {
    ({ engine } = startEngine(cleanup));
    const model = await engine.load(target());
    path = join(temporaryFolder(cleanup), 'profile.safetensors');
    await writeProfile(path, always(model));
  });

  test('refuses to steer without a profile, and answers unsteered only when that was asked for', async () => {
    await expect(generate(engine, HELLO, { steer: true })).rejects.toEqual(off);
    await expect(engine.call('batch.generate', { jobId: 'x', prompts: [HELLO], maxTokens: 1, steer: true })).rejects.toEqual(off);
    expect(await generate(engine, HELLO, { steer: false })).toMatchObject({ protected: false, steered: false, scores: [] });
  });

  test('a profile that cannot be applied leaves none applied', async () => {
    await apply(path);
    expect(await generate(engine, HELLO, { steer: true })).toMatchObject({ protected: true, steered: true });
    await expect(apply(`${path}.missing`)).rejects.toMatchObject({ code: 'profile-missing' });
    await expect(generate(engine, HELLO, { steer: true })).rejects.toEqual(off);
    await apply(path);
    await expect(engine.call('steering.apply', { profilePath: path, modelSha256: 'f'.repeat(64), strength: null })).rejects.toMatchObject({
      code: 'profile-mismatch',
    });
    await expect(generate(engine, HELLO, { steer: true })).rejects.toEqual(off);
  });

  test('another strength or profile empties the cache', async () => {
    const long = ask(user('Name three rivers.'), { role: 'assistant', text: 'The Nile, the Rhine and the Amazon.' }, user('And a lake?'));
    await apply(path);
    const strong = await generate(engine, long, { steer: true });
    expect((await generate(engine, long, { steer: true })).cachedTokens).toBeGreaterThan(20);
    await apply(path, 0.01);
    const weak = await generate(engine, long, { steer: true });
    expect(weak.cachedTokens).toBe(0);
    expect(weak.text).not.toBe(strong.text);
    await apply(path, 0);
    expect(await generate(engine, long, { steer: true })).toMatchObject({ cachedTokens: 0, protected: true, steered: false });
    await apply(null);
    expect((await generate(engine, long)).cachedTokens).toBe(0);
    await apply(path);
    expect(await generate(engine, long, { steer: true })).toMatchObject({ cachedTokens: 0, text: strong.text });
  });

  test('a profile taken away while replies are written or wait: each is steered whole, or fails', async () => {
    await apply(path);
    const sampling = { maxTokens: 30 };
    const story = ask(user('Tell me a long story.'));
    const expected = await generate(engine, story, { steer: true, sampling });
    const jobs = Promise.allSettled(
      [1, 2].map((n) => engine.call('batch.generate', { jobId: `job-${n}`, prompts: [story], maxTokens: 20, steer: true })),
    );
    const early = Promise.allSettled([1, 2].map(() => generate(engine, story, { steer: true, sampling })));
    const gone = apply(null);
    const late = Promise.allSettled([generate(engine, story, { steer: true, sampling })]);
    await gone;
    for (const result of [...(await early), ...(await late)]) {
      if (result.status === 'rejected') expect(result.reason).toEqual(off);
      else expect(result.value).toMatchObject({ text: expected.text, scores: expected.scores, steered: true });
    }
    for (const result of await jobs) {
      if (result.status === 'rejected') expect(result.reason).toEqual(off);
      else expect(result.value.replies[0]).toMatchObject({ steered: true });
    }
    await expect(generate(engine, story, { steer: true })).rejects.toEqual(off);
  });
});

describe('the app', () => {
  let app: SteadyApp;
  let path: string;
  let good: Uint8Array;

  beforeAll(async () => {
    const started = await startTestApp(cleanup, { allowUnprotected: false });
    app = started.app;
    path = ownProfilePath(started.dataDir, target().modelSha256);
    mkdirSync(dirname(path), { recursive: true });
    good = encodeProfile(always(await loadTestModel(app)));
  });

  /** The profile's JSON header changed, its data left as it is. */
  function withHeader(change: (header: string) => string): Uint8Array {
    const view = new DataView(good.buffer, good.byteOffset);
    const length = Number(view.getBigUint64(0, true));
    const header = new TextEncoder().encode(change(new TextDecoder().decode(good.subarray(8, 8 + length))));
    const bytes = new Uint8Array(8 + header.length + good.length - 8 - length);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
    bytes.set(header, 8);
    bytes.set(good.subarray(8 + length), 8 + header.length);
    return bytes;
  }
  function withNaN(): Uint8Array {
    const bytes = good.slice();
    new DataView(bytes.buffer).setFloat32(bytes.length - 40, Number.NaN, true);
    return bytes;
  }

  test.each<[string, () => Uint8Array | null, string, RegExp]>([
    ['missing', () => null, 'no-profile', /no protection profile/],
    ['cut short', () => good.subarray(0, good.length - 100), 'profile-damaged', /damaged/],
    ['no profile at all', () => new TextEncoder().encode('not a profile, just text'.repeat(100)), 'profile-damaged', /damaged/],
    ['with NaN in it', withNaN, 'profile-damaged', /NaN/],
    [
      'with vectors of another shape',
      () => withHeader((header) => header.replace('"shape":[256]', '"shape":[128]')),
      'profile-damaged',
      /shape/,
    ],
    [
      'of another width',
      () => withHeader((header) => header.replace('embeddingLength\\":256', 'embeddingLength\\":255')),
      'profile-damaged',
      /must have \[255\]/,
    ],
    ['of a later version', () => withHeader((header) => header.replace('major\\":1', 'major\\":9')), 'profile-damaged', /format 9/],
    [
      'made for another file',
      () => encodeProfile({ ...always(app.engine.model!), model: { ...always(app.engine.model!).model, sha256: 'e'.repeat(64) } }),
      'profile-mismatch',
      /different file/,
    ],
    [
      'made for another chat template',
      () => encodeProfile({ ...always(app.engine.model!), chatTemplateSha256: 'e'.repeat(64) }),
      'profile-mismatch',
      /chat template/,
    ],
  ])('a profile that is %s: protection is off and says why, chat is refused and the message kept', async (_, make, reason, why) => {
    const bytes = make();
    if (bytes === null) rmSync(path, { force: true });
    else writeFileSync(path, bytes);
    await loadTestModel(app);
    expect(app.protection.state).toMatchObject({
      status: 'off',
      reason,
      chatAllowed: false,
      profile: null,
      message: expect.stringMatching(why),
    });
    const { conversationId, userMessage, reply } = await chat(app, 'Hello');
    expect(reply).toMatchObject({
      state: 'failed',
      text: '',
      outcome: null,
      error: { code: 'protection-off', message: app.protection.state.message },
    });
    const { messages } = await app.handlers['conversations.open']({ id: conversationId });
    expect(messages).toEqual([userMessage, reply]);
  });

  test('with the policy to allow it, chat goes on and every reply says that it was not protected', async () => {
    rmSync(path, { force: true });
    await loadTestModel(app);
    await app.handlers['settings.update']({ allowUnprotectedChat: true });
    expect(app.protection.state).toMatchObject({ status: 'off', chatAllowed: true });
    const { reply } = await chat(app, 'Hello');
    expect(reply).toMatchObject({ state: 'done', outcome: { protected: false, steered: false, scores: [] } });
    await app.handlers['settings.update']({ allowUnprotectedChat: false });
    expect((await chat(app, 'Hello')).reply).toMatchObject({ state: 'failed', error: { code: 'protection-off' } });
  });

  test('a good profile turns protection on, and the reply after a restart of the engine is steered too', async () => {
    writeFileSync(path, good);
    await loadTestModel(app);
    expect(app.protection.state).toMatchObject({
      status: 'on',
      reason: null,
      chatAllowed: true,
      profile: { name: 'Synthetic', layers: [5, 7] },
    });
    const before = (await chat(app, 'Name three rivers.')).reply;
    expect(before).toMatchObject({ state: 'done', outcome: { protected: true, steered: true, scores: [{ layer: 5, gate: 1 }] } });
    await killEngine(app.engine);
    const after = (await chat(app, 'Name three rivers.')).reply;
    expect(after.outcome).toEqual(before.outcome);
    expect(after.text).toBe(before.text);
  });

  test('a profile that is damaged while the engine runs is found when it restarts', async () => {
    writeFileSync(path, withNaN());
    expect((await chat(app, 'Hello')).reply.outcome).toMatchObject({ protected: true });
    await killEngine(app.engine);
    expect((await chat(app, 'Hello')).reply).toMatchObject({ state: 'failed', error: { code: 'protection-off' } });
    expect(app.protection.state).toMatchObject({ status: 'off', reason: 'profile-damaged' });
    expect(readFileSync(path)).toHaveLength(good.length);
  });
});
