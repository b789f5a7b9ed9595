/** How long the documents of a message are for the model, and what becomes of those that do not fit, in words. */
import { roomFor, type AttachedDocument } from '../../contract.ts';
import type { DraftDocument } from '../../state/draft-storage.ts';
import { plural } from '../../util/format.ts';

const number = (value: number) => value.toLocaleString('en');

/** Empty where it is not known. */
export function documentTokens(documents: readonly DraftDocument[], { id }: AttachedDocument): string {
  const tokens = documents.find(({ document }) => document.id === id)?.tokens ?? null;
  return tokens === null ? '' : plural(tokens, 'token');
}

/** Null where they fit, as far as that is known. */
export function unfitNote(
  documents: readonly DraftDocument[],
  { contextSize, maxTokens }: { contextSize: number | null; maxTokens: number },
): { message: string; hint: string } | null {
  if (contextSize === null) return null;
  const tokens = documents.reduce((sum, document) => sum + (document.tokens ?? 0), 0);
  // As the app plans it: a quarter is kept for what came before.
  const room = Math.floor(roomFor(contextSize, maxTokens) * 0.75);
  if (tokens <= room) return null;
  const what = documents.length === 1 ? 'This document has' : 'These documents have';
  return {
    message: `${what} ${number(tokens)} tokens, and about ${number(room)} fit.`,
    hint: 'What does not fit is searched: the passages that have words of your message go to the model, and are shown under the reply.',
  };
}
