/** How a calibration tells where it is, and is told to stop. */
import { SteeringError } from '../errors.ts';
import { rateMeter } from '../rate-meter.ts';

/** `prepare` and `report` are for whoever makes a job of a calibration. */
export type CalibrationStage = 'prepare' | 'extract' | 'screen' | 'labels' | 'solve' | 'confirm' | 'tune' | 'validate' | 'report';

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
  /**
   * A folder of this job's own, kept until it is done. With it a job that was cut off cuts its work into the same
   * portions when it goes on, and so ends with the same numbers to the last bit.
   */
  folder?: string | undefined;
}

/** Counts a stage's steps and reports them with their speed. */
export function stageReporter(control: JobControl, stage: CalibrationStage, total: number): (done: number) => void {
  const rate = rateMeter();
  return (done) => control.onProgress({ stage, done, total, rate: rate(done) });
}

export function cancelled(): SteeringError {
  return new SteeringError('cancelled', 'The calibration was cancelled.', { hint: 'Starting it again goes on from here.' });
}

/** @throws `cancelled` */
export function throwIfCancelled({ signal }: Pick<JobControl, 'signal'>): void {
  if (signal.aborted) throw cancelled();
}
