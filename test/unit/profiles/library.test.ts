/** The profile library over real files: what counts, what can be gone back to, and what is refused. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../electron/store/index.ts';
import { EngineSupervisor } from '../../../electron/engine/supervisor.ts';
import { ProfileLibrary } from '../../../electron/profiles/profile-library.ts';
import { EngineLease } from '../../../electron/jobs/engine-lease.ts';
import { ownProfilePath, profilePathFor, shippedProfilePath } from '../../../electron/protection/locate-profile.ts';
import { ProtectionService } from '../../../electron/protection/protection-service.ts';
import type { SelfTest } from '../../../electron/protection/self-test.ts';
import { catalogueEntry } from '../../../models/index.ts';
import { encodeProfile, profileSha256, readProfile, writeProfile, type SteeringProfile } from '../../../steering/profile/index.ts';
import { fixedPolicies } from '../../fixtures/policies.ts';

const MODEL = 'a'.repeat(64);
const SHIPPED_MODEL = catalogueEntry('qwen2.5-coder-0.5b-instruct').sha256;

function profile(name: string, change: Partial<SteeringProfile> = {}): SteeringProfile {
  const r = Float32Array.of(1, 0, 0, name.length);
  return {
    formatVersion: { major: 1, minor: 0 },
    name,
    createdAt: '2026-01-02T03:04:05.000Z',
    appVersion: '0.1.0',
    model: { name: 'A model', sha256: MODEL, architecture: 'llama', embeddingLength: 4, layerCount: 8 },
    chatTemplateSha256: 'b'.repeat(64),
    method: { pooling: 'own', clip: true, strength: 1, alpha: 10, seed: 0 },
    layers: [
      {
        layer: 2,
        read: {
          tau: 0,
          scale: 1,
          w: Float32Array.of(0, 1, 0, name.length),
          benign: { count: 9, mean: -1, std: 0.5, levels: [0, 0.5, 1], values: [-2, -1, 0] },
          harmful: { count: 9, mean: 1, std: 0.5, levels: [0, 0.5, 1], values: [0, 1, 2] },
        },
        write: { lambda: 1, rNorm: Math.sqrt(r.reduce((sum, x) => sum + x * x, 0)), r },
      },
    ],
    promptSets: [],
    validation: [],
    notes: '',
    ...change,
  };
}

function library(known: string[] = [MODEL], engine = withoutModel(), selfTest: SelfTest = () => Promise.resolve(null)) {
  const dataDir = mkdtempSync(join(tmpdir(), 'steady-profiles-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const protection = new ProtectionService({
    dataDir,
    appVersion: '0.1.0',
    settings: () => DEFAULT_SETTINGS,
    policies: fixedPolicies({ steering: 'switchable' }),
    lease: new EngineLease(),
    selfTest,
    onState: () => undefined,
  });
  let changes = 0;
  const profiles = new ProfileLibrary({
    dataDir,
    engine,
    protection,
    knownModels: () => Promise.resolve(known),
    onChange: () => changes++,
  });
  const own = async () => (await profiles.list()).profiles.filter(({ source }) => source === 'own');
  return { profiles, protection, dataDir, own, changes: () => changes };
}

/** No model is loaded: nothing is ever started. */
function withoutModel(): EngineSupervisor {
  return new EngineSupervisor({
    fork: () => {
      throw new Error('no engine in this test');
    },
    onState: () => undefined,
    applyProfile: () => Promise.resolve(),
  });
}

/** The model that the profiles are for is loaded, and takes each of them. */
function withModel(): EngineSupervisor {
  const { model, chatTemplateSha256 } = profile('x');
  return {
    model: { ...model, chatTemplateSha256, steerableLayers: [2], compute: { device: 'cpu', deviceName: null } },
    target: { modelSha256: MODEL, modelName: model.name },
    call: () => Promise.resolve({ layers: [2] }),
  } as unknown as EngineSupervisor;
}

