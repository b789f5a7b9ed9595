/** Calibrations as the app last reported them: the one that runs, those that are kept, and their reports. */
import type { CalibrationJob, CalibrationProgressEvent, CalibrationReport, CalibrationState, Budget } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';
import { BenignSets } from './calibration-sets.svelte.ts';
import { CalibrationPlan } from './calibration-plan.svelte.ts';

export interface StartRequest {
  readonly setIds: readonly string[];
  readonly budget: Budget;
  readonly name?: string | undefined;
  readonly seed?: number | undefined;
  readonly leaveOutSuspicious?: boolean | undefined;
}

export class Calibration {
  jobs = $state.raw<readonly CalibrationJob[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Whether chat waits for a calibration, and the app's sentence about it. */
  chatPaused = $state(false);
  message = $state('');
  /** The job that is looked at; null shows the overview. */
  openId = $state<string | null>(null);
  report = $state.raw<CalibrationReport | null>(null);
  reportProblem = $state.raw<Problem | null>(null);
  readonly running = $derived(this.jobs.find(({ status }) => status === 'running' || status === 'cancelling') ?? null);
  readonly open = $derived(this.jobs.find(({ id }) => id === this.openId) ?? null);
  readonly sets: BenignSets;
  readonly plan: CalibrationPlan;
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.sets = new BenignSets(bridge);
    this.plan = new CalibrationPlan(bridge, () => this.sets.chosenIds);
    bridge.on('calibration.progress', (progress) => this.#progress(progress));
    bridge.on('calibration.changed', (job) => this.#changed(job));
    bridge.on('calibration.removed', ({ jobId }) => this.#removed(jobId));
  }

  /** Reads the jobs anew. A failure is kept in `problem`. The job that runs is opened where nothing else is. */
  async refresh(): Promise<void> {
    try {
      const first = !this.loaded;
      this.#take(await this.#bridge.call('calibration.state', {}));
      if (first && this.openId === null && this.running !== null) this.openId = this.running.id;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** @throws Problem-shaped errors of the app: busy, bad input, no model. */
  async start({ setIds, budget, name, seed, leaveOutSuspicious }: StartRequest): Promise<void> {
    const job = await this.#bridge.call('calibration.start', {
      setIds: [...setIds],
      budget,
      ...(name === undefined || name.trim() === '' ? {} : { name: name.trim() }),
      ...(seed === undefined ? {} : { seed }),
      ...(leaveOutSuspicious === undefined ? {} : { leaveOutSuspicious }),
    });
    this.#changed(job);
    this.openId = job.id;
  }

  async cancel(jobId: string): Promise<void> {
    this.#changed(await this.#bridge.call('calibration.cancel', { jobId }));
  }

  async resume(jobId: string): Promise<void> {
    this.#changed(await this.#bridge.call('calibration.resume', { jobId }));
  }

  async apply(jobId: string, point: number): Promise<void> {
    this.#changed(await this.#bridge.call('calibration.apply', { jobId, point }));
  }

  async discard(jobId: string): Promise<void> {
    await this.#bridge.call('calibration.discard', { jobId });
    this.#removed(jobId);
  }

  /** Opens a job, or the overview. */
  show(jobId: string | null): void {
    this.openId = jobId;
  }

  /** Reads a finished job's report, once. A failure is kept in `reportProblem`. */
  async loadReport(jobId: string): Promise<void> {
    if (this.report?.job.id === jobId) return;
    this.report = null;
    this.reportProblem = null;
    try {
      const report = await this.#bridge.call('calibration.report', { jobId });
      if (this.openId === jobId) this.report = report;
    } catch (error) {
      if (this.openId === jobId) this.reportProblem = toProblem(error);
    }
  }

  #take(state: CalibrationState): void {
    this.jobs = state.jobs;
    this.chatPaused = state.chatPaused;
    this.message = state.message;
    this.problem = null;
    this.loaded = true;
  }

  #progress(progress: CalibrationProgressEvent): void {
    this.jobs = this.jobs.map((job) => (job.id === progress.jobId ? { ...job, progress } : job));
  }

  #changed(job: CalibrationJob): void {
    const before = this.jobs.find(({ id }) => id === job.id);
    // One that stopped has no progress of its own any more; where it got to is still worth showing.
    const shown = { ...job, progress: job.progress ?? before?.progress ?? null };
    this.jobs = before === undefined ? [shown, ...this.jobs] : this.jobs.map((other) => (other.id === job.id ? shown : other));
    if (job.status === 'running' && this.report?.job.id === job.id) this.report = null;
  }

  #removed(jobId: string): void {
    this.jobs = this.jobs.filter(({ id }) => id !== jobId);
    if (this.openId === jobId) this.openId = null;
    if (this.report?.job.id === jobId) this.report = null;
  }
}
