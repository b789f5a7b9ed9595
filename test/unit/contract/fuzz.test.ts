/** Malformed messages on the page's border: each is refused by name, nothing is called, nothing breaks. */
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  pageContract,
  serveContract,
  connectContract,
  type Handlers,
  type PageContract,
  type RequestName,
} from '../../../electron/contract/index.ts';
import { channelPair } from './channels.ts';
import { fuzzer } from './fuzz.ts';

const NAMES = Object.keys(pageContract.requests) as RequestName<PageContract>[];

/** Every handler notes that it was called, and with what. */
function served() {
  const called: { name: string; input: unknown }[] = [];
  const handlers = Object.fromEntries(
    NAMES.map((name) => [
      name,
      (input: unknown) => {
        called.push({ name, input });
        throw new Error('reached');
      },
    ]),
  ) as unknown as Handlers<PageContract>;
  const { app, page, close } = channelPair();
  serveContract(pageContract, handlers, app);
  onTestFinished(close);
  const faults: unknown[] = [];
  const onFault = (fault: unknown) => faults.push(fault);
  process.on('unhandledRejection', onFault);
  onTestFinished(() => void process.off('unhandledRejection', onFault));
  return { page, called, faults };
}

/** Posts a frame and gives its answer, or undefined when there is none. */
async function answerTo(page: ReturnType<typeof served>['page'], m: string, a: unknown[]): Promise<unknown> {
  const i = `ask-${Math.random()}`;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), 300);
    const stop = page.subscribe((message) => {
      if ((message as { i?: unknown }).i !== i) return;
      clearTimeout(timer);
      stop();
      resolve(message);
    });
    page.post({ t: 'q', i, m, a });
  });
}
const refused = (code: string) => ({ r: { ok: false, error: { code } } });

describe('one message at a time', () => {
  test('names that no request has, inherited ones among them', async () => {
    const { page, called } = served();
    for (const name of [
      'nothing',
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '',
      'x'.repeat(1_000_000),
      7,
      null,
      {},
      ['chat.send'],
    ])
      expect(await answerTo(page, 'request', [name, {}])).toMatchObject(refused('unknown-request'));
    expect(called).toEqual([]);
  });

  test.each(NAMES)('%s with the wrong input', async (name) => {
    const { page, called } = served();
    const polluted = JSON.parse('{"__proto__":{"id":"018f0000-0000-7000-8000-000000000000"},"constructor":1}');
    for (const input of [undefined, null, 7, 'text', [], [[]], polluted, { unknown: true }])
      expect(await answerTo(page, 'request', [name, input])).toMatchObject(refused('bad-message'));
    expect(called).toEqual([]);
  });

  test('functions that the frame may not call: nothing but requests is there', async () => {
    const { page, called, faults } = served();
    for (const name of [
      'valueOf',
      'toString',
      'constructor',
      'hasOwnProperty',
      '__lookupGetter__',
      '__defineGetter__',
      'event',
      '$close',
      '$functions',
    ]) {
      for (const a of [[], ['$functions'], ['request', {}]]) {
        const answer = await answerTo(page, name, a);
        // An error or silence; never a value.
        if (answer !== undefined) expect(answer).toMatchObject({ e: expect.anything() });
      }
    }
    expect(called).toEqual([]);
    expect(faults).toEqual([]);
    expect(await answerTo(page, 'request', ['nothing', {}])).toMatchObject(refused('unknown-request'));
  });
});

test('20,000 malformed messages: no handler hears what its schema forbids, and the border still works', async () => {
  const { page, called, faults } = served();
  const fuzz = fuzzer(7, NAMES);
  for (let round = 0; round < 20_000; round++) page.post(fuzz.message());
  const client = connectContract(pageContract, page);
  await expect(client.call('chat.stop', { replyId: '018f0000-0000-7000-8000-000000000000' })).rejects.toMatchObject({ message: 'reached' });
  for (const { name, input } of called) {
    expect(pageContract.requests[name as RequestName<PageContract>].input.safeParse(input).success).toBe(true);
    expect(Object.getPrototypeOf(input)).toBe(Object.prototype);
  }
  expect(faults).toEqual([]);
  expect(({} as Record<string, unknown>)['id']).toBeUndefined();
});
