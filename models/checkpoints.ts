/**
 * Models with a recurrent state forget what made it: their cache cannot be cut back to any token, only to where the state was
 * kept. How many such states are kept beside a conversation is bounded, and counts as memory that a model takes.
 */
export const CHECKPOINTS = {
  /** Two a turn: where its prompt began, and where its reply did. */
  most: 8,
  /** Of all together; at least one is kept, whatever its size. */
  bytes: 256 * 2 ** 20,
} as const;

/** What the kept states take at most, in bytes. @param stateBytes of one; 0 where a model has none */
export function checkpointBytes(stateBytes: number): number {
  return Math.max(Math.min(CHECKPOINTS.most * stateBytes, CHECKPOINTS.bytes), stateBytes);
}
