/**
 * Protecting the loaded model with one button: a quick calibration with the built-in prompts alone. Where its own evidence says
 * that it helps, its proposed setting is applied, and the model's protection is what any profile's is: tried, then shown.
 */
import {
  SteadyError,
  toErrorShape,
  type Budget,
  type CalibrationEstimate,
  type CalibrationJob,
  type CalibrationReport,
  type ErrorShape,
  type ProtectState,
} from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { StartSettings } from './calibration-service.ts';

/** What is asked of calibrations. */
export interface Calibrations {
  startWith(texts: readonly string[], settings: StartSettings, options: { goOn: boolean }): Promise<CalibrationJob>;
  estimate(setIds: readonly string[]): Promise<CalibrationEstimate>;
  state(): Promise<{ jobs: readonly CalibrationJob[] }>;
  settled(): Promise<void>;
  job(jobId: string): Promise<CalibrationJob>;
  report(jobId: string): Promise<CalibrationReport>;
  apply(jobId: string, point: number): Promise<CalibrationJob>;
  cancel(jobId: string): CalibrationJob;
}

export interface ModelProtectorOptions {
  calibrations: Calibrations;
  /** Null where none is loaded. */
  loadedModel(): { name: string; sha256: string } | null;
  events: AppEvents;
}

const BUDGET: Budget = 'quick';
/** As the name of a calibration that somebody else may have begun is not. */
const nameOf = (modelName: string) => `${modelName}, protected on first use`.slice(0, 120);

export class ModelProtector {
  readonly #options: ModelProtectorOptions;
  /** The job that this began and follows. */
  #job: CalibrationJob | null = null;
  /** Between a request to start and the job itself. */
  #starting: Promise<void> | null = null;
  #stopping = false;
  #problem: { modelSha256: string; error: ErrorShape } | null = null;
  #following: Promise<void> = Promise.resolve();

  constructor(options: ModelProtectorOptions) {
    this.#options = options;
    options.events.on('calibration.progress', (progress) => {
      if (progress.jobId !== this.#job?.id) return;
      this.#job = { ...this.#job, progress };
      void this.#tell();
    });
  }

  async state(): Promise<ProtectState> {
    const { loadedModel } = this.#options;
    const job = this.#job;
    const loaded = loadedModel()?.sha256 ?? null;
    const running =
      job === null
        ? null
        : {
            modelName: job.modelName,
            overall: job.progress?.overall ?? 0,
            secondsLeft: job.progress?.secondsLeft ?? null,
            stopping: this.#stopping,
          };
    return {
      running,
      resumable: job === null && loaded !== null && (await this.#unfinished(loaded)),
      problem: this.#problem !== null && this.#problem.modelSha256 === loaded ? this.#problem.error : null,
    };
  }

  /** @throws `busy`, `model-not-loaded`, `model-not-steerable` */
  async estimate(): Promise<{ seconds: number }> {
    const { budgets } = await this.#options.calibrations.estimate([]);
    return { seconds: budgets.find(({ budget }) => budget === BUDGET)!.seconds };
  }

  /** Begins, or goes on. Whoever asks again while it runs is told how far it is. @throws as `estimate` does */
  async start(): Promise<ProtectState> {
    if (this.#job === null) {
      this.#starting ??= this.#begin().finally(() => (this.#starting = null));
      await this.#starting;
    }
    return this.state();
  }

  /** @throws `not-found` where nothing runs */
  async stop(): Promise<ProtectState> {
    if (this.#job === null) throw new SteadyError('not-found', 'Nothing is being protected right now.');
    this.#stopping = true;
    this.#options.calibrations.cancel(this.#job.id);
    return this.#tell();
  }

  /** Resolves when what runs has come to its end, with the error it ended with. */
  async settled(): Promise<ErrorShape | null> {
    await this.#following;
    return this.#problem?.error ?? null;
  }

  async #begin(): Promise<void> {
    this.#problem = null;
    this.#stopping = false;
    this.#job = await this.#options.calibrations.startWith(
      [],
      { budget: BUDGET, name: nameOf(this.#options.loadedModel()?.name ?? '') },
      { goOn: true },
    );
    this.#following = this.#follow(this.#job);
    await this.#tell();
  }

  /** Never throws. */
  async #follow({ id, modelSha256 }: CalibrationJob): Promise<void> {
    const { calibrations } = this.#options;
    try {
      await calibrations.settled();
      const job = await calibrations.job(id);
      if (job.error !== null) throw SteadyError.fromShape(job.error);
      if (job.status === 'finished') await this.#apply(id);
    } catch (error) {
      this.#problem = { modelSha256, error: toErrorShape(error) };
    }
    this.#job = null;
    this.#stopping = false;
    await this.#tell();
  }

  async #apply(jobId: string): Promise<void> {
    const { calibrations } = this.#options;
    const { frontier } = await calibrations.report(jobId);
    const proposed = frontier.points[frontier.proposed];
    if ((proposed?.harmfulRefused ?? 0) <= frontier.unsteered.harmfulRefused) {
      throw new SteadyError(
        'calibration-failed',
        'No protection was found that makes this model refuse more harmful requests than it does by itself.',
        {
          hint: 'A longer calibration in the admin area may find one. Another model may be easier to protect.',
        },
      );
    }
    await calibrations.apply(jobId, frontier.proposed);
  }

  /** What cannot be read cannot be gone on with. */
  async #unfinished(modelSha256: string): Promise<boolean> {
    const { jobs } = await this.#options.calibrations.state().catch(() => ({ jobs: [] }));
    return jobs.some((job) => job.modelSha256 === modelSha256 && job.resumable && job.name === nameOf(job.modelName));
  }

  async #tell(): Promise<ProtectState> {
    const state = await this.state();
    this.#options.events.emit('protect.changed', state);
    return state;
  }
}
