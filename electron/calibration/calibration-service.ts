/** Calibration as a use case: jobs that are begun, followed, applied. */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import {
  SteadyError,
  toErrorShape,
  type Budget,
  type CalibrationEstimate,
  type CalibrationJob,
  type CalibrationProgressEvent,
  type CalibrationReport,
  type CalibrationState,
  type CalibrationWarning,
} from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import { EngineJobs, type RunningJob } from '../jobs/engine-jobs.ts';
import type { EngineLease, Lease } from '../jobs/engine-lease.ts';
import { retryOnCrash } from '../jobs/retry-on-crash.ts';
import type { ProfileLibrary } from '../profiles/profile-library.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import { readProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { sampleTexts, type BenignSetsService, type CollectedPrompts, type OwnPrompt } from './benign-sets/sets-service.ts';
import { candidateLayers } from '../../steering/calibration/layers.ts';
import { BUDGETS, type TrialSizes } from './budget.ts';
import { estimateBudgets } from './estimate-budgets.ts';
import { CalibrationFolder, calibrationKind, type CalibrationRecord } from './jobs/job-folder.ts';
import { earlyWarnings, runJob } from './jobs/run-job.ts';
import { ProgressTracker } from './jobs/tracker.ts';
import type { JobControl } from '../../steering/calibration/control.ts';
import { movedProfile } from './report/gates.ts';

export interface CalibrationServiceOptions {
  dataDir: string;
  appVersion: string;
  engine: EngineSupervisor;
  lease: EngineLease;
  protection: ProtectionService;
  events: AppEvents;
  sets: BenignSetsService;
  library: ProfileLibrary;
  /** Loads a model, for a job that is resumed. */
  loadModel(modelId: string, own: Lease): Promise<void>;
  /** Other sizes than the budgets', for trials of the whole way in little time. */
  limits?: TrialSizes | undefined;
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

type Progress = CalibrationProgressEvent;
type Running = RunningJob<CalibrationRecord, CalibrationFolder, Progress>;

export class CalibrationService {
  readonly #options: CalibrationServiceOptions;
  readonly #jobs: EngineJobs<CalibrationRecord, CalibrationFolder, Progress>;

