/** A job's progress as a whole: how far it is, and how long it will still take. */
import type { CalibrationProgressEvent } from '../../contract/index.ts';
import type { WorkPlan } from '../estimate.ts';
import type { CalibrationProgress, CalibrationStage } from '../../../steering/calibration/control.ts';

/** In the order in which they begin. Extraction comes back later for a few prompts, which does not count again. */
export const STAGES: readonly CalibrationStage[] = [
  'prepare',
  'extract',
  'screen',
  'labels',
  'solve',
  'confirm',
  'tune',
  'validate',
  'report',
];

/** Used where nothing was measured: shares of a typical job. */
const TYPICAL: WorkPlan = { extract: 55, screen: 2, labels: 12, solve: 3, confirm: 3, tune: 12, validate: 6, report: 10 };

export class ProgressTracker {
  readonly #jobId: string;
  /** How long each stage took so far, in all runs of the job. */
  readonly seconds: Partial<Record<CalibrationStage, number>>;
  #plan: WorkPlan = TYPICAL;
  /** Whether the plan is in seconds of this machine. */
  #measured = false;
  #overall = 0;
  #reached = 0;
  #stage: CalibrationStage | null = null;
  #since = 0;

  /** @param seconds what earlier runs of the job took */
  constructor(jobId: string, seconds: Partial<Record<CalibrationStage, number>>) {
    this.#jobId = jobId;
    this.seconds = { ...seconds };
  }

  setPlan(plan: WorkPlan): void {
    this.#plan = plan;
    this.#measured = true;
  }

  update({ stage, done, total, rate }: CalibrationProgress): CalibrationProgressEvent {
    this.#enter(stage);
    const index = STAGES.indexOf(stage);
    this.#reached = Math.max(this.#reached, index);
    const whole = STAGES.reduce((sum, name) => sum + (this.#plan[name] ?? 0), 0);
    const part = total === 0 ? 0 : Math.min(done / total, 1);
    const before = STAGES.slice(0, index).reduce((sum, name) => sum + (this.#plan[name] ?? 0), 0);
    const here = this.#plan[stage] ?? 0;
    this.#overall = Math.max(this.#overall, whole === 0 ? 0 : Math.min((before + part * here) / whole, 1));
    return {
      jobId: this.#jobId,
      stage,
      done,
      total,
      rate,
      overall: this.#overall,
      secondsLeft: this.#left(index, { done, total, rate }, part * here),
    };
  }

  /** Ends the stage that is under way, for its time to be kept. */
  end(): void {
    if (this.#stage === null) return;
    this.seconds[this.#stage] = (this.seconds[this.#stage] ?? 0) + (performance.now() - this.#since) / 1000;
    this.#stage = null;
  }

  #enter(stage: CalibrationStage): void {
    if (stage === this.#stage) return;
    this.end();
    this.#stage = stage;
    this.#since = performance.now();
  }

  /** This stage by its own speed where that is known, the later ones by the plan. */
  #left(index: number, { done, total, rate }: { done: number; total: number; rate: number | null }, spent: number): number | null {
    if (!this.#measured) return null;
    const stage = STAGES[index]!;
    // The tuner starts its count anew with every trial, so only what is counted once can be left to its own speed.
    const own = stage === 'extract' || stage === 'labels' ? rate : null;
    const here = own !== null && own > 0 ? (total - done) / own : Math.max((this.#plan[stage] ?? 0) - spent, 0);
    return here + STAGES.slice(Math.max(index, this.#reached) + 1).reduce((sum, name) => sum + (this.#plan[name] ?? 0), 0);
  }
}
