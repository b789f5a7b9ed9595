/** Whose text a reply is. */
import { expect, test } from 'vitest';
import { isForeign, markForeign } from '../../../electron/chat/foreign-turns.ts';
import type { Message } from '../../../electron/contract/index.ts';

const outcome = (protect: boolean) => ({ verdict: 'complied', cause: 'none', steered: false, protected: protect, scores: [] }) as const;
const message = (change: Partial<Message>): Message => ({
  ...{ id: 'm', conversationId: 'c', parentId: null, role: 'assistant', text: 'Hi', state: 'done', createdAt: 0, modelName: null },
  ...{ outcome: { ...outcome(true), scores: [] }, stats: null, error: null },
  ...change,
});

test('a reply is our own where it was written under protection, and did not come from a file', () => {
  expect(isForeign(message({}))).toBe(false);
  expect(isForeign(message({ foreign: true }))).toBe(true);
  expect(isForeign(message({ outcome: { ...outcome(false), scores: [] } }))).toBe(true);
  expect(isForeign(message({ outcome: null }))).toBe(true);
});

test('what a person writes is read in any case, and never marked', () => {
  const user = message({ role: 'user', outcome: null, foreign: true });
  expect(isForeign(user)).toBe(false);
  const turns = [
    { role: 'user' as const, text: 'Hello' },
    { role: 'assistant' as const, text: 'Hi' },
  ];
  expect(markForeign(turns, [user, message({ foreign: true })])).toEqual([turns[0], { ...turns[1], foreign: true }]);
  expect(markForeign(turns, [user, message({})])).toEqual(turns);
});
