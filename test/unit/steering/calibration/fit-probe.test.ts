/** Probes that read every token, on prompts made up of known parts. */
import { describe, expect, test } from 'vitest';
import { fitProbe, type TokenSource } from '../../../../steering/calibration/probes/fit-probe.ts';

const D = 24;
const LAYERS = [3, 5];
/** Directions: 0 is harm, 1 a wrapper that harmful and harmless requests share, 2 loud and meaningless. */
const HARM = 0;
const WRAPPER = 1;
const LOUD = 2;

interface Made {
  tokens: number;
  /** Where the request's harm stands; none in benign prompts. */
  harmAt: number | null;
  wrapped: boolean;
  seed: number;
}

function noise(seed: number): () => number {
  let state = (seed * 2654435761) % 2147483647 || 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return (state / 2147483647) * 2 - 1;
  };
}

function source(prompts: ReadonlyMap<string, Made>): TokenSource<string> {
  return {
    width: D,
    tokenRows: (keys, layer) => {
      const counts: number[] = [];
      const rows: number[] = [];
      for (const key of keys) {
        const { tokens, harmAt, wrapped, seed } = prompts.get(key)!;
        const random = noise(seed * 10 + layer);
        counts.push(tokens);
        for (let token = 0; token < tokens; token++) {
          const row = Array.from({ length: D }, () => random() * 0.5);
          row[LOUD]! += random() * 40;
          if (wrapped) row[WRAPPER]! += 3;
          if (harmAt === token) row[HARM]! += 3;
          rows.push(...row);
        }
      }
      return { rows: Float32Array.from(rows), counts };
    },
  };
}

function made(count: number, seed: number, shape: (index: number) => Omit<Made, 'seed'>): Map<string, Made> {
  return new Map(Array.from({ length: count }, (_, index) => [`${seed}-${index}`, { ...shape(index), seed: seed + index }]));
}

const plain = (seed: number, count: number) => made(count, seed, () => ({ tokens: 12, harmAt: 7, wrapped: false }));
/** The request stands anywhere, long before the end. */
const wrapped = (seed: number, count: number) => made(count, seed, (index) => ({ tokens: 40, harmAt: 2 + (index % 20), wrapped: true }));
const benign = (seed: number, count: number) =>
  made(count, seed, (index) => ({ tokens: 10 + (index % 30), harmAt: null, wrapped: index % 2 === 0 }));

function peaks(prompts: Map<string, Made>, vectors: readonly Float32Array[]): number[] {
  return [...prompts.keys()].map((key) => {
    const loaded = LAYERS.map((layer) => source(prompts).tokenRows([key], layer).rows);
    const { tokens } = prompts.get(key)!;
    let best = -Infinity;
    for (let token = 0; token < tokens; token++) {
      let sum = 0;
      loaded.forEach((rows, index) => {
        for (let i = 0; i < D; i++) sum += (rows[token * D + i]! * vectors[index]![i]!) / LAYERS.length;
      });
      best = Math.max(best, sum);
    }
    return best;
  });
}

async function fit() {
  const all = new Map([...plain(1000, 60), ...wrapped(2000, 120), ...benign(3000, 300)]);
  const keys = (prompts: Map<string, Made>) => [...prompts.keys()];
  const told: number[] = [];
  const vectors = await fitProbe({
    source: source(all),
    layers: LAYERS,
    benign: keys(benign(3000, 300)).map((key) => ({ prompt: key, weight: 1 })),
    harmful: [...keys(plain(1000, 60)), ...keys(wrapped(2000, 120))],
    seeds: keys(plain(1000, 60)),
    onProgress: (done) => told.push(done),
  });
  return { vectors, told };
}

describe('a probe that reads every token', () => {
  test('finds a request wherever it stands, and leaves its wrapper around something harmless alone', async () => {
    const { vectors, told } = await fit();
    const harmful = peaks(wrapped(5000, 60), vectors);
    const harmless = peaks(benign(6000, 120), vectors);
    const threshold = Math.max(...harmless);
    expect(harmful.filter((score) => score > threshold).length).toBeGreaterThan(55);
    // The loud direction is closed, the wrapper's as well.
    for (const w of vectors) expect(Math.abs(w[LOUD]!) * 40).toBeLessThan(0.2);
    expect(Math.min(...told)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...told)).toBeLessThan(1);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  test('is the same for the same prompts', async () => {
    expect((await fit()).vectors).toEqual((await fit()).vectors);
  });

  test('ends when cancelled', async () => {
    const all = plain(1, 5);
    const keys = [...all.keys()];
    const input = {
      source: source(all),
      layers: LAYERS,
      benign: keys.map((key) => ({ prompt: key, weight: 1 })),
      harmful: keys,
      seeds: keys,
    };
    await expect(fitProbe({ ...input, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
