/** The order in which a conversation's messages can be stored. */
import type { ExportedMessage } from '../../contract/index.ts';
import { badInput } from '../errors.ts';

/**
 * The same messages in their order, but that each comes after the one it follows. Takes one step a message, in whatever
 * order a file lists them. @throws SteadyError `bad-input` for a circle.
 */
export function parentsFirst<T extends Pick<ExportedMessage, 'id' | 'parentId'>>(messages: readonly T[]): T[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  const ordered = new Set<T>();
  for (const message of messages) {
    // From the message up to the first one that has its place already; then down again.
    const waiting = new Set<T>();
    for (let at: T | undefined = message; at !== undefined && !ordered.has(at); at = byId.get(at.parentId ?? '')) {
      if (waiting.has(at)) throw badInput('Its messages follow each other in a circle.');
      waiting.add(at);
    }
    for (const next of [...waiting].reverse()) ordered.add(next);
  }
  return [...ordered];
}
