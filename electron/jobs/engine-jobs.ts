/**
 * Long jobs that have the engine to themselves: one at a time, chat waits meanwhile, and protection is put back at the end.
 * A job lives in the app and on disk, so that it survives a page that is closed and, by being resumed, an app that is killed.
 */
import { SteadyError, toErrorShape, type ErrorShape } from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import type { EngineLease, Lease } from './engine-lease.ts';
import { readJobs, type JobFolder, type JobKind } from './job-folder.ts';
import { lockJobs, type JobLock } from './lock.ts';
import { requireSameModel } from './same-model.ts';

/** `interrupted`: the app ended in the middle. It, `cancelled` and `failed` can be resumed from where they were. */
type JobStatus = 'running' | 'cancelling' | 'interrupted' | 'cancelled' | 'failed' | 'finished';
const RESUMABLE: ReadonlySet<string> = new Set<JobStatus>(['interrupted', 'cancelled', 'failed']);

/** What every record says, whatever else it does. */
export interface JobRecord {
  id: string;
  status: string;
  createdAt: number;
  finishedAt: number | null;
  error: ErrorShape | null;
  modelId: string;
  modelSha256: string;
}

export interface RunningJob<R, F, P> {
  /** What the work learns about the job goes in here; it is written when the job ends. */
  record: R;
  readonly folder: F;
  /** Aborted when the job is cancelled, or the app ends. */
  readonly signal: AbortSignal;
  /** Keeps what it says as the job's progress, and tells everybody who follows it. */
  report(progress: P): void;
}

/** A record as it is now, to be shown. */
export interface JobNow<R extends { status: string }, P> {
  record: R;
  status: R['status'];
  progress: P | null;
  resumable: boolean;
}

export interface EngineJobsOptions<R, F, P> {
  kind: JobKind<R>;
  /** The noun with its article, as a sentence begins: "A calibration". */
  article: string;
  engine: EngineSupervisor;
  lease: EngineLease;
  protection: ProtectionService;
  events: AppEvents;
  folderOf(jobId: string): F;
  /** Loads a model, for a job that is resumed and has the engine by then. */
  loadModel(modelId: string, own: Lease): Promise<void>;
  /** @throws where the loaded model cannot be worked with; waits for one that is being loaded */
  requireModel(): Promise<unknown>;
  /** Held while a job runs, against other processes; tests put another in its place. @throws `busy` */
  lock?(onLost: () => void): Promise<JobLock>;
  /** The job itself; it finds on disk what an earlier run did. */
  work(job: RunningJob<R, F, P>): Promise<void>;
  /** Removes what only the work needed, once the record of a finished job is written. */
  tidy?(folder: F): Promise<void>;
  onChange(record: R): void;
  onProgress(progress: P): void;
}

interface Running<R, F, P> extends RunningJob<R, F, P> {
  readonly controller: AbortController;
  /** What was told last; null before. */
  progress: P | null;
  /** Gives back the engine, and the lock against other processes. */
  release(): Promise<void>;
  done: Promise<void>;
}

export class EngineJobs<R extends JobRecord, F extends JobFolder<R>, P extends { secondsLeft: number | null }> {
  readonly #options: EngineJobsOptions<R, F, P>;
  #running: Running<R, F, P> | null = null;
  /** Between a request to start and the start itself. */
  #starting = false;
  #closed = false;
  /** Records that could not be written, most likely because the disk is full; they hold until the app ends. */
  readonly #unsaved = new Map<string, R>();

  constructor(options: EngineJobsOptions<R, F, P>) {
    this.#options = options;
  }

  /** The record of the job that runs. */
  get running(): R | null {
    return this.#running?.record ?? null;
  }

  /** Why chat waits while a job runs. */
  get pausedMessage(): string {
    return `${this.#options.article} is running; chatting is possible again when it is over or cancelled.`;
  }

