/**
 * Evaluation from the admin area: the admin's own prompts, one job at a time, which lives in the app and on disk, so that
 * it survives a page that is closed and, by being resumed, an app that is killed.
 */
import { randomUUID } from 'node:crypto';
import {
  SteadyError,
  toErrorShape,
  type EvaluationArm,
  type EvaluationJob,
  type EvaluationSetInfo,
  type EvaluationSummaryView,
} from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import { ARM_NAMES } from './arms.ts';
import { DEFAULT_PORTION, evaluate } from './evaluate.ts';
import { JobFolder, readJobs, uploadsFolder, type JobRecord } from './jobs/job-folder.ts';
import { ProgressTracker } from './jobs/tracker.ts';
import { Uploads } from './jobs/uploads.ts';

const PAUSED = 'An evaluation is running; chatting is possible again when it is over or cancelled.';
const RESUMABLE: ReadonlySet<EvaluationJob['status']> = new Set(['interrupted', 'cancelled', 'failed']);

export interface EvaluationServiceOptions {
  dataDir: string;
  appVersion: string;
  engine: EngineSupervisor;
  protection: ProtectionService;
  events: AppEvents;
  /** Loads a model, for a job that is resumed. */
  loadModel(modelId: string): Promise<void>;
  /** @throws `busy` while something else needs the engine for itself */
  requireFree(): void;
}

export interface StartInput {
  setIds: readonly string[];
  arms: readonly EvaluationArm[];
  maxTokens: number | null;
  limit: number | null;
  firstTokenKl: boolean;
  keepTexts: boolean;
  name?: string | undefined;
}

interface Running {
  record: JobRecord;
  job: JobFolder;
  controller: AbortController;
  progress: EvaluationJob['progress'];
  done: Promise<void>;
}

export class EvaluationService {
  readonly uploads: Uploads;
  readonly #options: EvaluationServiceOptions;
  #running: Running | null = null;
  #starting = false;
  #closed = false;

  constructor(options: EvaluationServiceOptions) {
    this.#options = options;
    this.uploads = new Uploads(uploadsFolder(options.dataDir));
  }

