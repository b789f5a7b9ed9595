/** Streams replies into the database at argv[2] until it is killed, telling its parent what is already safe. */
import { writeSync } from 'node:fs';
import { DEFAULT_SAMPLING } from '../../../../electron/contract/index.ts';
import { openStore } from '../../../../electron/store/index.ts';

/** One line a fact, written before anything else happens, so that the parent knows it even if the next step is the last. */
const tell = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);

const store = await openStore({ path: process.argv[2] as string });
await store.messages.recoverInterrupted();
const { id } = await store.conversations.create({ title: 'Crash', systemPrompt: '', sampling: DEFAULT_SAMPLING });
let parentId: string | null = null;
for (let turn = 0; ; turn++) {
  const asked = await store.messages.add({ conversationId: id, parentId, role: 'user', text: `q${turn}`, state: 'done', modelName: null });
  const reply = await store.messages.add({
    conversationId: id,
    parentId: asked.id,
    role: 'assistant',
    text: '',
    state: 'streaming',
    modelName: null,
  });
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
