/** What people asked, as a sample to calibrate with: answered, never refused, a few of each conversation. */
import { expect, test } from 'vitest';
import type { ReplyOutcome, Verdict } from '../../../../electron/contract/index.ts';
import type { Store } from '../../../../electron/store/index.ts';
import { addConversation, done, temporaryStore } from '../helpers.ts';

const outcome = (verdict: Verdict): ReplyOutcome => ({
  verdict,
  cause: verdict === 'complied' ? 'none' : 'model',
  steered: false,
  protected: true,
  scores: [],
});

async function ask(
  store: Store,
  conversationId: string,
  parentId: string | null,
  text: string,
  verdicts: readonly (Verdict | null)[],
): Promise<string> {
  const turn = { conversation: conversationId, parentId, text, modelName: 'A model' };
  const { userMessage, reply: first } = await store.messages.startTurn(turn);
  let last = first.id;
  for (const [index, verdict] of verdicts.entries()) {
    if (index > 0) last = (await store.messages.startReply(userMessage.id, 'A model')).reply.id;
    await store.messages.finish(last, { ...done('A reply.'), outcome: verdict === null ? null : outcome(verdict) });
  }
  return last;
}

test('only what was answered and never refused, of conversations that are there', async () => {
  const { store } = await temporaryStore();
  const conversation = await addConversation(store);
  const first = await ask(store, conversation.id, null, 'How do I bake bread?', ['complied']);
  await ask(store, conversation.id, first, 'And without an oven?', ['complied']);
  await ask(store, conversation.id, null, 'Refused.', ['refused']);
  await ask(store, conversation.id, null, 'Refused once.', ['complied', 'partial']);
  await ask(store, conversation.id, null, 'Never finished.', []);
  await ask(store, conversation.id, null, 'Not judged.', [null]);
  await ask(store, conversation.id, null, 'x'.repeat(7000), ['complied']);
  const deleted = await addConversation(store);
  await ask(store, deleted.id, null, 'Deleted.', ['complied']);
  await store.conversations.delete(deleted.id);
  expect((await store.conversations.asked(100)).sort()).toEqual(['And without an oven?', 'How do I bake bread?']);
});

test('every conversation has its say before one has a second, and its opening comes first', async () => {
  const { store } = await temporaryStore();
  for (const name of ['a', 'b', 'c']) {
    const { id } = await addConversation(store);
    let last = await ask(store, id, null, `${name}0`, ['complied']);
    for (let n = 1; n < 8; n++) last = await ask(store, id, last, `${name}${n}`, ['complied']);
  }
  expect((await store.conversations.asked(3)).sort()).toEqual(['a0', 'b0', 'c0']);
  // Five of each at most.
  expect(await store.conversations.asked(100)).toHaveLength(15);
});
