/**
 * Calibration as a use case: one job at a time, which lives in the app and on disk, so that it survives a page that is
 * closed and, by being resumed, an app that is killed.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  SteadyError,
  toErrorShape,
  type CalibrationEstimate,
  type CalibrationJob,
  type CalibrationReport,
  type CalibrationState,
  type CalibrationWarning,
  type Budget,
} from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import type { ProfileLibrary } from '../profiles/profile-library.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import { readProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { sampleTexts, type BenignSetsService, type CollectedPrompts, type OwnPrompt } from './benign-sets/sets-service.ts';
import { candidateLayers } from './layers.ts';
import { BUDGETS, type Limits } from './budget.ts';
import { estimateBudgets } from './estimate-budgets.ts';
import { JobFolder, readJobs, reportOf, showJob, type JobRecord } from './jobs/job-folder.ts';
import { lockCalibration } from './jobs/lock.ts';
import { earlyWarnings, runJob } from './jobs/run-job.ts';
import { throughCrashes } from './jobs/through-crashes.ts';
import { ProgressTracker } from './jobs/tracker.ts';
import { movedProfile } from './report/gates.ts';

const PAUSED = 'A calibration is running; chatting is possible again when it is over or cancelled.';

export interface CalibrationServiceOptions {
  dataDir: string;
  appVersion: string;
  engine: EngineSupervisor;
  protection: ProtectionService;
  events: AppEvents;
  sets: BenignSetsService;
  library: ProfileLibrary;
  /** Loads a model, for a job that is resumed. */
  loadModel(modelId: string): Promise<void>;
  /** Whether replies are being written. */
  isChatting(): boolean;
  /** Other sizes than the budgets', for trials of the whole way in little time. */
  limits?: Limits | undefined;
}

export interface StartSettings {
  budget: Budget;
  seed?: number | undefined;
  name?: string | undefined;
  leaveOutSuspicious?: boolean | undefined;
}

export interface StartInput extends StartSettings {
  setIds: readonly string[];
}

interface Running {
  record: JobRecord;
  job: JobFolder;
  controller: AbortController;
  tracker: ProgressTracker;
  progress: CalibrationJob['progress'];
  done: Promise<void>;
}

export class CalibrationService {
  readonly #options: CalibrationServiceOptions;
  #running: Running | null = null;
  /** Between a request to start and the start itself. */
  #starting = false;
  #closed = false;
  /** Records that could not be written, most likely because the disk is full; they hold until the app ends. */
  readonly #unsaved = new Map<string, JobRecord>();

  constructor(options: CalibrationServiceOptions) {
    this.#options = options;
  }

