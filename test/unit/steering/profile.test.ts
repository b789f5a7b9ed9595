import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  assertProfileFits,
  decodeProfile,
  encodeProfile,
  planFromProfile,
  profileSha256,
  readProfile,
  type SteeringProfile,
  writeProfile,
} from '../../../steering/profile/index.ts';
import { findPython, runPython } from './python.ts';
import { expectDamaged, rebuild } from './rebuilt-profile.ts';
import { normalMatrix } from './random.ts';
import { HASHES, sampleLayer, sampleProfile } from './sample-profile.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steady-profile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const reference = join(import.meta.dirname, '..', '..', 'reference');
const python = findPython();

describe('a profile', () => {
  test('comes back as it was', () => {
    const profile = sampleProfile();
    expect(decodeProfile(encodeProfile(profile))).toEqual(profile);
  });

  test('has the same bytes whatever the order of its keys', () => {
    const profile = sampleProfile();
    const reversed = Object.fromEntries(Object.entries(profile).reverse()) as unknown as SteeringProfile;
    expect(encodeProfile(reversed)).toEqual(encodeProfile(profile));
    expect(profileSha256(reversed)).toBe(createHash('sha256').update(encodeProfile(profile)).digest('hex'));
  });

  test('keeps layers that only read or only write apart when pooling over layers', () => {
    const layers = [sampleLayer(3, 8, 'read'), sampleLayer(5, 8), sampleLayer(6, 8, 'write')];
    const profile = sampleProfile({ layers, method: { pooling: 'mean', clip: true, strength: 1, alpha: 10, seed: 0 } });
    const back = decodeProfile(encodeProfile(profile));
    expect(back.layers.map((l) => [l.layer, l.read !== null, l.write !== null])).toEqual([
      [3, true, false],
      [5, true, true],
      [6, false, true],
    ]);
  });

  test('becomes a plan, with its own strength or another', () => {
    const profile = sampleProfile();
    const plan = planFromProfile(profile);
    expect(plan).toMatchObject({ pooling: 'own', clip: true, strength: 2 });
    expect(plan.layers[0]!.read!.w).toEqual(profile.layers[0]!.read!.w);
    expect(plan.layers[0]!.write!.lambda).toBe(1.5);
    expect(planFromProfile(profile, { strength: 0 }).strength).toBe(0);
    expect(() => planFromProfile(profile, { strength: Number.NaN })).toThrow(expect.objectContaining({ code: 'bad-input' }));
    expect(() => planFromProfile(profile, { strength: -1 })).toThrow(expect.objectContaining({ code: 'bad-input' }));
  });

  test('with a partial gate says so, in a format that names it; others are written as before there was such a thing', () => {
    const partial = sampleProfile({ method: { ...sampleProfile().method, partialGate: { width: 1.5, gate: 0.25 } } });
    const back = decodeProfile(encodeProfile(partial));
    expect(back.formatVersion).toEqual({ major: 1, minor: 1 });
    expect(planFromProfile(back).partialGate).toEqual({ width: 1.5, gate: 0.25 });
    expect(decodeProfile(encodeProfile(sampleProfile())).formatVersion).toEqual({ major: 1, minor: 0 });
    expect(planFromProfile(sampleProfile()).partialGate).toBeUndefined();
    for (const partialGate of [
      { width: 0, gate: 0.5 },
      { width: 1, gate: 0 },
      { width: 1, gate: 1.5 },
      { width: 1e300, gate: 0.5 },
    ]) {
      const invalid = sampleProfile({ method: { ...partial.method, partialGate } });
      expect(() => encodeProfile(invalid)).toThrow(expect.objectContaining({ code: 'bad-input' }));
    }
    expect(() => encodeProfile({ ...partial, method: { ...partial.method, clip: false } })).toThrow(/cannot be partly open/);
  });

  test('with a second stage comes back whole, in a format that older versions refuse', () => {
    const scores = { count: 100, mean: 0.1, std: 0.2, levels: [0, 0.5, 1], values: [-0.5, 0.125, 0.75] };
    const confirmation = {
      probes: [{ probe: 0, raise: 0.1, centre: 0.5, alone: 0.5 }],
      ...{ tau: 0.25, scale: 0.5, mostTokens: 95, benign: scores, harmful: scores },
    };
    const [first, ...others] = sampleProfile().layers;
    const confirming = { w: normalMatrix(1, 8, 1), v: normalMatrix(1, 8, 2) };
    const method = { ...sampleProfile().method, pooling: 'mean' as const, passes: 2 as const, reading: 'every' as const, confirmation };
    const cascading = sampleProfile({ method, layers: [{ ...first!, confirming }, ...others] });
    const back = decodeProfile(encodeProfile(cascading));
    expect(back.formatVersion).toEqual({ major: 3, minor: 0 });
    expect(planFromProfile(back)).toMatchObject({ confirmation: { tau: 0.25, probes: confirmation.probes } });
    expect(planFromProfile(back).layers[0]!.confirming).toEqual(confirming);
    expect(planFromProfile(back).layers[1]!.confirming).toBeUndefined();
    const refused = (changed: Partial<SteeringProfile>, message: RegExp) =>
      expect(() => encodeProfile({ ...cascading, ...changed })).toThrow(message);
    const having = (changed: Partial<typeof confirmation>) => ({ method: { ...method, confirmation: { ...confirmation, ...changed } } });
    const layers = cascading.layers;
    refused({ ...having({ scale: 0 }), layers }, /scale/);
    refused({ ...having({ tau: 1e300 }), layers }, /out of range/);
    refused({ ...having({ probes: [{ ...confirmation.probes[0]!, probe: 5 }] }), layers }, /confirms probe 5, for which no layer reads/);
    refused({ ...having({ harmful: { ...scores, values: [-3, -2, -1] } }), layers }, /second stage/);
    refused({ method, layers: [first!, ...others] }, /no layer confirms/);
    refused({ method: { ...method, confirmation: undefined }, layers }, /does not describe/);
    refused({ method: { ...method, reading: 'last' }, layers }, /needs every token/);
    refused(
      { method, layers: [{ ...first!, confirming: { ...confirming, v: new Float32Array(8).fill(Number.NaN) } }, ...others] },
      /cv of layer 2 has NaN/,
    );
    const without = {
      method,
      layers: layers.map((layer) =>
        layer.confirming === undefined ? layer : { ...layer, confirming: { w: new Float32Array(8), v: new Float32Array(8) } },
      ),
    };
    refused(without, /all zero/);
  });

  test('with running means of earlier tokens comes back whole, in a format that older versions refuse', () => {
    const means = [4, 16].map((halfLife) => ({ halfLife, v: normalMatrix(1, 8, halfLife) }));
    const [first, ...others] = sampleProfile().layers;
    const method = { ...sampleProfile().method, pooling: 'mean', passes: 2, reading: 'every' } as const;
    const averaging = sampleProfile({ method, layers: [{ ...first!, read: { ...first!.read!, means } }, ...others] });
    const back = decodeProfile(encodeProfile(averaging));
    expect(back).toEqual({ ...averaging, formatVersion: { major: 2, minor: 0 } });
    expect(planFromProfile(back).layers[0]!.read!.means).toEqual(means);
    expect(planFromProfile(back).layers[1]!.read!.means).toBeUndefined();
    // Their vectors are part of the profile's identity.
    const other = {
      ...averaging,
      layers: [{ ...first!, read: { ...first!.read!, means: [means[0]!, { ...means[1]!, v: means[0]!.v }] } }, ...others],
    };
    expect(profileSha256(other)).not.toBe(profileSha256(averaging));
    const refused = (profile: SteeringProfile, message: RegExp) => expect(() => encodeProfile(profile)).toThrow(message);
    refused({ ...averaging, method: { ...method, reading: 'last' } }, /need every token/);
    const withMeans = (changed: typeof means) => ({
      ...averaging,
      layers: [{ ...first!, read: { ...first!.read!, means: changed } }, ...others],
    });
    refused(withMeans([{ halfLife: 0, v: means[0]!.v }]), /halfLife/);
    refused(withMeans([{ halfLife: 4, v: new Float32Array(7) }]), /v0 of layer 2 has 7 values/);
    refused(withMeans([means[0]!, { halfLife: 4, v: new Float32Array(8).fill(Number.NaN) }]), /v1 of layer 2 has NaN/);
    // A file that says an older format and holds them anyway would be read without them by older versions.
    const lying = rebuild(encodeProfile(averaging), (meta) => (meta['formatVersion'] = { major: 1, minor: 1 }));
    expectDamaged(lying, 'what format 1 does not have');
  });

  test('of a newer minor version is read and what it adds ignored', () => {
    const bytes = rebuild(encodeProfile(sampleProfile()), (meta) => {
      meta['formatVersion'] = { major: 1, minor: 7 };
      meta['something'] = { new: true };
    });
    const profile = decodeProfile(bytes);
    expect(profile.formatVersion.minor).toBe(7);
    expect(profile).not.toHaveProperty('something');
  });
});

