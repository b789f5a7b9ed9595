/** An engine that is stopped, but not ended, is given up like one that died. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EngineSupervisor } from '../../electron/engine/supervisor.ts';
import { ask, generate, startEngine, target, user, type TestEngine } from './support.ts';

const cleanups: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const task of cleanups.reverse()) await task();
});

let engine: EngineSupervisor;
let states: TestEngine['states'];
beforeAll(async () => {
  ({ engine, states } = startEngine((task) => cleanups.push(task), { heartbeat: { everyMs: 500, misses: 20 } }));
  await engine.load(target());
});

const LONG = ask(user('Tell me a very long story about a dog and its many friends.'));
/** Takes some seconds, also with the tiny model: a byte is a token, and each looks at all before it. */
const PAGES = ask(user(`Summarise this. ${'The dog met a friend at the river, and they went on together. '.repeat(64)}`));

test.skipIf(process.platform === 'win32')('frozen in a reply: the reply and its stop fail, and a new engine answers', async () => {
  const frozen = engine.pid!;
  const begun = Promise.withResolvers<void>();
  const stopListening = engine.onText(() => begun.resolve());
  const reply = generate(engine, LONG, { sampling: { maxTokens: 400 } });
  const outcome = reply.then(
    () => 'answered',
    (error: unknown) => error,
  );
  await begun.promise;
  stopListening();
  process.kill(frozen, 'SIGSTOP');
  const silent = { code: 'engine-crashed', details: { how: expect.stringMatching(/^no answer for \d+ s$/) } };
  await expect(engine.call('chat.stop', { replyId: 'none' })).rejects.toMatchObject(silent);
  expect(await outcome).toMatchObject(silent);
  await engine.ready();
  expect(states.map(({ status }) => status)).toContain('crashed');
  expect(engine.pid).not.toBe(frozen);
  expect((await generate(engine, LONG)).generatedTokens).toBeGreaterThan(0);
});

test('while a long prompt is read the engine answers', async () => {
  await engine.load(target({ contextSize: 6144 }));
  const { pid } = engine;
  const pings: number[] = [];
  let reading = true;
  const reply = generate(engine, PAGES, { sampling: { maxTokens: 1 } }).finally(() => (reading = false));
  reply.catch(() => undefined);
  while (reading) {
    const asked = performance.now();
    await engine.call('engine.ping', {});
    pings.push(performance.now() - asked);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect((await reply).promptTokens).toBeGreaterThan(3500);
  expect(pings.length).toBeGreaterThan(5);
  expect(Math.max(...pings)).toBeLessThan(5000);
  expect(engine.pid).toBe(pid);
});
