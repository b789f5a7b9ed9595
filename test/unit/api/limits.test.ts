/** Rates and the queue: nobody is let in too early, and whoever is turned away learns when to come again. */
import { expect, test } from 'vitest';
import { RateLimit, RequestQueue } from '../../../electron/api/limits.ts';

const tooMany = (code: string) => expect.objectContaining({ status: 429, code });

test('a key has a minute’s worth at once, then its share', () => {
  let now = 0;
  const rates = new RateLimit(() => now);
  for (let request = 0; request < 6; request++) rates.count('a', 6);
  expect(() => rates.count('a', 6)).toThrow(tooMany('rate_limit_exceeded'));
  expect(() => rates.count('a', 6)).toThrow('Try again in 10 s');
  rates.count('b', 6);
  now = 9_999;
  expect(() => rates.count('a', 6)).toThrow(tooMany('rate_limit_exceeded'));
  now = 10_001;
  rates.count('a', 6);
  expect(() => rates.count('a', 6)).toThrow(tooMany('rate_limit_exceeded'));
  for (let request = 0; request < 100; request++) rates.count('unlimited', null);
});

test('one at a time, in the order of coming', async () => {
  const queue = new RequestQueue({ concurrent: 1, waiting: 2 });
  const never = new AbortController().signal;
  const order: number[] = [];
  const leave = await queue.enter(never);
  const waiting = [1, 2].map(async (number) => {
    const done = await queue.enter(never);
    order.push(number);
    done();
  });
  expect([queue.running, queue.waiting]).toEqual([1, 2]);
  await expect(queue.enter(never)).rejects.toEqual(tooMany('queue_full'));
  leave();
  leave();
  await Promise.all(waiting);
  expect(order).toEqual([1, 2]);
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});

test('whoever goes away while waiting takes no turn', async () => {
  const queue = new RequestQueue({ concurrent: 1, waiting: 2 });
  const leave = await queue.enter(new AbortController().signal);
  const gone = new AbortController();
  const waiting = queue.enter(gone.signal);
  gone.abort();
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  await expect(queue.enter(gone.signal)).rejects.toMatchObject({ code: 'cancelled' });
  leave();
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
  (await queue.enter(new AbortController().signal))();
});