describe('a profile on disk', () => {
  test('is written whole and read back', async () => {
    const path = join(folder, 'new', 'folder', 'a.safetensors');
    const profile = sampleProfile();
    await writeProfile(path, profile);
    expect(await readProfile(path)).toEqual(profile);
    expect(await readdir(join(folder, 'new', 'folder'))).toEqual(['a.safetensors']);
    expect(
      createHash('sha256')
        .update(await readFile(path))
        .digest('hex'),
    ).toBe(profileSha256(profile));
  });

  test('stays as it was when the new one is invalid', async () => {
    const path = join(folder, 'kept.safetensors');
    await writeProfile(path, sampleProfile());
    await expect(writeProfile(path, sampleProfile({ name: '' }))).rejects.toMatchObject({ code: 'bad-input' });
    expect((await readProfile(path)).name).toBe(sampleProfile().name);
  });

  test.skipIf(process.platform !== 'linux')('leaves no half file where the disk refuses', async () => {
    // Every write to /dev/full fails as on a full disk; a folder cannot be made below a device.
    await expect(writeProfile('/dev/full/x.safetensors', sampleProfile())).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
  });

  test('that is missing, a folder or a loop is named as such', async () => {
    await expect(readProfile(join(folder, 'none'))).rejects.toMatchObject({ code: 'profile-missing' });
    await expect(readProfile(folder)).rejects.toMatchObject({ code: 'profile-damaged' });
    await symlink('loop', join(folder, 'loop'));
    await expect(readProfile(join(folder, 'loop'))).rejects.toMatchObject({ code: 'profile-damaged' });
  });

  test('that is empty or not a profile is damaged', async () => {
    const path = join(folder, 'text');
    for (const content of ['', 'hello', '{"a": 1}', '\0'.repeat(4096)]) {
      await writeFile(path, content);
      await expect(readProfile(path)).rejects.toMatchObject({ code: 'profile-damaged' });
    }
  });
});

