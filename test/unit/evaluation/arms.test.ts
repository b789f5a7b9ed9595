import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareArms } from '../../../electron/evaluation/arms.ts';
import { paperProfile } from '../../../electron/evaluation/paper-profile.ts';
import { encodeProfile, readProfile, writeProfile, type SteeringProfile } from '../../../steering/profile/index.ts';
import { sampleLayer, sampleProfile } from '../steering/sample-profile.ts';
import { folder } from './helpers.ts';

/** A profile whose middle layer reads and writes, with a gate of its own. */
const mixed = (): SteeringProfile =>
  sampleProfile({
    method: { pooling: 'mean', clip: true, passes: 2, strength: 2, alpha: 10, seed: 7 },
    layers: [sampleLayer(2, 8, 'read'), sampleLayer(9, 8), sampleLayer(10, 8, 'write')],
  });

describe("the paper's plain method", () => {
  test('keeps the layers that read and write, with their vectors, and nothing of the gate', () => {
    const profile = mixed();
    const plain = paperProfile(profile)!;
    expect(plain.method).toMatchObject({ pooling: 'own', clip: false, passes: 1, strength: 2 });
    expect(plain.layers.map(({ layer }) => layer)).toEqual([9]);
    expect(plain.layers[0]!.read).toMatchObject({ tau: 0, scale: 1, w: profile.layers[1]!.read!.w });
    expect(plain.layers[0]!.write).toEqual(profile.layers[1]!.write);
    expect(() => encodeProfile(plain)).not.toThrow();
  });

  test('is none where no layer does both', () => {
    expect(paperProfile(sampleProfile({ layers: [sampleLayer(2, 8, 'read'), sampleLayer(9, 8, 'write')] }))).toBeNull();
  });
});

describe('arms', () => {
  test('come in one order, each with what the engine applies', async () => {
    const path = join(folder(), 'profile.safetensors');
    const out = folder();
    await writeProfile(path, mixed());
    const { arms, skipped } = await prepareArms(['static', 'paper', 'profile', 'unsteered'], { profile: path }, out);
    expect(arms.map(({ name }) => name)).toEqual(['unsteered', 'profile', 'paper', 'static']);
    expect(arms.map(({ profilePath }) => profilePath)).toEqual([null, path, join(out, 'paper.safetensors'), path]);
    expect(arms.map(({ shift }) => shift !== undefined)).toEqual([false, false, false, true]);
    expect(skipped).toEqual([]);
    expect(arms[1]!.profile!.sha256).not.toBe(arms[2]!.profile!.sha256);
    expect((await readProfile(arms[2]!.profilePath!)).method.clip).toBe(false);
  });

  test('that cannot be are left out with the reason', async () => {
    const path = join(folder(), 'profile.safetensors');
    await writeProfile(
      path,
      sampleProfile({ method: { ...mixed().method }, layers: [sampleLayer(2, 8, 'read'), sampleLayer(9, 8, 'write')] }),
    );
    const { arms, skipped } = await prepareArms(['unsteered', 'paper', 'cast'], { profile: path }, folder());
    expect(arms.map(({ name }) => name)).toEqual(['unsteered']);
    const reason = expect.stringContaining('made for it') as string;
    expect(skipped).toEqual([
      { arm: 'paper', reason },
      { arm: 'cast', reason },
    ]);
  });

  test('told to be safe have a system prompt and no profile', async () => {
    const { arms } = await prepareArms(['instructed', 'unsteered'], { profile: null }, folder());
    expect(arms).toMatchObject([
      { name: 'unsteered', profilePath: null },
      { name: 'instructed', profilePath: null, profile: null, systemPrompt: expect.stringContaining('Refuse') as string },
    ]);
    expect(arms[0]!.systemPrompt).toBeUndefined();
  });

  test('need a profile, unless nothing is steered', async () => {
    expect((await prepareArms(['unsteered'], { profile: null }, folder())).arms).toHaveLength(1);
    await expect(prepareArms(['unsteered', 'profile'], { profile: null }, folder())).rejects.toMatchObject({ code: 'profile-missing' });
    await expect(prepareArms(['profile'], { profile: join(folder(), 'none') }, folder())).rejects.toMatchObject({
      code: 'profile-missing',
    });
  });
});
