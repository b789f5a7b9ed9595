/** Profiles that are whole and finite and protect nobody; and real ones, which are far from every limit. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { paperProfile } from '../../../electron/evaluation/paper-profile.ts';
import { decodeProfile, encodeProfile, readProfile, type ProfileLayer, type SteeringProfile } from '../../../steering/profile/index.ts';
import { checkPlausible } from '../../../steering/profile/plausible.ts';
import { norm, sampleProfile } from './sample-profile.ts';

const SHIPPED = ['qwen2.5-coder-0.5b-instruct', 'qwen2.5-coder-1.5b-instruct'];
const shipped = (id: string) => readProfile(join(import.meta.dirname, '../../../steering/profiles', `${id}.safetensors`));

type Read = NonNullable<ProfileLayer['read']>;
type Write = NonNullable<ProfileLayer['write']>;
const changed = (profile: SteeringProfile, change: { read?: (read: Read) => Read; write?: (write: Write) => Write }): SteeringProfile => ({
  ...profile,
  layers: profile.layers.map(({ read, write, ...layer }) => ({
    ...layer,
    read: read === null ? null : (change.read?.(read) ?? read),
    write: write === null ? null : (change.write?.(write) ?? write),
  })),
});
const withR = (write: Write, r: Float32Array): Write => ({ ...write, r, rNorm: norm(r) });
const times = (vector: Float32Array, factor: number) => vector.map((x) => x * factor);

describe.each(SHIPPED)('%s', (id) => {
  test('passes, and so does the plain method with its vectors', async () => {
    const profile = await shipped(id);
    expect(checkPlausible(profile)).toBeNull();
    expect(checkPlausible(paperProfile(profile)!)).toBeNull();
    expect(decodeProfile(encodeProfile(profile))).toEqual(profile);
  });

  test.each<[string, (profile: SteeringProfile) => SteeringProfile, RegExp]>([
    [
      'r of almost no length',
      (p) => changed(p, { write: (w) => withR(w, times(w.r, 1e-30)) }),
      /layer \d+ adds most, .*e-\d+; less than 0.001/,
    ],
    [
      'r of ten thousand times its length',
      (p) => changed(p, { write: (w) => withR(w, times(w.r, 1e6)) }),
      /layer \d+ would add a vector of length \d+; at most 100000/,
    ],
    ['λ of almost nothing', (p) => changed(p, { write: (w) => ({ ...w, lambda: 1e-9 }) }), /layer \d+ adds most/],
    [
      'a strength of almost nothing',
      (p) => ({ ...p, method: { ...p.method, strength: 1e-6 } }),
      /strength is 0.000001 and must lie between 0.01 and 100/,
    ],
    [
      'w of zeros',
      (p) =>
        changed(p, {
          read: (r) => ({
            ...r,
            w: times(r.w, 0),
            ...(r.means && { means: r.means.map(({ halfLife, v }) => ({ halfLife, v: times(v, 0) })) }),
          }),
        }),
      /w of layer \d+ is all zero/,
    ],
    [
      'w of almost no length',
      (p) => changed(p, { read: (r) => ({ ...r, means: undefined, w: times(r.w, 1e-20) }) }),
      /w of layer \d+ has length \S+e-\d+, too short for scores that vary by 0\.\d+/,
    ],
    [
      'w of a length that no sum holds',
      (p) => changed(p, { read: (r) => ({ ...r, w: r.w.fill(3e38) }) }),
      /w of layer \d+ has length \S+e\+\d+, too long/,
    ],
    [
      'a threshold that no score reaches',
      (p) => changed(p, { read: (r) => ({ ...r, tau: 1e30 }) }),
      /τ of layer \d+ is 1e\+30, far from all its scores/,
    ],
    [
      'a threshold that every score reaches',
      (p) => changed(p, { read: (r) => ({ ...r, tau: r.benign.values[0]! - 0.1 }) }),
      /gate of layers \d+, \d+ stands open for half of the harmless prompts/,
    ],
    [
      'a threshold just above all harmful scores',
      (p) => changed(p, { read: (r) => ({ ...r, tau: 1.65 }) }),
      /no harmful prompt that it was measured with opens a gate/,
    ],
    ['a rise without end', (p) => changed(p, { read: (r) => ({ ...r, scale: 1e20 }) }), /scale of layer \d+ is 100000000000000000000/],
    [
      'no statistics',
      (p) => changed(p, { read: (r) => ({ ...r, harmful: { count: 0, mean: 0, std: 0, levels: [], values: [] } }) }),
      /harmful scores of layer \d+ are missing/,
    ],
    [
      'statistics that contradict themselves',
      (p) => changed(p, { read: (r) => ({ ...r, benign: { ...r.benign, mean: 40 } }) }),
      /harmless scores of layer \d+ have a mean of 40/,
    ],
    [
      'scores that vary more than they can',
      (p) => changed(p, { read: (r) => ({ ...r, benign: { ...r.benign, std: 40 } }) }),
      /harmless scores of layer \d+ vary by 40/,
    ],
  ])('%s is found, with the layer and the value', async (_, change, words) => {
    const profile = change(await shipped(id));
    expect(() => encodeProfile(profile)).toThrow(words);
    expect(() => encodeProfile(profile)).toThrow(expect.objectContaining({ name: 'SteeringError', code: 'bad-input' }));
  });
});

test('one layer that has lost its direction does not condemn the others', () => {
  const { layers } = sampleProfile();
  const [first, ...others] = layers;
  const weak = { ...first!, write: withR(first!.write!, times(first!.write!.r, 1e-12)) };
  expect(checkPlausible(sampleProfile({ layers: [weak, ...others] }))).toBeNull();
});

test('a probe that finds nothing is allowed beside one that does', () => {
  const [first, second] = sampleProfile().layers;
  const method = { ...sampleProfile().method, pooling: 'mean', passes: 2 } as const;
  const blind = { ...second!, read: { ...second!.read!, probe: 1, tau: 0.76 } };
  expect(checkPlausible(sampleProfile({ method, layers: [first!, blind] }))).toBeNull();
  expect(checkPlausible(sampleProfile({ method, layers: [{ ...first!, read: { ...first!.read!, tau: 0.76 } }, blind] }))).toMatch(
    /opens a gate/,
  );
});
