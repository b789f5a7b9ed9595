/** Gates of a profile on rows that were read before: no engine is needed to know which prompts are touched at all. */
import type { Prompt } from '../../../steering/prompts/index.ts';
import type { SteeringProfile } from '../../../steering/profile/index.ts';
import { gate } from '../../../steering/runtime/gate.ts';
import type { Ajar } from '../../../steering/runtime/plan.ts';
import { scores } from '../../../steering/solver/index.ts';
import type { RowCache } from '../row-cache.ts';
import { peakScores, type HeadRead } from '../token-scores.ts';
import type { Setting } from './settings.ts';

/** Scores of some prompts at the layers that read: c by layer, a value a prompt. */
export type ScoresByLayer = Map<number, Float32Array>;

export async function scoresOf(
  profile: SteeringProfile,
  cache: RowCache,
  prompts: readonly Prompt[],
  keyOf: (prompt: Prompt) => string,
  signal: AbortSignal,
): Promise<ScoresByLayer> {
  const keys = prompts.map(keyOf);
  const result: ScoresByLayer = new Map();
  const heads = new Map<number, HeadRead[]>();
  for (const { layer, read } of profile.layers) {
    if (read === null) continue;
    const { head = 0, w, means } = read;
    if (profile.method.reading === 'every') heads.set(head, [...(heads.get(head) ?? []), { layer, w, means }]);
    else result.set(layer, await scores(cache.layerRows(keys, layer), read.w, { signal }));
  }
  for (const reads of heads.values()) {
    for (const [layer, c] of (await peakScores(cache, keys, reads, signal)).byLayer) result.set(layer, c);
  }
  return result;
}

/**
 * Whether a profile's gate is known from unsteered rows alone: it reads in a pass of its own, and pools its readings.
 * Otherwise a layer reads what earlier ones wrote, and only the engine knows.
 */
export function gateIsKnown({ method }: SteeringProfile): boolean {
  return method.pooling === 'mean' && method.clip && method.passes === 2;
}

/** u of each prompt: the mean of (c − τ)/s over a head's layers, of the head where it is largest; the gate follows from it. */
export function readiness(profile: SteeringProfile, scored: ScoresByLayer, count: number): Float64Array {
  const heads = new Map<number, { sums: Float64Array; layers: number }>();
  for (const { layer, read } of profile.layers) {
    if (read === null) continue;
    const head = heads.get(read.head ?? 0) ?? { sums: new Float64Array(count), layers: 0 };
    heads.set(read.head ?? 0, head);
    head.layers++;
    // Thresholds and scales as the hook keeps them.
    const [tau, scale] = [Math.fround(read.tau), Math.fround(read.scale)];
    scored.get(layer)!.forEach((c, row) => (head.sums[row]! += (c - tau) / scale));
  }
  return Float64Array.from({ length: count }, (_, row) => Math.max(...[...heads.values()].map(({ sums, layers }) => sums[row]! / layers)));
}

/** How far the profile's gate stands ajar at another strength: so that as much is added there as at its own. */
function ajarFor({ ajar, strength: own }: SteeringProfile['method'], strength: number): Ajar | undefined {
  return ajar === undefined || strength === own ? ajar : { ...ajar, gate: Math.min((ajar.gate * own) / strength, 1) };
}

/** The gate of `profile` at u under a setting. */
export function gateAt({ method }: Pick<SteeringProfile, 'method'>, u: number, { strength, shift, ajar }: Setting): number {
  return gate(u - shift, { clip: true, ajar: ajar ? ajarFor(method, strength) : undefined });
}

/**
 * The profile with another strength, with every threshold moved by `shift` of its own rise (u becomes u − shift), and without `ajar`: shut below
 * the threshold.
 */
export function movedProfile(profile: SteeringProfile, { strength, shift, ajar }: Setting): SteeringProfile {
  const { ajar: _own, ...method } = profile.method;
  const moved = ajar ? ajarFor(profile.method, strength) : undefined;
  return {
    ...profile,
    method: { ...method, ...(moved === undefined ? {} : { ajar: moved }), strength },
    layers: profile.layers.map((layer) =>
      layer.read === null || shift === 0 ? layer : { ...layer, read: { ...layer.read, tau: layer.read.tau + shift * layer.read.scale } },
    ),
  };
}
