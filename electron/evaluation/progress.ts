/** How an evaluation tells where it is, and how it is stopped. */
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

/** Reports with the speed since the first report. Replies end in bursts, so no speed is told before `burst` of them are done. */
export function reporter(control: EvaluationControl, what: Omit<EvaluationProgress, 'done' | 'rate'>, burst = 1): (done: number) => void {
  let start: { at: number; done: number } | null = null;
  return (done) => {
    const now = performance.now();
    start ??= { at: now, done };
    const seconds = (now - start.at) / 1000;
    const rate = seconds > 0.5 && done - start.done >= burst ? (done - start.done) / seconds : null;
    control.onProgress({ ...what, done, rate });
  };
}