describe('applying', () => {
  test('makes a profile the one that protection finds, and keeps the ones before', async () => {
    const { profiles, dataDir, own } = library();
    const first = await profiles.add(profile('first'));
    const second = await profiles.add(profile('second', { createdAt: '2026-01-03T03:04:05.000Z' }));
    expect(first.current && second.current).toBe(true);
    expect((await readProfile(profilePathFor(dataDir, MODEL)!)).name).toBe('second');
    expect((await own()).map(({ name, current }) => [name, current])).toEqual([
      ['second', true],
      ['first', false],
    ]);
    await profiles.apply(first.id);
    expect((await own()).map(({ current }) => current)).toEqual([false, true]);
  });

  test('a profile from before the library took notes is kept, and can be gone back to', async () => {
    const { profiles, dataDir } = library();
    await writeProfile(ownProfilePath(dataDir, MODEL), profile('old'));
    await profiles.add(profile('new'));
    expect(await profiles.rollback(MODEL)).toMatchObject({ name: 'old', current: true });
  });

  test('works while a user has switched steering off, and leaves it so', async () => {
    const { profiles, protection, own } = library([MODEL], withModel());
    const first = await profiles.add(profile('first'));
    await profiles.add(profile('second'));
    protection.switch(false);
    expect(await profiles.apply(first.id)).toMatchObject({ name: 'first', current: true });
    expect(await own()).toHaveLength(2);
    expect(protection.state).toMatchObject({ status: 'off', reason: 'switched-off', profile: { name: 'first' } });
  });
});

test('a profile that does not do on its model what it says is not applied, and the one before counts again', async () => {
  const { profiles, protection, dataDir } = library([MODEL], withModel(), (_, { name }) =>
    Promise.resolve(name === 'idle' ? 'Nothing was refused.' : null),
  );
  await profiles.add(profile('good'));
  await expect(profiles.add(profile('idle'))).rejects.toMatchObject({
    code: 'profile-ineffective',
    message: expect.stringContaining('Nothing was refused.'),
  });
  expect((await readProfile(ownProfilePath(dataDir, MODEL))).name).toBe('good');
  expect(protection.state).toMatchObject({ status: 'on', profile: { name: 'good' } });
});

