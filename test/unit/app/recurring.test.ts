import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Recurring } from '../../../electron/recurring.ts';

const HOUR_MS = 60 * 60 * 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a task is done at the start and every hour, until it is closed', async () => {
  const task = vi.fn(() => Promise.resolve());
  const recurring = new Recurring(task);
  await recurring.start();
  expect(task).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
  expect(task).toHaveBeenCalledTimes(4);
  await recurring.close();
  await vi.advanceTimersByTimeAsync(3 * HOUR_MS);
  expect(task).toHaveBeenCalledTimes(4);
});

test('a task is done at once when what it depends on changes, and no more once closed', async () => {
  const listeners = new Set<() => void>();
  const task = vi.fn(() => Promise.resolve());
  const recurring = new Recurring(task);
  await recurring.start((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  });
  for (const listener of listeners) listener();
  await vi.advanceTimersByTimeAsync(0);
  expect(task).toHaveBeenCalledTimes(2);
  await recurring.close();
  expect(listeners.size).toBe(0);
});

test('a task that fails is tried again, and is never done twice at once', async () => {
  let running = 0;
  let most = 0;
  let calls = 0;
  const recurring = new Recurring(async () => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, 10));
    running--;
    if (calls++ === 0) throw new Error('The disk is full.');
  });
  const first = recurring.start();
  const second = recurring.now();
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all([first, second]);
  expect([calls, most]).toEqual([2, 1]);
  await recurring.close();
});
