/**
 * Cutting a sequence back to where a segment began.
 *
 * Most caches can be cut back to any token. A recurrent state cannot: it has to be kept where one may want to go back to
 * (a *border*), and the library, asked for any other place, evaluates all that is left anew by itself, unsteered and in other
 * batches. So borders are marked as they are passed, and where one is gone the sequence is cut back further, for the caller to
 * evaluate what is missing with steering.
 */
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';
import { CHECKPOINTS } from '../../../models/checkpoints.ts';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';

/** The part of the library's sequence that tells which states it has kept. */
interface Internals {
  _sequenceId: number;
  _checkpoints: { hasCheckpoint(name: undefined, lastToken: number): boolean };
  context: { _ctx: { disposeSequence(id: number): void } };
}
const internals = (sequence: LlamaContextSequence) => sequence as unknown as Internals;

/** The sequence's id within its context, by which the hook knows its rows. */
export const sequenceId = (sequence: LlamaContextSequence): number => internals(sequence)._sequenceId;

/** A sequence that keeps states where they are marked, and nowhere else. */
export function openSequence(context: LlamaContext): LlamaContextSequence {
  return context.getSequence({ checkpoints: { max: CHECKPOINTS.most, interval: false, maxMemory: CHECKPOINTS.bytes } });
}

/** Makes the sequence's end a border. Costs nothing where any token is one. */
export const markBorder = (sequence: LlamaContextSequence): Promise<void> => sequence.takeCheckpoint();

/** Whether the sequence can be cut back to token `start` and hold exactly what it held there. */
export function isBorder(sequence: LlamaContextSequence, start: number): boolean {
  if (start === 0 || start >= sequence.nextTokenIndex || !sequence.needsCheckpoints) return true;
  // The library finds no state for a single token.
  return start > 1 && internals(sequence)._checkpoints.hasCheckpoint(undefined, start - 1);
}

/**
 * Empties a sequence, whatever a failed evaluation left in it: the library takes a batch that failed for one that never
 * was, and would leave its rows in the cache, where every later evaluation stumbles over them.
 */
export async function emptySequence(sequence: LlamaContextSequence): Promise<void> {
  await sequence.clearHistory();
  internals(sequence).context._ctx.disposeSequence(sequenceId(sequence));
}

/**
 * Drops everything from token `start` on.
 * @throws where `start` is no border; the sequence is to be emptied then
 */
export async function truncateSequence(steering: ContextSteering, sequence: LlamaContextSequence, start: number): Promise<void> {
  if (sequence.nextTokenIndex <= start) return;
  if (start === 0) return emptySequence(sequence);
  const erase = () => sequence.eraseContextTokenRanges([{ start, end: sequence.nextTokenIndex }]);
  // Other sequences may be evaluating meanwhile, but not beside one with a state.
  if (!sequence.needsCheckpoints) return erase();
  await steering.withoutDecoding(erase);
}
