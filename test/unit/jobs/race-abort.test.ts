import { expect, test, vi } from 'vitest';
import { raceAbort } from '../../../electron/jobs/race-abort.ts';

const cancelled = () => new Error('cancelled');

test('what comes of the work comes back, good or bad, and nobody is asked to end it afterwards', async () => {
  const controller = new AbortController();
  const onCancel = vi.fn();
  const { signal } = controller;
  await expect(raceAbort(signal, Promise.resolve(3), cancelled, onCancel)).resolves.toBe(3);
  await expect(raceAbort(signal, Promise.reject(new Error('full')), cancelled, onCancel)).rejects.toThrow('full');
  controller.abort();
  expect(onCancel).not.toHaveBeenCalled();
});

test.each(['before', 'meanwhile'])('a signal given %s ends the wait at once, and how the work ends does not matter', async (when) => {
  const controller = new AbortController();
  const work = Promise.withResolvers<never>();
  const onCancel = vi.fn();
  if (when === 'before') controller.abort();
  const waiting = raceAbort(controller.signal, work.promise, cancelled, onCancel);
  if (when === 'meanwhile') controller.abort();
  await expect(waiting).rejects.toThrow('cancelled');
  expect(onCancel).toHaveBeenCalledOnce();
  // Unhandled, this would fail the run.
  work.reject(new Error('too late'));
});
