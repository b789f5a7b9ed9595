/** Gates of a profile on rows that were read before: no engine is needed to know which prompts are touched at all. */
import type { Prompt } from '../../../steering/prompts/index.ts';
import type { SteeringProfile } from '../../../steering/profile/index.ts';
import { confirmationScores } from '../../../steering/calibration/confirmation/confirmation-scores.ts';
import { cascade, gate } from '../../../steering/runtime/gate.ts';
import type { ConfirmingRead, PartialGate } from '../../../steering/runtime/plan.ts';
import { scores } from '../../../steering/solver/index.ts';
import { peakScores, type ProbeRead } from '../../../steering/calibration/probes/peak-scores.ts';
import type { RowCache } from '../../../steering/calibration/rows/row-cache.ts';
import type { Setting } from './settings.ts';

/** Scores of some prompts at the layers that read: c by layer, a value a prompt. */
export type ScoresByLayer = Map<number, Float32Array>;

export async function scoresOf(
  profile: SteeringProfile,
  cache: RowCache,
  prompts: readonly Prompt[],
  signal: AbortSignal,
): Promise<ScoresByLayer> {
  const result: ScoresByLayer = new Map();
  const probes = new Map<number, ProbeRead[]>();
  for (const { layer, read } of profile.layers) {
    if (read === null) continue;
    const { probe = 0, w, means } = read;
    if (profile.method.reading === 'every') probes.set(probe, [...(probes.get(probe) ?? []), { layer, w, means }]);
    else result.set(layer, await scores(cache.layerRows(prompts, layer), read.w, { signal }));
  }
  for (const reads of probes.values()) {
    for (const [layer, c] of (await peakScores(cache, prompts, reads, signal)).byLayer) result.set(layer, c);
  }
  return result;
}

/** What the second stage of a cascade is asked about some prompts. */
export interface Confirmed {
  /** z of each. */
  z: Float32Array;
  /** Tokens of each; of the longest, whose rows are thinned out, as many as are kept. */
  tokens: readonly number[];
}

/** Null for a profile without a second stage. */
export async function confirmedOf(
  profile: SteeringProfile,
  cache: RowCache,
  prompts: readonly Prompt[],
  signal: AbortSignal,
): Promise<Confirmed | null> {
  if (profile.method.confirmation === undefined) return null;
  const layers = new Map<number, ConfirmingRead>();
  for (const { layer, confirming } of profile.layers) if (confirming !== undefined) layers.set(layer, confirming);
  return { z: await confirmationScores(cache, prompts, layers, signal), tokens: prompts.map((prompt) => cache.tokensOf(prompt)) };
}

/**
 * Whether a profile's gate is known from unsteered rows alone: it reads in a pass of its own, and pools its readings.
 * Otherwise a layer reads what earlier ones wrote, and only the engine knows.
 */
export function gateIsKnown({ method }: SteeringProfile): boolean {
  return method.pooling === 'mean' && method.clip && method.passes === 2;
}

/** u of each prompt: the mean of (c − τ)/s over a probe's layers, of the probe where it is largest, and what a second stage makes of it; the gate follows from it. */
export function readiness(
  profile: SteeringProfile,
  scored: ScoresByLayer,
  count: number,
  confirmed: Confirmed | null = null,
): Float64Array {
  const probes = new Map<number, { sums: Float64Array; layers: number }>();
  for (const { layer, read } of profile.layers) {
    if (read === null) continue;
    const probe = probes.get(read.probe ?? 0) ?? { sums: new Float64Array(count), layers: 0 };
    probes.set(read.probe ?? 0, probe);
    probe.layers++;
    // Thresholds and scales as the hook keeps them.
    const [tau, scale] = [Math.fround(read.tau), Math.fround(read.scale)];
    scored.get(layer)!.forEach((c, row) => (probe.sums[row]! += (c - tau) / scale));
  }
  const peaks = (row: number) => {
    const byProbe = new Float64Array(Math.max(...probes.keys()) + 1).fill(-Infinity);
    for (const [probe, { sums, layers }] of probes) byProbe[probe] = sums[row]! / layers;
    return byProbe;
  };
  const { confirmation } = profile.method;
  return Float64Array.from({ length: count }, (_, row) =>
    cascade(confirmation, peaks(row), confirmed?.z[row] ?? NaN, confirmed?.tokens[row] ?? 0),
  );
}

/** The profile's partial gate at another strength: so that as much is added there as at its own. */
function partialGateFor({ partialGate, strength: own }: SteeringProfile['method'], strength: number): PartialGate | undefined {
  if (partialGate === undefined || strength === own) return partialGate;
  return { ...partialGate, gate: Math.min((partialGate.gate * own) / strength, 1) };
}

/** The gate of `profile` at u under a setting. */
export function gateAt({ method }: Pick<SteeringProfile, 'method'>, u: number, { strength, shift, partialGate }: Setting): number {
  return gate(u - shift, { clip: true, partialGate: partialGate ? partialGateFor(method, strength) : undefined });
}

/**
 * The profile with another strength, with every threshold moved by `shift` of its own rise (u becomes u − shift), and without `partialGate`: shut below
 * the threshold.
 */
export function movedProfile(profile: SteeringProfile, { strength, shift, partialGate }: Setting): SteeringProfile {
  const { partialGate: _own, ...method } = profile.method;
  const moved = partialGate ? partialGateFor(profile.method, strength) : undefined;
  return {
    ...profile,
    method: {
      ...method,
      ...(moved === undefined ? {} : { partialGate: moved }),
      ...(method.confirmation === undefined ? {} : { confirmation: movedConfirmation(method.confirmation, shift) }),
      strength,
    },
    layers: profile.layers.map((layer) =>
      layer.read === null || shift === 0 ? layer : { ...layer, read: { ...layer.read, tau: layer.read.tau + shift * layer.read.scale } },
    ),
  };
}

/** With the probes' thresholds moved, so that u of the whole cascade becomes u − shift. */
function movedConfirmation(confirmation: NonNullable<SteeringProfile['method']['confirmation']>, shift: number): typeof confirmation {
  const { probes, tau, scale } = confirmation;
  const raised = probes.reduce((sum, { raise }) => sum + raise, 0);
  return {
    ...confirmation,
    probes: probes.map((probe) => ({ ...probe, centre: probe.centre - shift })),
    tau: tau + shift * (scale - raised),
  };
}
