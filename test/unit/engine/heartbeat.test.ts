/** When a process counts as frozen: looks in a row without an answer, not time that has passed. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { watchHeartbeat } from '../../../electron/engine/heartbeat.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const OPTIONS = { everyMs: 1000, misses: 3 };

test('one that answers is left alone, however slow it is within the limit', async () => {
  const silent = vi.fn();
  const stop = watchHeartbeat(
    () => new Promise((resolve) => setTimeout(resolve, 2500)),
    () => OPTIONS,
    silent,
  );
  await vi.advanceTimersByTimeAsync(100_000);
  expect(silent).not.toHaveBeenCalled();
  stop();
});

test('one that falls silent is given up after so many looks, once', async () => {
  const silent = vi.fn();
  let answers = 5;
  const ask = vi.fn(() => (answers-- > 0 ? Promise.resolve() : new Promise(() => undefined)));
  watchHeartbeat(ask, () => OPTIONS, silent);
  await vi.advanceTimersByTimeAsync(8900);
  expect(silent).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(silent.mock.calls).toEqual([[3000]]);
  // The unanswered question is not asked again: a frozen process would find a heap of them.
  expect(ask).toHaveBeenCalledTimes(6);
});

test('hours in which nobody ran are one look', async () => {
  const silent = vi.fn();
  let answer: (value?: unknown) => void = () => undefined;
  const stop = watchHeartbeat(
    () => new Promise((resolve) => (answer = resolve)),
    () => OPTIONS,
    silent,
  );
  await vi.advanceTimersByTimeAsync(1000);
  vi.setSystemTime(Date.now() + 8 * 3600_000);
  await vi.advanceTimersByTimeAsync(1000);
  answer();
  await vi.advanceTimersByTimeAsync(1500);
  expect(silent).not.toHaveBeenCalled();
  stop();
});

test('after its end nothing is asked and nobody is given up', async () => {
  const silent = vi.fn();
  const ask = vi.fn(() => new Promise(() => undefined));
  const stop = watchHeartbeat(ask, () => OPTIONS, silent);
  await vi.advanceTimersByTimeAsync(1500);
  stop();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(silent).not.toHaveBeenCalled();
  expect(ask).toHaveBeenCalledTimes(1);
});
