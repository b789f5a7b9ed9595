/**
 * The gate's foot: just below the threshold a push far weaker than an open gate's makes a model refuse what it was about to refuse
 * anyway, and seldom an everyday prompt. Measured in docs/reference/method.md.
 */
import type { Ajar } from '../runtime/plan.ts';

/** How far below the threshold, in units of the gate's rise s. */
export const AJAR_WIDTH = 1;
/** What is added there, in multiples of the refusal direction r, whatever the profile's strength. */
const AJAR_PUSH = 0.2;

/** @param strength of the profile, > 0 */
export function ajarAt(strength: number): Ajar {
  return { width: AJAR_WIDTH, gate: Math.min(AJAR_PUSH / strength, 1) };
}
