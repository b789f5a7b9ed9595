/** The RPC that all borders share. */
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { connectContract, serveContract, SteadyError, type Contract, type Handlers } from '../../../electron/contract/index.ts';
import { SteeringError } from '../../../steering/errors.ts';
import { channelPair } from './channels.ts';

const contract = {
  requests: {
    add: { input: z.object({ a: z.number(), b: z.number() }).strict(), output: z.object({ sum: z.number() }) },
    wait: { input: z.object({}).strict(), output: z.object({}).strict() },
    fail: { input: z.object({ how: z.string() }).strict(), output: z.object({}).strict() },
    lie: { input: z.object({}).strict(), output: z.object({ count: z.number() }) },
  },
  events: { ticked: z.object({ at: z.number() }), told: z.string() },
} as const satisfies Contract;

const handlers: Handlers<typeof contract> = {
  add: ({ a, b }) => ({ sum: a + b }),
  wait: () => new Promise(() => undefined),
  fail: ({ how }) => {
    if (how === 'steady') throw new SteadyError('busy', 'Busy.', { hint: 'Wait.', details: { for: 'you' } });
    if (how === 'steering') throw new SteeringError('profile-mismatch', 'Another model.', { hint: 'Choose.' });
    if (how === 'disk') throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    if (how === 'string') throw 'just text';
    if (how === 'nothing') throw undefined;
    throw new TypeError('a fault');
  },
  lie: () => ({ count: 'many' }) as never,
};

function connected(use: Partial<Handlers<typeof contract>> = {}) {
  const { app, page, close } = channelPair();
  const server = serveContract(contract, { ...handlers, ...use }, app);
  const client = connectContract(contract, page);
  onTestFinished(close);
  return { server, client, app, page };
}
const failing = (code: string, rest: object = {}) => expect.objectContaining({ name: 'SteadyError', code, ...rest });

test('a request goes out and its answer comes back, also many at once', async () => {
  const { client } = connected();
  expect(await client.call('add', { a: 1, b: 2 })).toEqual({ sum: 3 });
  const sums = await Promise.all(Array.from({ length: 100 }, (_, a) => client.call('add', { a, b: 1 })));
  expect(sums.map(({ sum }) => sum)).toEqual(Array.from({ length: 100 }, (_, a) => a + 1));
});

describe('errors', () => {
  test('keep their code, sentence, hint and details', async () => {
    const { client } = connected();
    await expect(client.call('fail', { how: 'steady' })).rejects.toEqual(
      failing('busy', { message: 'Busy.', hint: 'Wait.', details: { for: 'you' } }),
    );
    await expect(client.call('fail', { how: 'steering' })).rejects.toEqual(
      failing('profile-mismatch', { message: 'Another model.', hint: 'Choose.' }),
    );
  });

  test('that are not typed arrive as internal, a full disk as such', async () => {
    const { client } = connected();
    await expect(client.call('fail', { how: 'disk' })).rejects.toEqual(failing('disk-full'));
    await expect(client.call('fail', { how: 'type' })).rejects.toEqual(failing('internal', { message: 'a fault' }));
    await expect(client.call('fail', { how: 'string' })).rejects.toEqual(failing('internal', { message: 'just text' }));
    await expect(client.call('fail', { how: 'nothing' })).rejects.toEqual(failing('internal'));
  });

  test('of the message itself say which field is wrong, and the handler is not asked', async () => {
    const add = vi.fn(handlers.add);
    const { client } = connected({ add });
    await expect(client.call('add', { a: 1, b: '2' } as never)).rejects.toEqual(
      failing('bad-message', { message: expect.stringContaining('b:') }),
    );
    await expect(client.call('add', { a: 1, b: 2, c: 3 } as never)).rejects.toEqual(failing('bad-message'));
    await expect(client.call('add', undefined as never)).rejects.toEqual(failing('bad-message'));
    await expect(client.call('nothing' as never, {} as never)).rejects.toEqual(failing('unknown-request'));
    expect(add).not.toHaveBeenCalled();
  });

  test('an answer that breaks the contract does not reach the caller', async () => {
    await expect(connected().client.call('lie', {})).rejects.toEqual(failing('bad-message', { message: expect.stringContaining('count') }));
  });
});

describe('events', () => {
  test('reach every listener until it stops listening', async () => {
    const { server, client } = connected();
    const heard: number[] = [];
    const stop = client.on('ticked', ({ at }) => heard.push(at));
    client.on('ticked', ({ at }) => heard.push(-at));
    server.emit('ticked', { at: 1 });
    await vi.waitFor(() => expect(heard).toEqual([1, -1]));
    stop();
    server.emit('ticked', { at: 2 });
    await vi.waitFor(() => expect(heard).toEqual([1, -1, -2]));
  });

  test('that are malformed, unknown or named like an inherited property are dropped', async () => {
    const complaint = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => complaint.mockRestore());
    const { server, client } = connected();
    const heard: unknown[] = [];
    client.on('ticked', (payload) => heard.push(payload));
    server.emit('ticked', { at: 'noon' } as never);
    for (const name of ['unknown', '__proto__', 'constructor', 'toString']) server.emit(name as never, {} as never);
    server.emit('ticked', { at: 3 });
    await vi.waitFor(() => expect(heard).toEqual([{ at: 3 }]));
    expect(complaint).toHaveBeenCalledOnce();
  });
});

describe('closing', () => {
  test('fails what is in flight with the reason given, and what is asked later too', async () => {
    const { client } = connected();
    const waiting = [client.call('wait', {}), client.call('wait', {})];
    const results = Promise.allSettled(waiting);
    await delay(20);
    client.close(new SteadyError('engine-crashed', 'Gone.', { hint: 'Again.' }));
    for (const result of await results)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'engine-crashed', hint: 'Again.' } });
    await expect(client.call('add', { a: 1, b: 2 })).rejects.toThrow();
  });

  test('a server that is closed emits and answers no more, without complaint', async () => {
    const { server, client } = connected();
    const heard: unknown[] = [];
    client.on('told', (payload) => heard.push(payload));
    server.close();
    server.emit('told', 'late');
    const answered = await Promise.race([client.call('add', { a: 1, b: 2 }), delay(100, 'silence')]);
    expect(answered).toBe('silence');
    expect(heard).toEqual([]);
  });
});
