/** Evaluating whole segments in one llama.cpp sequence. */
import type { LlamaContextSequence } from 'node-llama-cpp';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import type { TokenSegment } from './segments.ts';

/** The sequence's id within its context, by which the hook knows its rows. */
export function sequenceId(sequence: LlamaContextSequence): number {
  return (sequence as unknown as { _sequenceId: number })._sequenceId;
}

/**
 * Empties a sequence, whatever a failed evaluation left in it: the library takes a batch that failed for one that never
 * was, and would leave its rows in the cache, where every later evaluation stumbles over them.
 */
export async function emptySequence(sequence: LlamaContextSequence): Promise<void> {
  await sequence.clearHistory();
  const native = (sequence.context as unknown as { _ctx: { disposeSequence(id: number): void } })._ctx;
  native.disposeSequence(sequenceId(sequence));
}

/** Evaluates one whole segment of the past. Each user turn is steered at its own end, as when it was new. */
export async function evaluateSegment(
  steering: ContextSteering,
  sequence: LlamaContextSequence,
  segment: TokenSegment,
  steer: boolean,
): Promise<void> {
  const id = sequenceId(sequence);
  if (segment.kind === 'prompt') steering.beginPrompt(id, segment.tokens.length, { steer });
  try {
    await sequence.evaluateWithoutGeneratingNewTokens(segment.tokens);
  } finally {
    steering.endPrompt(id);
  }
}
