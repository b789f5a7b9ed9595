/** Exports that pages ask for: written into a folder of their own, one at a time, and read from there in pieces. */
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  EXPORT_CHUNK_BYTES,
  SteadyError,
  toErrorShape,
  type ExportFormat,
  type RefusalExport,
  type RefusalFilter,
} from '../contract/index.ts';
import type { RefusalStore } from '../store/index.ts';
import { runExport } from './run-export.ts';

/** How long a finished file is kept where nobody discards it. */
const KEEP_MS = 24 * 60 * 60 * 1000;
const TELL_EVERY_MS = 200;
/** Finished ones that a list remembers. */
const MAX_REMEMBERED = 50;

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = { csv: 'csv', jsonl: 'jsonl', bundle: 'tar' };

export interface ExportJobsOptions {
  store: RefusalStore;
  /** Absolute; made where missing. */
  folder: string;
  appVersion: string;
  tell(state: RefusalExport): void;
}

export interface ExportChoice {
  format: ExportFormat;
  filter: RefusalFilter;
  includePrompts: boolean;
  includeReplies: boolean;
}

interface Job {
  state: RefusalExport;
  controller: AbortController;
  path: string;
}

export class ExportJobs {
  readonly #options: ExportJobsOptions;
  readonly #jobs = new Map<string, Job>();
  #running: Promise<void> | null = null;

  constructor(options: ExportJobsOptions) {
    this.#options = options;
  }

  /** Removes what an earlier run left: unfinished files, and finished ones that are old. */
  async sweep(now = Date.now()): Promise<void> {
    const { folder } = this.#options;
    for (const name of await readdir(folder).catch(() => [])) {
      const path = join(folder, name);
      const old = await stat(path).then(
        ({ mtimeMs }) => now - mtimeMs > KEEP_MS,
        () => false,
      );
      // An unfinished one may belong to another copy of the app that is writing it right now.
      if (old) await rm(path, { force: true, recursive: true }).catch(() => undefined);
    }
  }

  /** @throws SteadyError `busy` while another export is written. */
  async start(choice: ExportChoice): Promise<RefusalExport> {
    if (this.#running !== null) {
      throw new SteadyError('busy', 'Another export is being written.', { hint: 'Wait for it to finish, or cancel it.' });
    }
    const exportId = randomUUID();
    const startedAt = Date.now();
    const stamp = new Date(startedAt).toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
    const fileName = `steady-refusals-${stamp}.${EXTENSIONS[choice.format]}`;
    const job: Job = {
      controller: new AbortController(),
      // A folder of its own, so that the file keeps its name however many are made in a second.
      path: join(this.#options.folder, exportId, fileName),
      state: {
        exportId,
        format: choice.format,
        state: 'running',
        ...{ done: 0, total: 0, bytes: 0, fileName, path: null, startedAt, secondsLeft: null, error: null, bundle: null },
      },
    };
    this.#jobs.set(exportId, job);
    this.#forgetOld();
    this.#running = this.#write(job, choice).finally(() => (this.#running = null));
    return job.state;
  }

  list(): RefusalExport[] {
    return [...this.#jobs.values()].map(({ state }) => state).reverse();
  }

  /** Stops a running export; its file goes. One that has ended stays as it is. */
  async cancel(exportId: string): Promise<RefusalExport> {
    const job = this.#job(exportId);
    if (job.state.state === 'running') {
      job.controller.abort();
      await this.#running;
    }
    return job.state;
  }

  async read(exportId: string, offset: number): Promise<{ base64: string; bytes: number; total: number; done: boolean }> {
    const job = this.#finished(exportId);
    const file = await open(job.path, 'r').catch(() => {
      throw gone();
    });
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(EXPORT_CHUNK_BYTES), 0, EXPORT_CHUNK_BYTES, Math.min(offset, size));
      const data = buffer.subarray(0, bytesRead);
      return { base64: data.toString('base64'), bytes: bytesRead, total: size, done: offset + bytesRead >= size };
    } finally {
      await file.close();
    }
  }

  async discard(exportId: string): Promise<void> {
    await this.cancel(exportId);
    this.#jobs.delete(exportId);
    await rm(join(this.#options.folder, exportId), { recursive: true, force: true });
  }

  /** Ends what is running; its file goes. */
  async close(): Promise<void> {
    for (const { controller } of this.#jobs.values()) controller.abort();
    await this.#running;
  }

  async #write(job: Job, choice: ExportChoice): Promise<void> {
    const started = performance.now();
    let told = 0;
    try {
      await mkdir(join(job.path, '..'), { recursive: true, mode: 0o700 });
      const { rows, bytes, bundle } = await runExport(this.#options.store, {
        ...choice,
        path: job.path,
        appVersion: this.#options.appVersion,
        signal: job.controller.signal,
        onProgress: ({ done, total, bytes: written }) => {
          const elapsed = (performance.now() - started) / 1000;
          const secondsLeft = done === 0 ? null : (elapsed / done) * (total - done);
          job.state = { ...job.state, done, total, bytes: written, secondsLeft };
          if (performance.now() - told < TELL_EVERY_MS) return;
          told = performance.now();
          this.#options.tell(job.state);
        },
      });
      this.#end(job, { state: 'done', done: rows, total: rows, bytes, bundle, path: job.path, secondsLeft: 0 });
    } catch (error) {
      await rm(join(job.path, '..'), { recursive: true, force: true }).catch(() => undefined);
      const shape = toErrorShape(error);
      if (shape.code === 'cancelled') this.#end(job, { state: 'cancelled', secondsLeft: null });
      else this.#end(job, { state: 'failed', error: shape, secondsLeft: null });
    }
  }

  #end(job: Job, change: Partial<RefusalExport>): void {
    job.state = { ...job.state, ...change };
    this.#options.tell(job.state);
  }

  #job(exportId: string): Job {
    const job = this.#jobs.get(exportId);
    if (!job) throw gone();
    return job;
  }

  #finished(exportId: string): Job {
    const job = this.#job(exportId);
    if (job.state.state !== 'done')
      throw new SteadyError('conflict', 'This export is not finished.', { hint: 'Wait for it, or start another.' });
    return job;
  }

  #forgetOld(): void {
    for (const [id, { state }] of this.#jobs) {
      if (this.#jobs.size <= MAX_REMEMBERED) return;
      if (state.state !== 'running') this.#jobs.delete(id);
    }
  }
}

const gone = () => new SteadyError('not-found', 'This export does not exist any more.', { hint: 'Start another.' });
