/** A whole app that chats without end, for a test that kills it. Says on stdout which replies were finished. */
import { startApp } from '../../electron/app.ts';
import { DEFAULT_SAMPLING, type Message } from '../../electron/contract/index.ts';

const app = await startApp({ dataDir: process.argv[2]!, shell: 'served', loadModel: false });
await app.handlers['settings.update']({ allowUnprotectedChat: true });
await app.models.load('smollm2-135m-instruct');
const say = (line: string) => process.stdout.write(`${line}\n`);
const ask = () =>
  app.chat.send({
    conversationId: null,
    parentId: null,
    text: 'Tell me something about rivers and the sea.',
    sampling: { ...DEFAULT_SAMPLING, temperature: 0, maxTokens: 24 },
  });
app.onEvent((name, payload) => {
  if (name === 'chat.delta') say('writing');
  if (name !== 'chat.message') return;
  const message = payload as Message;
  if (message.state === 'done') say(`done ${message.id} ${message.text.length}`);
  void ask();
});
await ask();
