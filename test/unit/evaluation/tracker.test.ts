import { expect, test } from 'vitest';
import { ProgressTracker } from '../../../electron/evaluation/jobs/tracker.ts';
import type { EvaluationProgress } from '../../../electron/evaluation/progress.ts';

const at = (file: string, arm: 'unsteered' | 'profile', done: number, change: Partial<EvaluationProgress> = {}): EvaluationProgress => ({
  file,
  arm,
  stage: 'replies',
  done,
  total: 50,
  rate: null,
  ...change,
});

test('the whole is made of all sets and arms, and never goes back', () => {
  const tracker = new ProgressTracker('id', [{ file: 'a', prompts: 50 }, { file: 'b', prompts: 50 }], ['unsteered', 'profile']); // prettier-ignore
  expect(tracker.update(at('a', 'unsteered', 0), 0).overall).toBe(0);
  expect(tracker.update(at('a', 'unsteered', 25), 1000).overall).toBe(0.125);
  expect(tracker.update(at('a', 'profile', 0), 2000).overall).toBe(0.25);
  // A crash costs a portion: what was had is had again.
  expect(tracker.update(at('a', 'profile', 20), 3000).overall).toBe(0.35);
  expect(tracker.update(at('a', 'profile', 0), 4000).overall).toBe(0.35);
  // Comparing single replies is not counted, and takes nothing away.
  expect(tracker.update(at('a', 'profile', 3, { stage: 'rerun', total: 4 }), 5000).overall).toBe(0.35);
  expect(tracker.update(at('b', 'profile', 50), 6000).overall).toBe(1);
});

test('the time that is left comes from what was done since the start, not from what was there already', () => {
  const tracker = new ProgressTracker('id', [{ file: 'a', prompts: 100 }], ['unsteered']);
  expect(tracker.update(at('a', 'unsteered', 50), 0).secondsLeft).toBeNull();
  expect(tracker.update(at('a', 'unsteered', 60), 5000).secondsLeft).toBeNull();
  expect(tracker.update(at('a', 'unsteered', 75), 10_000).secondsLeft).toBeCloseTo(10);
});
