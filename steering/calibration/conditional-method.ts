/**
 * A profile of conditional activation steering (CAST, Lee et al. 2024, arXiv 2409.05907), to compare with: a condition
 * vector at one layer and a threshold decide whether the refusal vectors are added. The vectors and their strength are
 * those of a given profile, so that only the condition differs from it.
 *
 * Two things are simpler than in the paper: the condition vector is the difference of the means, not a first principal
 * component, and what is compared with the threshold is the product with it, not a cosine. Layer and threshold are those
 * with the best F1 on the prompts that the vector is made from, as there.
 */
import { writeProfile, type SteeringProfile } from '../profile/index.ts';
import { buildCalibrationSet } from '../prompts/index.ts';
import { scores, summarise } from '../solver/index.ts';
import { requireSteerable } from './calibrate.ts';
import type { JobControl } from './control.ts';
import { comparisonLayers, COMPARISON_LIMITS, COMPARISON_SEED } from './plain-method.ts';
import type { ModelPort } from './port.ts';
import { extractRows } from './rows/extract-rows.ts';
import { RowCache } from './rows/row-cache.ts';

/** A gate of two states: it is open from this share of the scores' spread above the threshold on. */
const RISE = 1e-3;

export interface ConditionalMethodOptions extends JobControl {
  port: ModelPort;
  /** What is read is kept here. */
  kept: string;
  /** Whose refusal vectors are added. */
  base: SteeringProfile;
  out: string;
  /** Other sizes than the comparison's own. */
  limits?: { benign: number; harmful: number } | undefined;
}

/** @throws SteeringError `model-not-steerable`, `cancelled`; what the port and the file system throw */
export async function makeConditionalProfile({
  port,
  kept,
  base,
  out,
  limits = COMPARISON_LIMITS,
  ...control
}: ConditionalMethodOptions): Promise<SteeringProfile> {
  const { model } = port;
  const width = model.embeddingLength;
  const layers = comparisonLayers(model);
  requireSteerable(layers);
  const { benign, harmful } = buildCalibrationSet({ split: 'train', seed: COMPARISON_SEED, limits });
  const cache = new RowCache(kept, { ...model, modelSha256: model.sha256, layers, tokenLayers: [], tokensEach: 1, width });
  try {
    await extractRows(port, cache, [...benign, ...harmful], control);
    let best: { layer: number; f1: number; read: Read } | null = null;
    for (const layer of layers) {
      const rows = { benign: cache.layerRows(benign, layer), harmful: cache.layerRows(harmful, layer) };
      const w = difference(meanRow(rows.harmful, width), meanRow(rows.benign, width));
      const of = {
        benign: await scores(rows.benign, w, { signal: control.signal }),
        harmful: await scores(rows.harmful, w, { signal: control.signal }),
      };
      const { tau, f1 } = bestThreshold(of.benign, of.harmful);
      if (best !== null && f1 <= best.f1) continue;
      const [benignSummary, harmfulSummary] = [summarise(of.benign), summarise(of.harmful)];
      const scale = RISE * Math.max(benignSummary.std, harmfulSummary.std);
      best = { layer, f1, read: { tau, scale, w, benign: benignSummary, harmful: harmfulSummary } };
    }
    const profile = conditional(base, best!);
    await writeProfile(out, profile);
    return profile;
  } finally {
    cache.close();
  }
}

type Read = NonNullable<SteeringProfile['layers'][number]['read']>;

function conditional(base: SteeringProfile, { layer, f1, read }: { layer: number; f1: number; read: Read }): SteeringProfile {
  const { partialGate: _shut, confirmation: _unasked, ...method } = base.method;
  const others = base.layers.filter((one) => one.write !== null && one.layer !== layer);
  const write = base.layers.find((one) => one.layer === layer)?.write ?? null;
  return {
    ...base,
    name: `${base.name}, CAST`.slice(0, 200),
    method: { ...method, pooling: 'mean', clip: true, passes: 2, reading: 'last' },
    layers: [...others.map((one) => ({ ...one, read: null, confirming: undefined })), { layer, read, write }].sort(
      (a, b) => a.layer - b.layer,
    ),
    validation: [],
    notes: `For comparison: condition at layer ${layer}, F1 ${f1.toFixed(2)} on the prompts it was made from.`,
  };
}

/**
 * The threshold with the largest F1 for "harmful is above it", in the middle between two scores.
 * @returns τ, and F1 in 0…1
 */
export function bestThreshold(benign: ArrayLike<number>, harmful: ArrayLike<number>): { tau: number; f1: number } {
  const all = [...Array.from(benign, (score) => ({ score, bad: 0 })), ...Array.from(harmful, (score) => ({ score, bad: 1 }))].sort(
    (a, b) => b.score - a.score,
  );
  let best = { tau: all[0]!.score, f1: 0 };
  let found = 0;
  for (const [at, { score, bad }] of all.entries()) {
    found += bad;
    const next = all[at + 1]?.score ?? score - 1;
    const f1 = (2 * found) / (at + 1 + harmful.length);
    if (next < score && f1 > best.f1) best = { tau: (score + next) / 2, f1 };
  }
  return best;
}

/** The mean of rows of `width` numbers each. */
function meanRow(rows: Float32Array, width: number): Float64Array {
  const sum = new Float64Array(width);
  for (let at = 0; at < rows.length; at++) sum[at % width]! += rows[at]!;
  return sum.map((value) => (value * width) / rows.length);
}

const difference = (a: Float64Array, b: Float64Array): Float32Array => Float32Array.from(a, (value, at) => value - b[at]!);
