/** What is no whole profile is refused, and says what is wrong with it. */
import { describe, expect, test } from 'vitest';
import { decodeProfile, encodeProfile, type SteeringProfile } from '../../../steering/profile/index.ts';
import { expectDamaged, rebuild, rebuildHeader } from './rebuilt-profile.ts';
import { HASHES, sampleLayer, sampleProfile } from './sample-profile.ts';

describe('a damaged profile', () => {
  const good = encodeProfile(sampleProfile());
  const headerLength = Number(new DataView(good.buffer).getBigUint64(0, true));

  test('is refused when cut anywhere', () => {
    for (let length = 0; length < good.length; length += 97) expectDamaged(good.slice(0, length));
    expectDamaged(good.slice(0, -1));
    expectDamaged(new Uint8Array([...good, 0]));
  });

  test('is refused, or the same profile, with any one byte flipped', () => {
    const same = JSON.stringify(decodeProfile(good));
    for (let at = 0; at < good.length; at++) {
      for (const mask of [0x01, 0x20, 0xff]) {
        const bytes = good.slice();
        bytes[at] = bytes[at]! ^ mask;
        let profile;
        try {
          profile = decodeProfile(bytes);
        } catch (error) {
          expect(error).toMatchObject({ name: 'SteeringError', code: expect.stringMatching(/^profile-(damaged|version)$/) });
          continue;
        }
        // Only the padding after the header may change without meaning (a space that became another blank).
        expect(at, 'a flipped byte went unnoticed').toBeGreaterThanOrEqual(8 + headerLength - 8);
        expect(JSON.stringify(profile)).toBe(same);
      }
    }
  });

  test('names the layer that holds NaN or infinity', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const bytes = good.slice();
      // r of layer 2 comes first, then its w, eight values each.
      new DataView(bytes.buffer).setFloat32(8 + headerLength + (8 + 3) * 4, value, true);
      expectDamaged(bytes, `w of layer 2 has ${value} at position 3`);
    }
  });

  test('says what is wrong with its container', () => {
    const header = (change: (h: Record<string, any>) => void) => rebuildHeader(good, change);
    expectDamaged(
      header((h) => (h['layers.2.w'].shape = [4, 2])),
      'shape [4, 2] and must have [8]',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].shape = [9])),
      'shape asks for 36',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].shape = [-8])),
      'no valid shape',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].dtype = 'F64')),
      'only F32',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].data_offsets = [0, 32])),
      'overlaps',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].data_offsets = [32, 2 ** 40])),
      'outside the file',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].data_offsets = [64, 32])),
      'outside the file',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].data_offsets = [-32, 0])),
      'no valid offsets',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].data_offsets = [0.5, 32.5])),
      'no valid offsets',
    );
    expectDamaged(
      header((h) => (h['layers.2.w'].extra = 1)),
      'a description we do not know',
    );
    expectDamaged(
      header((h) => delete h['layers.2.w']),
      'gap',
    );
    expectDamaged(
      header((h) => delete h['layers.10.w']),
      'describes',
    );
    expectDamaged(
      header((h) => ((h['layers.2.x'] = h['layers.2.w']), delete h['layers.2.w'])),
      'is missing',
    );
    expectDamaged(
      header((h) => (h['empty'] = { dtype: 'F32', shape: [0], data_offsets: [0, 0] })),
      'does not mention ("empty")',
    );
    expectDamaged(
      header((h) => delete h['__metadata__']),
      'no metadata',
    );
    expectDamaged(
      header((h) => (h['__metadata__'].steady = 5)),
      'is not text',
    );
    expectDamaged(
      header((h) => (h['__metadata__'].steady = '{')),
      'not JSON',
    );
    expectDamaged(
      header((h) => (h['__metadata__'].sha256 = HASHES.set)),
      'checksum',
    );
    expectDamaged(
      header((h) => delete h['__metadata__'].sha256),
      'checksum',
    );
    const swapped = header((h) => {
      [h['layers.2.w'].data_offsets, h['layers.9.w'].data_offsets] = [h['layers.9.w'].data_offsets, h['layers.2.w'].data_offsets];
    });
    expectDamaged(swapped, 'checksum');
  });

  test('with a huge header is refused without reading it', () => {
    for (const length of [2n ** 63n, 2n ** 64n - 1n, 2n ** 32n, 9n * 1024n * 1024n]) {
      const bytes = good.slice();
      new DataView(bytes.buffer).setBigUint64(0, length, true);
      expectDamaged(bytes, 'more than the limit');
    }
  });

  test('of another major version is refused as such, even when nothing else is known', () => {
    for (const version of [
      { major: 4, minor: 0 },
      { major: 0, minor: 9 },
    ]) {
      const bytes = rebuild(good, (meta) => {
        for (const key of Object.keys(meta)) delete meta[key];
        meta['formatVersion'] = version;
      });
      expect(() => decodeProfile(bytes)).toThrow(expect.objectContaining({ code: 'profile-version' }));
    }
    expectDamaged(
      rebuild(good, (meta) => (meta['formatVersion'] = { major: -1, minor: 0 })),
      'format version',
    );
  });

  test('names the field of its metadata that is wrong', () => {
    const cases: [(meta: Record<string, any>) => unknown, string][] = [
      [(m) => (m.unknown = 1), 'unrecognized key'],
      [(m) => delete m.notes, '"notes"'],
      [(m) => (m.createdAt = 'yesterday'), '"createdAt"'],
      [(m) => (m.model.sha256 = 'ABC'), '"model.sha256"'],
      [(m) => (m.layers[1].read.scale = 0), '"layers.1.read.scale"'],
      [(m) => (m.layers[1].read.scale = 1e-60), 'the scale of layer 9'],
      [(m) => (m.layers[1].read.rho = 1), '"layers.1.read.rho"'],
      [(m) => (m.layers[1].write.lambda = -1), '"layers.1.write.lambda"'],
      [(m) => (m.layers[1].write.lambda = 1e300), 'λ of layer 9'],
      [(m) => (m.layers[1].write.rNorm = 99), 'length of r at layer 9'],
      [(m) => (m.layers[0].layer = 0), '"layers.0.layer"'],
      [(m) => (m.layers[1].read.benign.values = [1, 0, 2]), 'descend'],
      [(m) => (m.layers[1].read.benign.values = [1]), '3 levels and 1 values'],
      [(m) => (m.layers[1].read.benign.count = 0), 'quantiles of nothing'],
      [(m) => (m.model.layerCount = 10), 'layer 10 does not exist'],
      [(m) => (m.model.embeddingLength = 9), 'must have [9]'],
      [(m) => m.layers.reverse(), 'out of order'],
      [(m) => (m.layers = []), '"layers"'],
      [(m) => (m.method.seed = 0.5), '"method.seed"'],
      [(m) => (m.layers[1].read.tau = 1e300), 'τ of layer 9'],
      [(m) => (m.model.layerCount = 2 ** 40), '"model.layerCount"'],
      [(m) => (m.createdAt = '+275760-09-13T00:00:00Z'), '"createdAt"'],
      [(m) => (m.validation = [{ set: 'x', n: 1, arms: { deep: Array.from({ length: 100 }).reduce((inner) => [inner], 0) } }]), 'not JSON'],
    ];
    for (const [change, words] of cases) expectDamaged(rebuild(good, change), words);
  });
});

