/**
 * The gate's foot. Just below the threshold there are more harmful prompts than benign ones who get there by mistake, and a push far
 * weaker than an open gate's tells them further apart: it makes a model refuse what it was about to refuse anyway, and hardly anything else.
 * Measured in docs/method.md.
 */
import type { Ajar } from '../runtime/plan.ts';

/** How far below the threshold, in units of the gate's rise s. */
export const AJAR_WIDTH = 1.5;
/** What is added there, in multiples of the refusal direction r, whatever the profile's strength. */
const AJAR_PUSH = 0.2;

/** @param strength of the profile, > 0 */
export function ajarAt(strength: number): Ajar {
  return { width: AJAR_WIDTH, gate: Math.min(AJAR_PUSH / strength, 1) };
}
