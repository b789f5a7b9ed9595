/** Which turns of a conversation the gate has to read before anything builds on them. */
import type { Message } from '../contract/index.ts';
import type { EngineTurn } from '../engine/protocol.ts';

/**
 * Whether a reply is text that no model wrote here under protection: it was imported, written while protection was off, or its end was never
 * stored. What people write is read in any case.
 */
export function isForeign({ role, foreign, outcome }: Pick<Message, 'role' | 'foreign' | 'outcome'>): boolean {
  return role === 'assistant' && (foreign === true || outcome?.protected !== true);
}

/** @param turns of the messages of `path`, in their order */
export function markForeign(turns: readonly EngineTurn[], path: readonly Message[]): EngineTurn[] {
  return turns.map((turn, index) => (isForeign(path[index]!) ? { ...turn, foreign: true } : turn));
}
