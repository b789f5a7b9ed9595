/** Streams replies into the database at argv[2] until it is killed, telling its parent what is already safe. */
import { writeSync } from 'node:fs';
import { openStore, type NewConversation, type StartedTurn } from '../../../../electron/store/index.ts';
import { newConversation } from '../../../fixtures/turns.ts';

/** One line a fact, written before anything else happens, so that the parent knows it even if the next step is the last. */
const tell = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);

const store = await openStore({ path: process.argv[2] as string });
await store.messages.recoverInterrupted();
let conversation: string | NewConversation = newConversation('Crash');
let parentId: string | null = null;
for (let turn = 0; ; turn++) {
  const started: StartedTurn = await store.messages.startTurn({ conversation, parentId, text: `q${turn}`, modelName: null });
  conversation = started.conversation.id;
  const { reply } = started;
  let text = '';
  for (let piece = 0; piece < 8; piece++) {
    const delta = `turn ${turn} piece ${piece} é👋. `;
    await store.messages.appendText(reply.id, text.length, delta);
    text += delta;
    tell({ id: reply.id, text, finished: false });
  }
  await store.messages.finish(reply.id, { state: 'done', text, outcome: null, stats: null, error: null });
  tell({ id: reply.id, text, finished: true });
  parentId = reply.id;
}
