/** A conversation as a file may have it: checked, and with times that a calendar has. */
import { z } from 'zod';
import { conversation, exportedConversation, exportedMessage, type ExportedConversation } from '../contract/index.ts';

/** Clocks of two machines may differ; a file's times may be this far ahead. */
const AHEAD_MS = 24 * 60 * 60 * 1000;

/** Any time at all: one that cannot be right is put right below, so that a broken clock costs nobody a conversation. */
const anyTime = z.number().nonnegative();

/** As `exportedConversation`, but for the times. */
export const importedConversation = exportedConversation.extend({
  conversation: conversation.extend({ createdAt: anyTime, updatedAt: anyTime }),
  messages: z.array(exportedMessage.extend({ createdAt: anyTime })),
});

/**
 * Puts the time of the import in the place of times that lie in the future.
 * @param now milliseconds since the epoch
 * @returns the conversation, and whether any time was replaced
 */
export function withPossibleTimes(imported: ExportedConversation, now: number): { tree: ExportedConversation; redated: boolean } {
  let redated = false;
  const possible = (time: number): number => {
    if (time <= now + AHEAD_MS) return Math.floor(time);
    redated = true;
    return now;
  };
  const { createdAt, updatedAt } = imported.conversation;
  const tree = {
    conversation: { ...imported.conversation, createdAt: possible(createdAt), updatedAt: possible(updatedAt) },
    messages: imported.messages.map((message) => ({ ...message, createdAt: possible(message.createdAt) })),
  };
  return { tree, redated };
}
