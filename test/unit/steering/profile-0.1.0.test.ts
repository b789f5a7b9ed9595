/** Profiles that version 0.1.0 wrote: read to the values it wrote, and written again to the same bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile, planFromProfile, type SteeringProfile } from '../../../steering/profile/index.ts';
import { normalMatrix } from './random.ts';
import { sampleLayer, sampleProfile } from './sample-profile.ts';

const folder = join(import.meta.dirname, '..', '..', 'fixtures', '0.1.0');
const bytesOf = (version: string) => readFileSync(join(folder, `profile-${version}.safetensors`));
const profileOf = (version: string) => decodeProfile(bytesOf(version));
const layerOf = (profile: SteeringProfile, layer: number) => profile.layers.find((candidate) => candidate.layer === layer)!;

describe.each(['1.0', '1.1', '2.0'])('format %s', (version) => {
  test('is read as that version, and keeps its bytes', () => {
    const profile = profileOf(version);
    expect(`${profile.formatVersion.major}.${profile.formatVersion.minor}`).toBe(version);
    expect(Buffer.from(encodeProfile(profile)).equals(bytesOf(version))).toBe(true);
  });
});

test('1.0: everything is as it was written', () => {
  expect(profileOf('1.0')).toEqual(sampleProfile());
});

test('1.1: the partial gate and the probes', () => {
  const profile = profileOf('1.1');
  expect(profile.method).toEqual({
    ...{ pooling: 'mean', clip: true, passes: 2, reading: 'every', strength: 2, alpha: 0.1, beta: 5, seed: 7 },
    partialGate: { width: 1, gate: 0.125 },
  });
  expect(profile.layers.map(({ read, write }) => [read?.probe ?? null, write?.lambda ?? null])).toEqual([
    [0, null],
    [null, 1.5],
    [1, null],
    [null, 1.5],
  ]);
  expect(layerOf(profile, 9).read!.w).toEqual(sampleLayer(9, 8).read!.w);
  expect(layerOf(profile, 10).write!.r).toEqual(sampleLayer(10, 8).write!.r);
  expect(planFromProfile(profile)).toMatchObject({
    partialGate: { width: 1, gate: 0.125 },
    layers: [{ read: { probe: 0 } }, {}, { read: { probe: 1 } }, {}],
  });
});

test('2.0: the running means', () => {
  const profile = profileOf('2.0');
  const means = [4, 16].map((halfLife) => ({ halfLife, v: normalMatrix(1, 8, 2000 + halfLife) }));
  expect(layerOf(profile, 6).read!.means).toEqual(means);
  expect(layerOf(profile, 9).read).not.toHaveProperty('means');
  expect(planFromProfile(profile).layers[0]!.read!.means).toEqual(means);
  expect(profile.method.partialGate).toEqual({ width: 1, gate: 0.125 });
});
