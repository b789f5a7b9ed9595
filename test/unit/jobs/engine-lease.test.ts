/** Who has the engine, and what the others are told. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SteadyError } from '../../../electron/contract/index.ts';
import { EngineLease, type LeaseRequest } from '../../../electron/jobs/engine-lease.ts';

const MINUTE_MS = 60_000;
const JOB: LeaseRequest = { what: 'A calibration is running', hint: 'Wait until it is done, or cancel it.' };
const REPLY: LeaseRequest = { what: 'A reply is being written', hint: 'Wait for it or stop it, then try again.' };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function refusalOf(task: () => unknown): SteadyError {
  try {
    task();
  } catch (error) {
    if (error instanceof SteadyError) return error;
  }
  return expect.unreachable('It should have been refused.');
}

describe('a lease that shares with nobody', () => {
  test('keeps everybody else out until it is given back', () => {
    const engine = new EngineLease();
    const lease = engine.acquire(JOB);
    expect(engine.holder).toBe(lease);
    for (const task of [() => engine.acquire(JOB), () => engine.share(REPLY), () => engine.requireFree()]) {
      expect(refusalOf(task)).toMatchObject({ code: 'busy', hint: JOB.hint });
    }
    lease.release();
    expect(engine.holder).toBeNull();
    engine.requireFree();
    engine.acquire(JOB);
  });

  test('lets in whoever comes on its behalf', () => {
    const engine = new EngineLease();
    const lease = engine.acquire(JOB);
    engine.requireFree(lease);
    lease.release();
    const next = engine.acquire(JOB);
    expect(refusalOf(() => engine.requireFree(lease))).toMatchObject({ code: 'busy' });
    engine.requireFree(next);
  });

  test('given back twice does not end the next one', () => {
    const engine = new EngineLease();
    const first = engine.acquire(JOB);
    first.release();
    const second = engine.acquire(JOB);
    first.release();
    expect(engine.holder).toBe(second);
  });

  test('tells when it is taken and when it is given back, once each', () => {
    const engine = new EngineLease();
    const heard: (string | null)[] = [];
    engine.onChange((holder) => heard.push(holder?.what ?? null));
    const lease = engine.acquire(JOB);
    refusalOf(() => engine.acquire(JOB));
    lease.release();
    lease.release();
    expect(heard).toEqual([JOB.what, null]);
  });
});

describe('leases that share', () => {
  test('let each other be, and keep out whoever wants the engine alone until the last is given back', () => {
    const engine = new EngineLease();
    const [first, second] = [engine.share(REPLY), engine.share(REPLY)];
    expect(refusalOf(() => engine.acquire(JOB))).toMatchObject({ code: 'busy', hint: REPLY.hint });
    engine.requireFree();
    first.release();
    expect(engine.user).toBe(second);
    refusalOf(() => engine.acquire(JOB));
    second.release();
    expect(engine.user).toBeNull();
    engine.acquire(JOB);
  });
});

describe('those who wait are told', () => {
  test.each([
    [0, null, 'A calibration is running, for less than a minute now.'],
    [90_000, null, 'A calibration is running, for 2 minutes now.'],
    [12 * MINUTE_MS, 30 * 60, 'A calibration is running, for 12 minutes now, with about 30 minutes left.'],
    [200 * MINUTE_MS, 20, 'A calibration is running, for 3 hours now, with less than a minute left.'],
  ])('after %d ms, with %j seconds left: %s', (passed, left, message) => {
    vi.setSystemTime(1_000_000);
    const engine = new EngineLease();
    engine.acquire({ ...JOB, secondsLeft: () => left });
    vi.setSystemTime(1_000_000 + passed);
    const error = refusalOf(() => engine.acquire(JOB));
    expect(error.message).toBe(message);
    expect(error.details).toEqual({ what: JOB.what, since: 1_000_000, secondsLeft: left });
  });

  test('a clock that was set back makes nothing negative', () => {
    vi.setSystemTime(1_000_000);
    const engine = new EngineLease();
    engine.acquire(JOB);
    vi.setSystemTime(0);
    expect(refusalOf(() => engine.acquire(JOB)).message).toBe('A calibration is running, for less than a minute now.');
  });
});