describe('constraints between layers', () => {
  const mean = { pooling: 'mean', clip: true, strength: 1, alpha: 10, seed: 0 } as const;
  const invalid = (overrides: Partial<SteeringProfile>) => () => encodeProfile(sampleProfile(overrides));

  test("pooling 'own' reads wherever it writes", () => {
    expect(invalid({ layers: [sampleLayer(4, 8, 'write')] })).toThrow(/writes without reading/);
    expect(invalid({ layers: [sampleLayer(4, 8, 'read'), sampleLayer(5, 8)] })).not.toThrow();
  });

  test('something is added somewhere, and it is a number', () => {
    const { method } = sampleProfile();
    expect(invalid({ layers: [sampleLayer(4, 8, 'read')] })).toThrow(/adds nothing/);
    expect(invalid({ method: { ...method, strength: 0 } })).toThrow(/strength is 0/);
    expect(invalid({ method: { ...method, strength: 1e39 } })).toThrow(/layer \d+ would add is out of range/);
    const layer = sampleLayer(4, 8);
    layer.write!.lambda = 1e38;
    expect(invalid({ method: { ...method, strength: 100 }, layers: [layer] })).toThrow(/out of range/);
  });

  test("pooling 'mean' reads before it writes", () => {
    expect(invalid({ method: mean, layers: [sampleLayer(4, 8, 'write'), sampleLayer(5, 8, 'read')] })).toThrow(/writes before/);
    expect(invalid({ method: mean, layers: [sampleLayer(4, 8, 'write')] })).toThrow(/no layer reads/);
    expect(invalid({ method: mean, layers: [sampleLayer(4, 8), sampleLayer(5, 8, 'write')] })).not.toThrow();
  });

  test('vectors have the right length and finite values', () => {
    expect(invalid({ layers: [sampleLayer(4, 9)] })).toThrow(/has 9 values and must have 8/);
    const layer = sampleLayer(4, 8);
    layer.read!.w[2] = Number.NEGATIVE_INFINITY;
    expect(invalid({ layers: [layer] })).toThrow(/w of layer 4 has -Infinity at position 2/);
    expect(invalid({ layers: [{ layer: 4, read: null, write: null }] })).toThrow(/neither reads nor writes/);
    expect(invalid({ notes: 'x'.repeat(9 << 20) })).toThrow(/too long/);
  });
});
