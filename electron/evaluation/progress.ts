/** How an evaluation tells where it is, and how it is stopped. */
import { rateMeter } from '../../steering/rate-meter.ts';
import type { ArmName } from './arms.ts';

export interface EvaluationProgress {
  /** The set's file, as given. */
  file: string;
  arm: ArmName;
  /** `rerun`: replies that the batch may have changed are generated again, one by one. `first-token`: how far it moves. */
  stage: 'replies' | 'rerun' | 'first-token';
  done: number;
  total: number;
  /** Replies a second, once that can be said. */
  rate: number | null;
}

export interface EvaluationControl {
  /** Aborting ends the job with `cancelled`; what was finished is kept. */
  signal: AbortSignal;
  onProgress(progress: EvaluationProgress): void;
}

/** Reports how far it is, with the speed. @param burst so many replies end together */
export function reporter(control: EvaluationControl, what: Omit<EvaluationProgress, 'done' | 'rate'>, burst = 1): (done: number) => void {
  const rate = rateMeter(burst);
  return (done) => control.onProgress({ ...what, done, rate: rate(done) });
}