  constructor(options: CalibrationServiceOptions) {
    this.#options = options;
    const { dataDir, engine, lease, protection, events, loadModel } = options;
    this.#jobs = new EngineJobs({
      kind: calibrationKind(dataDir),
      article: 'A calibration',
      engine,
      lease,
      protection,
      events,
      loadModel,
      folderOf: (jobId) => this.#folder(jobId),
      requireModel: () => this.#requireSteerable(),
      work: (job) => this.#work(job),
      tidy: (folder) => folder.clean(),
      onChange: (record) => this.#changed(record),
      onProgress: (progress) => events.emit('calibration.progress', progress),
    });
  }

  async state(): Promise<CalibrationState> {
    const records = await this.#jobs.records();
    const running = this.#jobs.running;
    return {
      running: running === null ? null : this.#show(running),
      jobs: records.map((record) => this.#show(record)),
      chatPaused: running !== null,
      message: running === null ? 'No calibration is running.' : this.#jobs.pausedMessage,
    };
  }

  /** What each budget would take with these sets. Measures the machine the first time. */
  async estimate(setIds: readonly string[]): Promise<CalibrationEstimate> {
    this.#options.lease.requireFree();
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
    for (const record of await this.#jobs.records()) {
      const same =
        record.modelSha256 === target.modelSha256 &&
        record.budget === settings.budget &&
        record.seed === settings.seed &&
        record.leaveOutSuspicious === (settings.leaveOutSuspicious ?? false) &&
        record.name === (settings.name ?? defaultName(target.modelName, settings.budget));
      if (!same || !this.#show(record).resumable) continue;
      const theirs = await this.#folder(record.id)
        .prompts()
        .catch(() => null);
      if (theirs !== null && isDeepStrictEqual(theirs, prompts)) return record.id;
    }
    return null;
  }

  async #start(
    input: StartSettings,
    collect: (most: number, seed: number) => Promise<CollectedPrompts>,
    asked: boolean,
  ): Promise<CalibrationJob> {
    const record = await this.#jobs.begin(async () => {
      const { target } = await this.#requireSteerable();
      const seed = input.seed ?? DEFAULT_SEED;
      const own = await collect(BUDGETS[input.budget].mostOwn, seed);
      if (asked && own.prompts.length === 0) {
        throw new SteadyError('bad-input', 'The chosen sets hold no prompts.', {
          hint: 'Choose another set, or none to use the built-in prompts alone.',
        });
      }
      const record: CalibrationRecord = {
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
        appliedProfile: null,
        leaveOutSuspicious: input.leaveOutSuspicious ?? false,
        limits: this.#options.limits,
        seconds: {},
        promptsRead: 0,
      };
      const folder = this.#folder(record.id);
      try {
        await folder.writePrompts(own.prompts);
        await folder.write(record);
      } catch (error) {
        await folder.remove();
        throw error;
      }
      return { folder, record };
    });
    return this.#show(record);
  }

  /** Goes on with a job that was cut off, cancelled or failed, loading its model where need be. */
  async resume(jobId: string): Promise<CalibrationJob> {
    return this.#show(await this.#jobs.resume(jobId));
  }

  /** Stops a job; its end arrives as `calibration.changed`. */
  cancel(jobId: string): CalibrationJob {
    return this.#show(this.#jobs.cancel(jobId));
  }

  /** Resolves when the job that runs has come to its end, whatever that is. */
  settled(): Promise<void> {
    return this.#jobs.settled();
  }

  async job(jobId: string): Promise<CalibrationJob> {
    return this.#show(await this.#jobs.read(jobId));
  }

  async report(jobId: string): Promise<CalibrationReport> {
    const record = await this.#jobs.read(jobId);
    const { warnings, seconds, promptsRead } = record;
    return { ...(await this.#folder(jobId).evidence()), job: this.#show(record), warnings, seconds, promptsRead };
  }

  /** The profile of a frontier point. @throws `not-found` */
  async profileAt(jobId: string, point: number): Promise<SteeringProfile> {
    const folder = this.#folder(jobId);
    const { frontier } = await folder.evidence();
    const chosen = frontier.points[point];
    if (chosen === undefined) throw new SteadyError('not-found', 'There is no such point.', { hint: 'Choose one of the report.' });
    const profile = await readProfile(folder.profilePath);
    return chosen.proposed ? profile : movedProfile(profile, chosen);
  }

  /** Makes a frontier point the model's profile. */
  async apply(jobId: string, point: number): Promise<CalibrationJob> {
    this.#options.lease.requireFree();
    const { id: appliedProfile } = await this.#options.library.add(await this.profileAt(jobId, point));
    const record: CalibrationRecord = { ...(await this.#jobs.read(jobId)), status: 'applied', appliedPoint: point, appliedProfile };
    await this.#jobs.save(record);
    this.#changed(record);
    return this.#show(record);
  }

  async discard(jobId: string): Promise<void> {
    await this.#jobs.discard(jobId);
    this.#options.events.emit('calibration.removed', { jobId });
  }

  /** The app ends: the job stays as it is and can be resumed. */
  close(): Promise<void> {
    return this.#jobs.close();
  }

  async #work(running: Running): Promise<void> {
    const { dataDir, engine, appVersion } = this.#options;
    const { folder, signal } = running;
    const tracker = new ProgressTracker(running.record.id, running.record.seconds);
    const onWarnings = (warnings: readonly CalibrationWarning[]) => {
      this.#addWarnings(running, warnings, tracker.seconds);
    };
    const onProgress: JobControl['onProgress'] = (progress) => running.report(tracker.update(progress));
    try {
      const { promptsRead } = await retryOnCrash(engine, signal, () =>
        runJob({
          dataDir,
          engine,
          appVersion,
          job: folder,
          record: running.record,
          control: { signal, folder: folder.work, onProgress },
          onPlan: (plan) => tracker.setPlan(plan),
          onWarnings,
        }),
      );
      running.record = { ...running.record, promptsRead };
    } finally {
      tracker.end();
      running.record = { ...running.record, seconds: { ...tracker.seconds } };
    }
  }

  #addWarnings(running: Running, warnings: readonly CalibrationWarning[], seconds: CalibrationRecord['seconds']): void {
    const others = running.record.warnings.filter(({ code }) => !warnings.some((warning) => warning.code === code));
    running.record = { ...running.record, warnings: [...others, ...warnings], seconds: { ...seconds } };
    this.#changed(running.record);
    // Written again at the end.
    void running.folder.write(running.record).catch((error: unknown) => {
      const { message, hint } = toErrorShape(error);
      this.#options.events.emit('app.notice', { level: 'warning', message, hint });
    });
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

  #folder(jobId: string): CalibrationFolder {
    return new CalibrationFolder(this.#options.dataDir, jobId);
  }

  /** A record as the page sees it. */
  #show(record: CalibrationRecord): CalibrationJob {
    const { record: latest, status, progress, resumable } = this.#jobs.now(record);
    const { version: _v, leaveOutSuspicious: _l, limits: _s, seconds: _t, promptsRead: _p, ...rest } = latest;
    return { ...rest, status, progress, resumable };
  }

  #changed(record: CalibrationRecord): void {
    this.#options.events.emit('calibration.changed', this.#show(record));
  }
}

const DEFAULT_SEED = 1;

function defaultName(modelName: string, budget: Budget): string {
  return `${modelName}, ${budget}`;
}
