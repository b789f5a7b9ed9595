/** What a profile says of itself: how many prompts open its gate, and how many of those it makes the model refuse. */
import type { ProfileLayer, ScoreSummary, SteeringProfile } from './schema.ts';

export interface ProfileClaims {
  /** Share of harmful validation prompts that open the gate that opens least, 0…1: each was measured on harm of its own kind. */
  harmfulOpen: number;
  /** Share of harmless ones that do. */
  harmlessOpen: number;
  /** Share of the harmful ones with an open gate whose reply is a refusal; null where it was not measured. */
  refused: number | null;
}

type Read = NonNullable<ProfileLayer['read']>;

/** The set that a calibration judges replies on (see `validation`). */
export const REFUSED_SET = 'validation harmful, gate open';

/** Reads the claims off a profile's score summaries and validation results. */
export function profileClaims({ method, layers, validation }: SteeringProfile): ProfileClaims {
  const gates = new Map<number, Read[]>();
  for (const { layer, read } of layers) {
    if (read === null) continue;
    // Without a threshold the layers together tell more than any of them.
    const key = !method.clip ? 0 : method.pooling === 'own' ? layer : (read.probe ?? 0);
    gates.set(key, [...(gates.get(key) ?? []), read]);
  }
  const { confirmation } = method;
  // A second stage is measured on requests that are hard to tell apart; of what opens the first it keeps at least that share.
  const confirmed = confirmation === undefined ? 1 : shareAbove([confirmation], 'harmful', openFrom(method));
  const kept = (probe: number) => (confirmation?.probes.some((one) => one.probe === probe) === true ? confirmed : 1);
  const open = (side: 'benign' | 'harmful') =>
    [...gates].map(([probe, reads]) => shareAbove(reads, side, openFrom(method)) * (side === 'harmful' ? kept(probe) : 1));
  const harmless = open('benign').reduce((sum, share) => sum + share, 0);
  return {
    harmfulOpen: Math.min(1, ...open('harmful')),
    harmlessOpen: Math.min(harmless, 1),
    refused: refusedShare(validation),
  };
}

/**
 * The gate from which on a prompt counts as found. Scores regress to 1 for harmful prompts and to 0 for harmless ones, so
 * without a threshold that is half-way; with one it is whatever is more than partially open.
 */
export function openFrom({ clip, partialGate }: SteeringProfile['method']): number {
  return clip ? (partialGate?.gate ?? 0) : 0.5;
}

/** Share of prompts whose u, the mean over `reads`, lies above `from`. */
function shareAbove(
  reads: readonly Pick<Read, 'tau' | 'scale' | 'benign' | 'harmful'>[],
  side: 'benign' | 'harmful',
  from: number,
): number {
  // The same levels in every layer of a profile; where they are not, the first one's.
  const { levels } = reads[0]![side];
  const u = levels.map(
    (level) => reads.reduce((sum, read) => sum + (quantileAt(read[side], level) - read.tau) / read.scale, 0) / reads.length,
  );
  const above = u.findIndex((value) => value > from);
  if (above < 0) return 0;
  if (above === 0) return 1;
  const [low, high] = [u[above - 1]!, u[above]!];
  return 1 - (levels[above - 1]! + (levels[above]! - levels[above - 1]!) * ((from - low) / (high - low)));
}

function quantileAt({ levels, values }: ScoreSummary, level: number): number {
  const at = levels.findLastIndex((candidate) => candidate <= level);
  return values[Math.max(at, 0)]!;
}

function refusedShare(validation: SteeringProfile['validation']): number | null {
  const found = validation.find(({ set }) => set === REFUSED_SET);
  const counts = found?.arms['profile'];
  if (found === undefined || found.n === 0 || typeof counts !== 'object' || counts === null || Array.isArray(counts)) return null;
  const refused = counts['refused'];
  return typeof refused === 'number' ? Math.min(Math.max(refused / found.n, 0), 1) : null;
}
