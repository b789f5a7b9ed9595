/** How a calibration tells where it is. */

export type CalibrationStage = 'labels' | 'extract' | 'solve' | 'tune' | 'validate';

export interface CalibrationProgress {
  stage: CalibrationStage;
  done: number;
  total: number;
  /** Prompts a second of this stage, where that makes sense. */
  rate: number | null;
}

export interface JobControl {
  signal: AbortSignal;
  onProgress(progress: CalibrationProgress): void;
}

/** Counts a stage's steps and reports them with their speed. */
export function stageReporter(control: JobControl, stage: CalibrationStage, total: number): (done: number) => void {
  const started = performance.now();
  let first = -1;
  return (done) => {
    if (first < 0) first = done;
    const seconds = (performance.now() - started) / 1000;
    const rate = done > first && seconds > 0.5 ? (done - first) / seconds : null;
    control.onProgress({ stage, done, total, rate });
  };
}
