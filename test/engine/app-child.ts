/**
 * The whole app in a process of its own, for a test that kills it: chats without end in the folder argv[2] and tells its
 * parent, a JSON line a fact, what has streamed and what is finished.
 */
import { writeSync } from 'node:fs';
import type { Message } from '../../electron/contract/index.ts';
import { finished, loadTestModel, pageSampling, startTestApp } from './support.ts';

const tell = (fact: object) => writeSync(1, `${JSON.stringify(fact)}\n`);

const { app } = await startTestApp(() => undefined, { dataDir: process.argv[2]! });
app.onEvent((name, payload) => {
  if (name === 'chat.delta') tell({ kind: 'delta', at: Date.now(), ...payload });
});
await loadTestModel(app, { contextSize: 8192 });
tell({ kind: 'ready', engine: app.engine.pid });
for (let turn = 0; ; turn++) {
  const { reply } = await app.handlers['chat.send']({
    conversationId: null,
    parentId: null,
    text: `Story ${turn}: tell me about a dog and its many friends.`,
    // Short ones among long ones, so that some are finished and some, which take seconds, are cut off.
    sampling: pageSampling({ maxTokens: turn % 2 === 0 ? 4 : 8000, temperature: 1, seed: null }),
  });
  tell({ kind: 'sent', replyId: reply.id });
  const message: Message = await finished(app, reply.id);
  tell({ kind: 'finished', replyId: reply.id, state: message.state, text: message.text });
}
