/**
 * The partial gate: in the band just below the threshold a push far weaker than an open gate's makes a model refuse what it was about to refuse
 * anyway, and seldom an everyday prompt.
 */
import type { PartialGate } from '../../runtime/plan.ts';

/** How far below the threshold the sub-threshold band reaches, in units of the gate's rise s. */
export const BAND_WIDTH = 1;
/** What is added there, in multiples of the refusal direction r, whatever the profile's strength. */
const BAND_PUSH = 0.2;

/** @param strength of the profile, > 0 */
export function partialGateAt(strength: number): PartialGate {
  return { width: BAND_WIDTH, gate: Math.min(BAND_PUSH / strength, 1) };
}

/** Whether a score lies in the sub-threshold band of a gate with threshold `tau` and rise `scale`. */
export function inBand(score: number, { tau, scale }: { tau: number; scale: number }): boolean {
  return score <= tau && score > tau - BAND_WIDTH * scale;
}
