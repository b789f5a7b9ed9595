/** A small valid profile for tests. */
import type { ProfileLayer, SteeringProfile } from '../../../steering/profile/index.ts';
import { normalMatrix } from './random.ts';

export const HASHES = { model: 'a'.repeat(64), template: 'b'.repeat(64), set: 'c'.repeat(64) };

export function norm(vector: Float32Array): number {
  return Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
}

export function sampleLayer(layer: number, d: number, use: 'both' | 'read' | 'write' = 'both'): ProfileLayer {
  const w = normalMatrix(1, d, 10 + layer);
  const r = normalMatrix(1, d, 1000 + layer);
  const scores = { count: 100, mean: 0.1, std: 0.2, levels: [0, 0.5, 1], values: [-0.5, 0.125, 0.75] };
  return {
    layer,
    read: use === 'write' ? null : { rho: 0.5, tau: 0.25, scale: 0.5, benign: scores, harmful: scores, w },
    write: use === 'read' ? null : { lambda: 1.5, rNorm: norm(r), r },
  };
}

export function sampleProfile(overrides: Partial<SteeringProfile> = {}, d = 8): SteeringProfile {
  return {
    formatVersion: { major: 1, minor: 0 },
    name: 'Sample – für Prüfungen',
    createdAt: '2026-01-02T03:04:05.000Z',
    appVersion: '0.1.0',
    model: { name: 'Tiny', sha256: HASHES.model, architecture: 'qwen2', embeddingLength: d, layerCount: 24 },
    chatTemplateSha256: HASHES.template,
    method: { pooling: 'own', clip: true, strength: 2, alpha: 10, seed: 7 },
    layers: [sampleLayer(2, d), sampleLayer(9, d), sampleLayer(10, d)],
    promptSets: [{ name: 'built-in benign', role: 'benign', sha256: HASHES.set, count: 2500 }],
    validation: [{ set: 'held out', n: 40, arms: { unsteered: { refused: 0.1 }, shipped: { refused: 0.98 } } }],
    notes: '',
    ...overrides,
  };
}