describe('going back', () => {
  test('step by step, until there is nothing before', async () => {
    const { profiles, dataDir } = library();
    await profiles.add(profile('one'));
    await profiles.add(profile('two'));
    const three = await profiles.add(profile('three'));
    await profiles.apply(three.id);
    expect(await profiles.rollback(MODEL)).toMatchObject({ name: 'two', current: true });
    expect(await profiles.rollback(MODEL)).toMatchObject({ name: 'one', current: true });
    await expect(profiles.rollback(MODEL)).rejects.toMatchObject({ code: 'conflict' });
    expect((await readProfile(ownProfilePath(dataDir, MODEL))).name).toBe('one');
  });

  test('to the shipped one, where a model has one; that one is never touched', async () => {
    const { profiles, dataDir } = library([SHIPPED_MODEL]);
    const path = shippedProfilePath(SHIPPED_MODEL)!;
    const before = readFileSync(path);
    const [entry] = (await profiles.list()).profiles.filter(({ modelSha256 }) => modelSha256 === SHIPPED_MODEL);
    expect(entry).toMatchObject({ source: 'shipped', current: true });
    const shipped = await readProfile(path);
    await profiles.add({ ...shipped, name: 'Mine' });
    expect(profilePathFor(dataDir, SHIPPED_MODEL)).toBe(ownProfilePath(dataDir, SHIPPED_MODEL));
    expect(await profiles.rollback(SHIPPED_MODEL)).toMatchObject({ source: 'shipped', current: true });
    expect(profilePathFor(dataDir, SHIPPED_MODEL)).toBe(path);
    await expect(profiles.delete(entry!.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('deleting', () => {
  test('not the current one; another is gone for good, also as a way back', async () => {
    const { profiles, own } = library();
    const one = await profiles.add(profile('one'));
    const two = await profiles.add(profile('two'));
    await expect(profiles.delete(two.id)).rejects.toMatchObject({ code: 'conflict' });
    await profiles.delete(one.id);
    expect((await own()).map(({ name }) => name)).toEqual(['two']);
    await expect(profiles.rollback(MODEL)).rejects.toMatchObject({ code: 'conflict' });
    await expect(profiles.show(one.id)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('files', () => {
  test('what is exported can be imported elsewhere, byte for byte, and is not applied by that', async () => {
    const from = library();
    const { id } = await from.profiles.add(profile('Mine, v1'));
    const { fileName, bytes } = await from.profiles.export(id);
    expect(fileName).toBe('A-model-Mine-v1.safetensors');
    const to = library();
    expect(await to.profiles.import(fileName, bytes)).toMatchObject({ id, current: false });
    expect(existsSync(ownProfilePath(to.dataDir, MODEL))).toBe(false);
    expect(Buffer.from((await to.profiles.export(id)).bytes).equals(Buffer.from(bytes))).toBe(true);
  });

  test('damaged, of another version, for an unknown model, or no profile at all: refused, with its own name, and nothing is kept', async () => {
    const { profiles, own } = library();
    const good = Buffer.from(encodeProfile(profile('good')));
    const broken = Buffer.from(good);
    broken[broken.length - 1]! ^= 1;
    await expect(profiles.import('b.safetensors', broken)).rejects.toMatchObject({
      code: 'profile-damaged',
      // It is about the file: whatever protects the model goes on doing so.
      hint: expect.stringMatching(/^(?!.*no protection).*stay as they are/) as string,
    });
    await expect(profiles.import('t.txt', Buffer.from('not a profile'))).rejects.toMatchObject({ code: 'profile-damaged' });
    await expect(profiles.import('e.safetensors', new Uint8Array(0))).rejects.toMatchObject({ code: 'profile-damaged' });
    const version = Buffer.from(good.toString('latin1').replace('\\"major\\":1', '\\"major\\":9'), 'latin1');
    await expect(profiles.import('v.safetensors', version)).rejects.toMatchObject({ code: 'profile-version' });
    const stranger = encodeProfile(profile('stranger', { model: { ...profile('x').model, sha256: 'c'.repeat(64) } }));
    await expect(profiles.import('s.safetensors', stranger)).rejects.toMatchObject({ code: 'profile-mismatch' });
    expect(await own()).toEqual([]);
  });

  test('a damaged one is whole again once it is imported anew', async () => {
    const { profiles, dataDir, own } = library();
    const bytes = encodeProfile(profile('good'));
    const { id } = await profiles.import('good.safetensors', bytes);
    const kept = join(dataDir, 'profiles', 'history', MODEL, `${id}.safetensors`);
    writeFileSync(kept, bytes.subarray(0, -4));
    expect(await own()).toEqual([]);
    expect(await profiles.import('good.safetensors', bytes)).toMatchObject({ id, name: 'good' });
    expect(readFileSync(kept).equals(Buffer.from(bytes))).toBe(true);
    expect(await profiles.list()).toMatchObject({ damaged: [] });
  });

  test('a damaged file of the library is named, and the others are listed', async () => {
    const { profiles, dataDir, own } = library();
    await profiles.add(profile('good'));
    writeFileSync(join(dataDir, 'profiles', 'history', MODEL, `${'d'.repeat(64)}.safetensors`), 'rubbish');
    expect((await own()).map(({ name }) => name)).toEqual(['good']);
    expect((await profiles.list()).damaged).toEqual([
      { fileName: `${'d'.repeat(64)}.safetensors`, modelSha256: MODEL, message: expect.stringMatching(/damaged/) },
    ]);
  });
});

test('two profiles side by side', async () => {
  const { profiles } = library();
  const one = await profiles.add(profile('one'));
  const other = profile('longer', { method: { ...profile('x').method, strength: 2 } });
  const two = await profiles.add(other);
  const comparison = await profiles.compare(one.id, two.id);
  expect(comparison).toMatchObject({ sameModel: true, differences: [{ name: 'strength', a: '1', b: '2' }] });
  const cosine = (1 + 3 * 6) / Math.sqrt((1 + 9) * (1 + 36));
  expect(comparison.layers).toEqual([{ layer: 2, readCosine: expect.closeTo(cosine, 5), writeCosine: expect.closeTo(cosine, 5) }]);
  expect(comparison.b.entry.id).toBe(profileSha256(other));
});
