/** A plan whose gate opens later or earlier than its profile says, to see what another threshold would do. */
import type { SteeringPlan } from './plan.ts';

/**
 * The plan with every threshold moved: whatever comes to u under `plan` comes to u − shift under the result, of every probe, of the
 * second stage and of the prompt as a whole.
 * @param shift in units of the gate; above 0 less opens, below 0 more
 */
export function shiftedThreshold(plan: SteeringPlan, shift: number): SteeringPlan {
  if (shift === 0) return plan;
  const { confirmation, layers } = plan;
  return {
    ...plan,
    layers: layers.map((layer) =>
      layer.read === null ? layer : { ...layer, read: { ...layer.read, tau: layer.read.tau + shift * layer.read.scale } },
    ),
    // What the first stage adds to the second is bounded around its centre, and both come out lower by the shift.
    confirmation: confirmation && {
      ...confirmation,
      probes: confirmation.probes.map((probe) => ({ ...probe, centre: probe.centre - shift })),
      tau: confirmation.tau + shift * (confirmation.scale - confirmation.probes.reduce((sum, { raise }) => sum + raise, 0)),
    },
  };
}
