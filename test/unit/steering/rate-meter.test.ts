import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { rateMeter } from '../../../steering/rate-meter.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

test('what was done before the first report does not count as done since', () => {
  const rate = rateMeter();
  expect(rate(100)).toBeNull();
  vi.advanceTimersByTime(2000);
  expect(rate(110)).toBe(5);
  expect(rate(100)).toBeNull();
});

test('nothing is told in the first half second, nor before a burst is over', () => {
  const rate = rateMeter(16);
  rate(0);
  vi.advanceTimersByTime(400);
  expect(rate(16)).toBeNull();
  vi.advanceTimersByTime(600);
  expect(rate(15)).toBeNull();
  expect(rate(16)).toBe(16);
});