describe('a profile for another model', () => {
  const loaded = {
    modelSha256: HASHES.model,
    modelName: 'Loaded',
    embeddingLength: 8,
    layerCount: 24,
    chatTemplateSha256: HASHES.template,
  };

  test('fits its own', () => expect(() => assertProfileFits(sampleProfile(), loaded)).not.toThrow());

  test.each([
    ['sha256', { modelSha256: 'd'.repeat(64) }],
    ['embeddingLength', { embeddingLength: 9 }],
    ['layerCount', { layerCount: 25 }],
    ['chatTemplateSha256', { chatTemplateSha256: 'd'.repeat(64) }],
  ])('is refused by its %s', (field, change) => {
    try {
      assertProfileFits(sampleProfile(), { ...loaded, ...change });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'profile-mismatch', details: { field } });
      expect((error as Error).message).toMatch(/Tiny.*Loaded/);
    }
  });
});

describe.skipIf(python.path === null)(`with Python ${python.reason}`, () => {
  test('reads a profile with the safetensors package', async () => {
    const path = join(folder, 'python.safetensors');
    const profile = sampleProfile();
    await writeProfile(path, profile);
    const seen = JSON.parse(runPython(python.path!, join(reference, 'read_profile.py'), [path]));
    expect(seen.name).toBe(profile.name);
    expect(seen.layers).toEqual([2, 9, 10]);
    expect(Object.keys(seen.tensors).sort()).toEqual([
      'layers.10.r',
      'layers.10.w',
      'layers.2.r',
      'layers.2.w',
      'layers.9.r',
      'layers.9.w',
    ]);
    expect(seen.tensors['layers.9.w']).toEqual({ dtype: 'float32', shape: [8], values: [...profile.layers[1]!.read!.w] });
  });

  test('writes one that we read, in its own order of tensors', async () => {
    const from = join(folder, 'from.safetensors');
    const to = join(folder, 'to.safetensors');
    await writeProfile(from, sampleProfile());
    runPython(python.path!, join(reference, 'rewrite_profile.py'), [from, to]);
    expect(await readFile(to)).not.toEqual(await readFile(from));
    expect(await readProfile(to)).toEqual(sampleProfile());
  });
});