  /** @throws `busy` while a job runs: the engine holds profiles that are being tried. */
  requireIdle(): void {
    if (this.#running !== null || this.#starting)
      throw new SteadyError('busy', 'A calibration is running.', { hint: 'Wait until it is done, or cancel it.' });
  }

  async state(): Promise<CalibrationState> {
    const records = await this.#records();
    const running = this.#running === null ? null : this.#show(this.#running.record);
    return {
      running,
      jobs: records.map((record) => this.#show(record)),
      chatPaused: running !== null,
      message: running === null ? 'No calibration is running.' : PAUSED,
    };
  }

  /** What each budget would take with these sets. Measures the machine the first time. */
  async estimate(setIds: readonly string[]): Promise<CalibrationEstimate> {
    this.requireIdle();
    await this.#requireSteerable();
    return estimateBudgets({ ...this.#options, setIds, seed: DEFAULT_SEED });
  }

  /** Starts a job for the loaded model; it goes on after this returns. */
  async start({ setIds, ...settings }: StartInput): Promise<CalibrationJob> {
    return this.#start(settings, (most, seed) => this.#options.sets.collect(setIds, most, seed), setIds.length > 0);
  }

  /**
   * The same for prompts that are in no set. With `goOn`, a job that was cut off or cancelled and has the same prompts
   * and settings is resumed instead.
   */
  async startWith(texts: readonly string[], settings: StartSettings, { goOn }: { goOn: boolean }): Promise<CalibrationJob> {
    const seed = settings.seed ?? DEFAULT_SEED;
    const own = sampleTexts(texts, BUDGETS[settings.budget].mostOwn, seed);
    const old = goOn ? await this.#unfinished(own.prompts, { ...settings, seed }) : null;
    return old === null ? this.#start(settings, () => Promise.resolve(own), texts.length > 0) : this.resume(old);
  }

  async #unfinished(prompts: readonly OwnPrompt[], settings: StartSettings): Promise<string | null> {
    const { target } = await this.#requireSteerable();
    for (const record of await this.#records()) {
      const same =
        record.modelSha256 === target.modelSha256 &&
        record.budget === settings.budget &&
        record.seed === settings.seed &&
        record.leaveOutSuspicious === (settings.leaveOutSuspicious ?? false) &&
        record.name === (settings.name ?? defaultName(target.modelName, settings.budget));
      if (!same || !this.#show(record).resumable) continue;
      const theirs = await new JobFolder(this.#options.dataDir, record.id).prompts().catch(() => null);
      if (theirs !== null && isDeepStrictEqual(theirs, prompts)) return record.id;
    }
    return null;
  }

  async #start(
    input: StartSettings,
    collect: (most: number, seed: number) => Promise<CollectedPrompts>,
    asked: boolean,
  ): Promise<CalibrationJob> {
    return this.#begin(async () => {
      const { target } = await this.#requireSteerable();
      const seed = input.seed ?? DEFAULT_SEED;
      const own = await collect(BUDGETS[input.budget].mostOwn, seed);
      if (asked && own.prompts.length === 0) {
        throw new SteadyError('bad-input', 'The chosen sets hold no prompts.', {
          hint: 'Choose another set, or none to use the built-in prompts alone.',
        });
      }
      const record: JobRecord = {
        version: 1,
        id: randomUUID(),
        name: input.name ?? defaultName(target.modelName, input.budget),
        status: 'running',
        createdAt: Date.now(),
        finishedAt: null,
        modelId: target.modelId,
        modelName: target.modelName,
        modelSha256: target.modelSha256,
        budget: input.budget,
        seed,
        sets: own.sets.map((set) => ({ id: set.id, name: set.name, prompts: set.prompts })),
        ownPrompts: own.prompts.length,
        error: null,
        warnings: earlyWarnings(own.prompts.length, own.total, asked),
        appliedPoint: null,
        leaveOutSuspicious: input.leaveOutSuspicious ?? false,
        limits: this.#options.limits,
        seconds: {},
        promptsRead: 0,
      };
      const job = new JobFolder(this.#options.dataDir, record.id);
      try {
        await job.writePrompts(own.prompts);
        await job.write(record);
      } catch (error) {
        await job.remove();
        throw error;
      }
      return { job, record };
    });
  }

  /** Goes on with a job that was cut off, cancelled or failed, loading its model where need be. */
  async resume(jobId: string): Promise<CalibrationJob> {
    return this.#begin(async () => {
      const job = new JobFolder(this.#options.dataDir, jobId);
      const record = await job.read();
      if (!this.#show(record).resumable) throw new SteadyError('conflict', 'This calibration is done.', { hint: 'Start a new one.' });
      if (this.#options.engine.target?.modelSha256 !== record.modelSha256 || this.#options.engine.model === null) {
        await this.#options.loadModel(record.modelId);
      }
      await this.#requireSteerable();
      const again: JobRecord = { ...record, status: 'running', error: null };
      await job.write(again);
      this.#unsaved.delete(jobId);
      return { job, record: again };
    });
  }

  /** Stops a job; its end arrives as `calibration.changed`. */
  cancel(jobId: string): CalibrationJob {
    const running = this.#running;
    if (running?.record.id !== jobId) throw new SteadyError('not-found', 'This calibration is not running.');
    if (!running.controller.signal.aborted) {
      running.record = { ...running.record, status: 'cancelling' };
      running.controller.abort();
      this.#changed(running.record);
    }
    return this.#show(running.record);
  }

  /** Resolves when the job that runs has come to its end, whatever that is. */
  async settled(): Promise<void> {
    await this.#running?.done;
  }

  async job(jobId: string): Promise<CalibrationJob> {
    return this.#show(this.#unsaved.get(jobId) ?? (await new JobFolder(this.#options.dataDir, jobId).read()));
  }

  async #records(): Promise<JobRecord[]> {
    return (await readJobs(this.#options.dataDir)).map((record) => this.#unsaved.get(record.id) ?? record);
  }

  async report(jobId: string): Promise<CalibrationReport> {
    const job = new JobFolder(this.#options.dataDir, jobId);
    const record = await job.read();
    return reportOf(this.#show(record), record, await job.evidence());
  }

  /** The profile of a frontier point. @throws `not-found` */
  async profileAt(jobId: string, point: number): Promise<SteeringProfile> {
    const job = new JobFolder(this.#options.dataDir, jobId);
    const { frontier } = await job.evidence();
    const chosen = frontier.points[point];
    if (chosen === undefined) throw new SteadyError('not-found', 'There is no such point.', { hint: 'Choose one of the report.' });
    const profile = await readProfile(job.profilePath);
    return chosen.proposed ? profile : movedProfile(profile, chosen);
  }

  /** Makes a frontier point the model's profile. */
  async apply(jobId: string, point: number): Promise<CalibrationJob> {
    this.requireIdle();
    const job = new JobFolder(this.#options.dataDir, jobId);
    await this.#options.library.add(await this.profileAt(jobId, point));
    const record: JobRecord = { ...(await job.read()), status: 'applied', appliedPoint: point };
    await job.write(record);
    this.#changed(record);
    return this.#show(record);
  }

  async discard(jobId: string): Promise<void> {
    if (this.#running?.record.id === jobId) throw new SteadyError('busy', 'This calibration is running.', { hint: 'Cancel it first.' });
    const job = new JobFolder(this.#options.dataDir, jobId);
    if (!job.exists) throw new SteadyError('not-found', 'There is no such calibration.');
    await job.remove();
    this.#unsaved.delete(jobId);
    this.#options.events.emit('calibration.removed', { jobId });
  }

  /** The app ends: the job stays as it is and can be resumed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.controller.abort();
    await this.settled();
  }

  async #begin(prepare: () => Promise<{ job: JobFolder; record: JobRecord }>): Promise<CalibrationJob> {
    this.requireIdle();
    if (this.#options.isChatting())
      throw new SteadyError('busy', 'A reply is being written.', { hint: 'Wait for it or stop it, then try again.' });
    this.#starting = true;
    try {
      const controller = new AbortController();
      const lock = await lockCalibration(this.#options.dataDir, () => controller.abort());
      try {
        const { job, record } = await prepare();
        const tracker = new ProgressTracker(record.id, record.seconds);
        const running: Running = { record, job, controller, tracker, progress: null, done: Promise.resolve() };
        this.#running = running;
        running.done = this.#run(running).finally(() => lock.release());
        this.#changed(record);
        return this.#show(record);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } finally {
      this.#starting = false;
    }
  }

  /** Runs a job to its end, whatever that is. Never throws. */
  async #run(running: Running): Promise<void> {
    const { protection } = this.#options;
    const release = protection.hold(PAUSED);
    let end: Pick<JobRecord, 'status' | 'error'> & { promptsRead?: number };
    try {
      const { promptsRead } = await this.#untilDone(running);
      end = { status: 'finished', error: null, promptsRead };
    } catch (error) {
      const shape = toErrorShape(error);
      const stopped = running.controller.signal.aborted;
      end = stopped ? { status: this.#closed ? 'interrupted' : 'cancelled', error: null } : { status: 'failed', error: shape };
    }
    running.tracker.end();
    const record: JobRecord = {
      ...running.record,
      ...end,
      seconds: { ...running.tracker.seconds },
      finishedAt: end.status === 'finished' ? Date.now() : null,
    };
    await this.#restoreProfile();
    release();
    await running.job.write(record).catch(() => this.#unsaved.set(record.id, record));
    if (end.status === 'finished') await running.job.clean().catch(() => undefined);
    this.#running = null;
    this.#changed(record);
  }

  async #untilDone(running: Running): Promise<{ promptsRead: number }> {
    const { dataDir, engine, appVersion, events } = this.#options;
    return throughCrashes(engine, running.controller.signal, () =>
      runJob({
        dataDir,
        engine,
        appVersion,
        job: running.job,
        record: running.record,
        control: {
          signal: running.controller.signal,
          folder: running.job.work,
          onProgress: (progress) => {
            running.progress = running.tracker.update(progress);
            events.emit('calibration.progress', running.progress);
          },
        },
        onPlan: (plan) => running.tracker.setPlan(plan),
        onWarnings: (warnings) => this.#addWarnings(running, warnings),
      }),
    );
  }

  #addWarnings(running: Running, warnings: readonly CalibrationWarning[]): void {
    const others = running.record.warnings.filter(({ code }) => !warnings.some((warning) => warning.code === code));
    running.record = { ...running.record, warnings: [...others, ...warnings], seconds: { ...running.tracker.seconds } };
    this.#changed(running.record);
    void running.job.write(running.record).catch((error: unknown) => this.#warn(error));
  }

  /** The engine holds whatever was tried last; protection puts the model's own profile back. */
  async #restoreProfile(): Promise<void> {
    if (this.#closed) return;
    const { engine, protection } = this.#options;
    try {
      await engine.call('steering.apply', { profilePath: null, modelSha256: engine.target?.modelSha256 ?? '', strength: null });
      if (engine.model === null || engine.target === null) return;
      await protection.apply(engine.model, engine.target, { call: (name, input) => engine.call(name, input) });
    } catch (error) {
      // Without an engine there is nothing to restore: the next one starts with the model's own profile.
      if (!this.#closed && toErrorShape(error).code !== 'engine-crashed') this.#warn(error);
    }
  }

  async #requireSteerable() {
    const { engine } = this.#options;
    const model = await engine.ready();
    const layers = candidateLayers(model.layerCount, model.steerableLayers);
    if (layers.length === 0) {
      throw new SteadyError('model-not-steerable', 'This kind of model cannot be steered.', { hint: 'Choose another model.' });
    }
    return { model, target: engine.target!, layers };
  }

  #show(record: JobRecord): CalibrationJob {
    const running = this.#running?.record.id === record.id ? this.#running : null;
    return running === null ? showJob(record) : showJob(running.record, { progress: running.progress });
  }

  #changed(record: JobRecord): void {
    this.#options.events.emit('calibration.changed', this.#show(record));
  }

  #warn(error: unknown): void {
    const { message, hint } = toErrorShape(error);
    this.#options.events.emit('app.notice', { level: 'warning', message, hint });
  }
}

const DEFAULT_SEED = 1;

function defaultName(modelName: string, budget: Budget): string {
  return `${modelName}, ${budget}`;
}
