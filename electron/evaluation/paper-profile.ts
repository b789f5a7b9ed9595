/** The paper's plain method as a profile of its own, so that the same engine answers under both. */
import type { SteeringProfile } from '../../steering/profile/index.ts';

/**
 * The paper's plain method with a profile's vectors: every layer that reads also writes, in proportion to its own score,
 * without a threshold, a limit or a second pass. Null where no layer does both.
 */
export function paperProfile(profile: SteeringProfile): SteeringProfile | null {
  const layers = profile.layers.flatMap((layer) =>
    layer.read === null || layer.write === null ? [] : [{ ...layer, confirming: undefined, read: { ...layer.read, tau: 0, scale: 1 } }],
  );
  if (layers.length === 0) return null;
  const { partialGate: _shut, confirmation: _unasked, ...method } = profile.method;
  return {
    ...profile,
    name: `${profile.name}, plain method`.slice(0, 200),
    method: { ...method, pooling: 'own', clip: false, passes: 1 },
    layers,
    validation: [],
  };
}