  /** All jobs that are kept, newest first. */
  async records(): Promise<R[]> {
    return (await readJobs(this.#options.kind)).map((record) => this.#unsaved.get(record.id) ?? record);
  }

  /** @throws `not-found` */
  async read(jobId: string): Promise<R> {
    return this.#unsaved.get(jobId) ?? (await this.#options.folderOf(jobId).read());
  }

  /** Writes what became of a job that does not run. @throws the file system's own error */
  async save(record: R): Promise<void> {
    await this.#options.folderOf(record.id).write(record);
    this.#unsaved.delete(record.id);
  }

  /** How a job stands: one that its record says is running, and nobody runs, was cut off. */
  now(record: R): JobNow<R, P> {
    const running = this.#running?.record.id === record.id ? this.#running : null;
    const latest = running?.record ?? record;
    const cutOff = running === null && (latest.status === 'running' || latest.status === 'cancelling');
    const status: R['status'] = cutOff ? 'interrupted' : latest.status;
    return { record: latest, status, progress: running?.progress ?? null, resumable: RESUMABLE.has(status) };
  }

  /**
   * Starts a job; it goes on after this returns.
   * @param prepare makes its folder and record, once it is sure that the job may begin
   */
  async begin(prepare: (own: Lease) => Promise<{ folder: F; record: R }>): Promise<R> {
    const { lease, article, onChange, onProgress } = this.#options;
    const own = lease.acquire({
      what: `${article} is running`,
      hint: 'Wait until it is done, or cancel it.',
      chatMessage: this.pausedMessage,
      secondsLeft: () => this.#running?.progress?.secondsLeft ?? null,
    });
    this.#starting = true;
    const controller = new AbortController();
    let lock: JobLock | undefined;
    const release = async (): Promise<void> => {
      await lock?.release();
      own.release();
    };
    try {
      lock = await this.#lock(() => controller.abort());
      const { folder, record } = await prepare(own);
      const running: Running<R, F, P> = {
        record,
        folder,
        controller,
        signal: controller.signal,
        progress: null,
        report: (progress) => {
          running.progress = progress;
          onProgress(progress);
        },
        release,
        done: Promise.resolve(),
      };
      this.#running = running;
      running.done = this.#run(running);
      onChange(record);
      return record;
    } catch (error) {
      await release();
      throw error;
    } finally {
      this.#starting = false;
    }
  }

  /** Goes on with a job that was cut off, cancelled or failed, loading its model where need be. */
  resume(jobId: string): Promise<R> {
    return this.begin(async (own) => {
      const { engine, kind, folderOf, loadModel, requireModel } = this.#options;
      const folder = folderOf(jobId);
      const record = await this.read(jobId);
      if (!this.now(record).resumable) throw new SteadyError('conflict', `This ${kind.noun} is done.`, { hint: 'Start a new one.' });
      if (engine.target?.modelSha256 !== record.modelSha256 || engine.model === null) await loadModel(record.modelId, own);
      await requireModel();
      // A file of one's own may have been replaced.
      requireSameModel(engine, record.modelSha256);
      const again: R = { ...record, status: 'running', error: null };
      await this.save(again);
      return { folder, record: again };
    });
  }

  /** Stops a job; its end is told like every change. @throws `not-found` */
  cancel(jobId: string): R {
    const running = this.#running;
    if (running?.record.id !== jobId) throw new SteadyError('not-found', `This ${this.#options.kind.noun} is not running.`);
    if (!running.signal.aborted) {
      running.record = { ...running.record, status: 'cancelling' };
      running.controller.abort();
      this.#options.onChange(running.record);
    }
    return running.record;
  }

  /** Removes a job with all that came of it. @throws `busy`, `not-found` */
  async discard(jobId: string): Promise<void> {
    const { kind, folderOf } = this.#options;
    if (this.#running?.record.id === jobId) throw new SteadyError('busy', `This ${kind.noun} is running.`, { hint: 'Cancel it first.' });
    if (this.#starting) throw new SteadyError('busy', `A ${kind.noun} is being started.`, { hint: 'Wait until it runs.' });
    const folder = folderOf(jobId);
    if (!folder.exists) throw new SteadyError('not-found', `There is no such ${kind.noun}.`);
    // Another process may be at it. Where a job runs here, the lock is ours already.
    const lock = this.#running === null ? await this.#lock(() => undefined) : undefined;
    try {
      await folder.remove();
    } finally {
      await lock?.release();
    }
    this.#unsaved.delete(jobId);
  }

  /** Resolves when the job that runs has come to its end, whatever that is. */
  async settled(): Promise<void> {
    await this.#running?.done;
  }

  /** The app ends: the job stays as it is and can be resumed. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#running?.controller.abort();
    await this.settled();
  }

  /** Runs a job to its end, whatever that is. Never throws. */
  async #run(running: Running<R, F, P>): Promise<void> {
    const { work, tidy, onChange } = this.#options;
    let status: JobStatus = 'finished';
    let error: ErrorShape | null = null;
    try {
      await work(running);
    } catch (thrown) {
      if (running.signal.aborted) status = this.#closed ? 'interrupted' : 'cancelled';
      else [status, error] = ['failed', toErrorShape(thrown)];
    }
    const record: R = { ...running.record, status, error, finishedAt: status === 'finished' ? Date.now() : null };
    await this.#restoreProfile();
    const saved = await running.folder.write(record).then(
      () => true,
      () => false,
    );
    if (!saved) this.#unsaved.set(record.id, record);
    // Where the record could not be written the next start takes the job for one that was cut off, and its work makes that short.
    if (status === 'finished' && saved) await tidy?.(running.folder).catch(() => undefined);
    this.#running = null;
    // Before the change is told, so that whoever hears it can already begin the next job.
    await running.release();
    onChange(record);
  }

  #lock(onLost: () => void): Promise<JobLock> {
    const { kind, article, lock } = this.#options;
    return lock?.(onLost) ?? lockJobs(kind.lock, { article, onLost });
  }

  /** The engine holds whatever the job tried last; protection puts the model's own profile back. */
  async #restoreProfile(): Promise<void> {
    if (this.#closed) return;
    const { engine, protection, events } = this.#options;
    try {
      await engine.call('steering.apply', { profilePath: null, modelSha256: engine.target?.modelSha256 ?? '', strength: null });
      if (engine.model === null || engine.target === null) return;
      await protection.apply(engine.model, engine.target, { call: (name, input) => engine.call(name, input) });
    } catch (error) {
      const { code, message, hint } = toErrorShape(error);
      // Without an engine there is nothing to restore: the next one starts with the model's own profile.
      if (!this.#closed && code !== 'engine-crashed') events.emit('app.notice', { level: 'warning', message, hint });
    }
  }
}