  /** @throws `busy` while a job runs: the engine holds one arm or another. */
  requireIdle(): void {
    if (this.#running !== null || this.#starting)
      throw new SteadyError('busy', 'An evaluation is running.', { hint: 'Wait until it is done, or cancel it.' });
  }

  async state(): Promise<{ jobs: EvaluationJob[]; blocked: string | null }> {
    const records = await readJobs(this.#options.dataDir);
    return { jobs: records.map((record) => this.#show(record)), blocked: this.#blocked() };
  }

  /** Starts a job for the loaded model; it goes on after this returns. */
  start(input: StartInput): Promise<EvaluationJob> {
    return this.#begin(async () => {
      const { engine, dataDir } = this.#options;
      await engine.ready();
      const target = engine.target!;
      const arms = ARM_NAMES.filter((name) => input.arms.includes(name));
      if (arms.some((arm) => arm !== 'unsteered') && profilePathFor(dataDir, target.modelSha256) === null) {
        throw new SteadyError('profile-missing', 'This model has no steering profile to evaluate.', {
          hint: 'Calibrate it first, or evaluate it without steering.',
        });
      }
      const infos = differentlyNamed(this.uploads.infos([...new Set(input.setIds)]));
      const record: JobRecord = {
        version: 1,
        id: randomUUID(),
        name:
          input.name ??
          infos
            .map(({ name }) => name)
            .join(', ')
            .slice(0, 120),
        status: 'running',
        createdAt: Date.now(),
        finishedAt: null,
        modelId: target.modelId,
        modelName: target.modelName,
        modelSha256: target.modelSha256,
        sets: infos.map(({ name, prompts }) => ({ name, prompts: Math.min(prompts, input.limit ?? prompts) })),
        files: infos.map((_, index) => `${index}.jsonl`),
        arms,
        maxTokens: input.maxTokens,
        limit: input.limit,
        firstTokenKl: input.firstTokenKl,
        keepTexts: input.keepTexts,
        error: null,
      };
      const job = new JobFolder(dataDir, record.id);
      await job.create();
      for (const [index, { setId }] of infos.entries()) await this.uploads.take(setId, job.pathOf(record.files[index]!));
      await job.write(record);
      return { job, record };
    });
  }

  /** Goes on with a job that was cut off, cancelled or failed, loading its model where need be. */
  resume(jobId: string): Promise<EvaluationJob> {
    return this.#begin(async () => {
      const job = new JobFolder(this.#options.dataDir, jobId);
      const record = await job.read();
      if (!this.#show(record).resumable) throw new SteadyError('conflict', 'This evaluation is done.', { hint: 'Start a new one.' });
      const { engine } = this.#options;
      if (engine.target?.modelSha256 !== record.modelSha256 || engine.model === null) await this.#options.loadModel(record.modelId);
      await engine.ready();
      const again: JobRecord = { ...record, status: 'running', error: null };
      await job.write(again);
      return { job, record: again };
    });
  }

  /** Stops a job; its end arrives as `evaluation.changed`. */
  cancel(jobId: string): EvaluationJob {
    const running = this.#running;
    if (running?.record.id !== jobId) throw new SteadyError('not-found', 'This evaluation is not running.');
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

  summary(jobId: string): Promise<EvaluationSummaryView> {
    return new JobFolder(this.#options.dataDir, jobId).summary();
  }

  async report(jobId: string): Promise<{ fileName: string; html: string }> {
    const job = new JobFolder(this.#options.dataDir, jobId);
    const { name } = await job.read();
    return { fileName: `${name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '') || 'evaluation'}.html`, html: await job.report() };
  }

  async discard(jobId: string): Promise<void> {
    if (this.#running?.record.id === jobId) throw new SteadyError('busy', 'This evaluation is running.', { hint: 'Cancel it first.' });
    const job = new JobFolder(this.#options.dataDir, jobId);
    if (!job.exists) throw new SteadyError('not-found', 'There is no such evaluation.');
    await job.remove();
    this.#options.events.emit('evaluation.removed', { jobId });
  }

  /** The app ends: the job stays as it is and can be resumed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.controller.abort();
    await this.settled();
  }

  async #begin(prepare: () => Promise<{ job: JobFolder; record: JobRecord }>): Promise<EvaluationJob> {
    this.requireIdle();
    this.#options.requireFree();
    this.#starting = true;
    try {
      const { job, record } = await prepare();
      const running: Running = { record, job, controller: new AbortController(), progress: null, done: Promise.resolve() };
      this.#running = running;
      running.done = this.#run(running);
      this.#changed(record);
      return this.#show(record);
    } finally {
      this.#starting = false;
    }
  }

  /** Runs a job to its end, whatever that is. Never throws. */
  async #run(running: Running): Promise<void> {
    const release = this.#options.protection.hold(PAUSED);
    let end: Pick<JobRecord, 'status' | 'error'>;
    try {
      await this.#evaluate(running);
      end = { status: 'finished', error: null };
    } catch (error) {
      const stopped = running.controller.signal.aborted;
      end = stopped
        ? { status: this.#closed ? 'interrupted' : 'cancelled', error: null }
        : { status: 'failed', error: toErrorShape(error) };
    }
    const record: JobRecord = { ...running.record, ...end, finishedAt: end.status === 'finished' ? Date.now() : null };
    await this.#restoreProfile();
    release();
    await running.job.write(record).catch((error: unknown) => this.#warn(error));
    this.#running = null;
    this.#changed(record);
  }

  async #evaluate(running: Running): Promise<void> {
    const { engine, dataDir, appVersion, events } = this.#options;
    const { record, job, controller } = running;
    const sets = await job.sets(record);
    const tracker = new ProgressTracker(
      record.id,
      sets.map(({ file, items }) => ({ file, prompts: items.length })),
      record.arms,
    );
    await evaluate({
      engine,
      sets,
      arms: record.arms,
      profilePath: profilePathFor(dataDir, record.modelSha256),
      out: job.out,
      maxTokens: record.maxTokens,
      portion: DEFAULT_PORTION,
      limit: record.limit,
      firstTokenKl: record.firstTokenKl,
      withText: record.keepTexts,
      appVersion,
      signal: controller.signal,
      onProgress: (progress) => {
        running.progress = tracker.update(progress);
        events.emit('evaluation.progress', running.progress);
      },
    });
  }

  /** The engine holds the last arm; protection puts the model's own profile back. */
  async #restoreProfile(): Promise<void> {
    if (this.#closed) return;
    const { engine, protection } = this.#options;
    try {
      await engine.ready();
      if (engine.model === null || engine.target === null) return;
      await engine.call('steering.apply', { profilePath: null, modelSha256: engine.target.modelSha256, strength: null });
      await protection.apply(engine.model, engine.target, { call: (name, input) => engine.call(name, input) });
    } catch (error) {
      // Without an engine there is nothing to restore: the next one starts with the model's own profile.
      if (!this.#closed && toErrorShape(error).code !== 'engine-crashed') this.#warn(error);
    }
  }

  #blocked(): string | null {
    try {
      this.requireIdle();
      this.#options.requireFree();
      return null;
    } catch (error) {
      return toErrorShape(error).message;
    }
  }

  /** A record as the page sees it: with its progress, and `interrupted` where nobody runs it any more. */
  #show(record: JobRecord): EvaluationJob {
    const running = this.#running?.record.id === record.id ? this.#running : null;
    const { version: _version, files: _files, ...rest } = running?.record ?? record;
    const alive = running !== null;
    const status = !alive && (rest.status === 'running' || rest.status === 'cancelling') ? 'interrupted' : rest.status;
    const { path } = new JobFolder(this.#options.dataDir, rest.id);
    return { ...rest, status, progress: running?.progress ?? null, resumable: RESUMABLE.has(status), folder: path };
  }

  #changed(record: JobRecord): void {
    this.#options.events.emit('evaluation.changed', this.#show(record));
  }

  #warn(error: unknown): void {
    const { message, hint } = toErrorShape(error);
    this.#options.events.emit('app.notice', { level: 'warning', message, hint });
  }
}

/** Results are told apart by their set's name. */
function differentlyNamed(infos: readonly EvaluationSetInfo[]): EvaluationSetInfo[] {
  const taken = new Set<string>();
  return infos.map((info) => {
    let name = info.name;
    for (let again = 2; taken.has(name); again++) name = `${info.name} (${again})`;
    taken.add(name);
    return { ...info, name };
  });
}
