/** Evaluations as the app last reported them, the prompts that are handed in for the next one, and what one found. */
import {
  MAX_PROMPT_FILE_BYTES,
  type BuiltInSet,
  type EvaluationArm,
  type EvaluationExportFormat,
  type EvaluationJob,
  type EvaluationProgressEvent,
  type EvaluationPromptQuery,
  type EvaluationPromptRow,
  type EvaluationSetInfo,
  type EvaluationSummaryView,
  type PromptFileOptions,
  type TestSet,
} from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { upload } from '../bridge/upload.ts';
import { toProblem, type Problem } from '../problem.ts';
import { formatBytes } from '../util/format.ts';

/** A file or a pasted text on its way. */
export interface HandedIn {
  readonly key: number;
  readonly name: string;
  readonly status: 'sending' | 'ready' | 'failed';
  /** 0…1 */
  readonly sent: number;
  readonly info: EvaluationSetInfo | null;
  readonly problem: Problem | null;
  /** It is being read again. */
  readonly busy: boolean;
}

/** The set that wrongly refused prompts of evaluations are kept in. */
const MARKED_SET = 'Wrongly refused in evaluations';

export class Evaluation {
  jobs = $state.raw<readonly EvaluationJob[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Why none can be started just now. */
  blocked = $state<string | null>(null);
  /** The job whose results are looked at; null shows the overview. */
  openId = $state<string | null>(null);
  summary = $state.raw<EvaluationSummaryView | null>(null);
  summaryProblem = $state.raw<Problem | null>(null);

  /** The job that came to its end while the page looked on, until its results are opened or another one begins. */
  justFinished = $state.raw<EvaluationJob | null>(null);

  // The next evaluation.
  handedIn = $state.raw<readonly HandedIn[]>([]);
  /** What stands in the box for pasted prompts. */
  pasted = $state('');
  arms = $state.raw<readonly EvaluationArm[]>(['unsteered', 'profile']);
  maxTokens = $state<number | null>(null);
  limit = $state<number | null>(null);
  firstTokenKl = $state(false);
  keepTexts = $state(false);
  startProblem = $state.raw<Problem | null>(null);

  readonly running = $derived(this.jobs.find(({ status }) => status === 'running' || status === 'cancelling') ?? null);
  readonly open = $derived(this.jobs.find(({ id }) => id === this.openId) ?? null);
  readonly ready = $derived(this.handedIn.flatMap(({ info }) => (info === null ? [] : [info])));
  /** Files that have not arrived whole yet. */
  readonly sending = $derived(this.handedIn.some(({ status }) => status === 'sending'));
  readonly #bridge: Bridge;
  #nextKey = 1;
  #adding: Promise<boolean> | null = null;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('evaluation.progress', (progress) => this.#progress(progress));
    bridge.on('evaluation.changed', (job) => this.#changed(job));
    bridge.on('evaluation.removed', ({ jobId }) => this.#removed(jobId));
    // What one waits for may be over now.
    bridge.on('chat.message', ({ state }) => {
      if (state !== 'streaming') this.#tryUnblock();
    });
    bridge.on('calibration.changed', () => this.#tryUnblock());
  }

  /** Reads the jobs anew. A failure is kept in `problem`. */
  async refresh(): Promise<void> {
    try {
      const { jobs, blocked } = await this.#bridge.call('evaluation.state', {});
      this.jobs = jobs;
      this.blocked = blocked;
      this.problem = null;
      this.loaded = true;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** Hands files in, each by itself; what is wrong with one is kept beside its name. */
  async add(files: readonly File[]): Promise<void> {
    await Promise.all(files.map((file) => this.#handIn(file)));
  }

  /** Hands in what was pasted: a prompt a line, or JSONL. Resolves to whether nothing is left to hand in. */
  addPasted(): Promise<boolean> {
    // Adding and starting right after it are one hand-in.
    this.#adding ??= this.#addPasted().finally(() => (this.#adding = null));
    return this.#adding;
  }

  async #addPasted(): Promise<boolean> {
    const text = this.pasted;
    if (text.trim() === '') return true;
    if (!(await this.#handIn(new File([text], 'Pasted prompts')))) return false;
    if (this.pasted === text) this.pasted = '';
    return true;
  }

  /** Reads a set again, as a person says. Where that fails it stays as it was, and the entry says why. */
  async read(key: number, options: PromptFileOptions): Promise<void> {
    const info = this.handedIn.find((one) => one.key === key)?.info ?? null;
    if (info === null) return;
    this.#patch(key, { busy: true, problem: null });
    try {
      this.#patch(key, { info: await this.#bridge.call('evaluation.set.read', { setId: info.setId, options }) });
    } catch (error) {
      this.#patch(key, { problem: toProblem(error) });
    }
    this.#patch(key, { busy: false });
  }

  /** Takes a set that comes with the app. */
  addBuiltIn(kind: BuiltInSet, name: string): Promise<void> {
    return this.#take(name, () => this.#bridge.call('evaluation.set.builtIn', { kind }));
  }

  /** Takes tests that were kept. */
  addTests({ id, name }: TestSet): Promise<void> {
    return this.#take(name, () => this.#bridge.call('evaluation.set.tests', { testSetId: id }));
  }

  /** Takes a set that is on the app's side already. */
  async #take(name: string, take: () => Promise<EvaluationSetInfo>): Promise<void> {
    const key = this.#nextKey++;
    this.handedIn = [...this.handedIn, { key, name, status: 'sending', sent: 1, info: null, problem: null, busy: false }];
    try {
      this.#patch(key, { status: 'ready', info: await take() });
    } catch (error) {
      this.#patch(key, { status: 'failed', problem: toProblem(error) });
    }
  }

  async remove(key: number): Promise<void> {
    const entry = this.handedIn.find((one) => one.key === key);
    this.handedIn = this.handedIn.filter((one) => one.key !== key);
    if (entry?.info != null) await this.#bridge.call('evaluation.set.discard', { setId: entry.info.setId }).catch(() => undefined);
  }

  toggle(arm: EvaluationArm, on: boolean): void {
    this.arms = (['unsteered', 'instructed', 'static', 'paper', 'profile'] as const).filter((name) =>
      name === arm ? on : this.arms.includes(name),
    );
  }

  /** Starts an evaluation of what was handed in. What is pasted is read and shown first. A failure is kept in `startProblem`, or beside the prompts. */
  async start(): Promise<void> {
    this.startProblem = null;
    // What was pasted is to be seen before it is used.
    const unseen = this.pasted.trim() !== '';
    if (!(await this.addPasted()) || unseen) return;
    try {
      const job = await this.#bridge.call('evaluation.start', {
        setIds: this.ready.map(({ setId }) => setId),
        arms: [...this.arms],
        maxTokens: this.maxTokens,
        limit: this.limit,
        firstTokenKl: this.firstTokenKl,
        keepTexts: this.keepTexts,
      });
      this.handedIn = [];
      this.#changed(job);
    } catch (error) {
      this.startProblem = toProblem(error);
    }
  }

  async cancel(jobId: string): Promise<void> {
    this.#changed(await this.#bridge.call('evaluation.cancel', { jobId }));
  }

  async resume(jobId: string): Promise<void> {
    this.#changed(await this.#bridge.call('evaluation.resume', { jobId }));
  }

  async discard(jobId: string): Promise<void> {
    await this.#bridge.call('evaluation.discard', { jobId });
    this.#removed(jobId);
  }

  /** Opens a job's results, or the overview. A failure is kept in `summaryProblem`. */
  async show(jobId: string | null): Promise<void> {
    this.openId = jobId;
    if (jobId !== null) this.justFinished = null;
    this.summary = null;
    this.summaryProblem = null;
    if (jobId === null) return;
    try {
      const summary = await this.#bridge.call('evaluation.summary', { jobId });
      if (this.openId === jobId) this.summary = summary;
    } catch (error) {
      if (this.openId === jobId) this.summaryProblem = toProblem(error);
    }
  }

  /** The report as a file. @throws Problem-shaped errors of the app. */
  report(jobId: string): Promise<{ fileName: string; html: string }> {
    return this.#bridge.call('evaluation.report', { jobId });
  }

  /** What was found, prompt by prompt. @throws Problem-shaped errors of the app. */
  prompts(query: EvaluationPromptQuery): Promise<{ total: number; rows: EvaluationPromptRow[] }> {
    return this.#bridge.call('evaluation.prompts', query);
  }

  /** Prompts and results for other programs. @throws Problem-shaped errors of the app. */
  export(jobId: string, format: EvaluationExportFormat): Promise<{ files: { fileName: string; text: string }[] }> {
    return this.#bridge.call('evaluation.export', { jobId, format });
  }

  /** Keeps a prompt that was wrongly refused for the next calibration. @throws Problem-shaped errors of the app. */
  async mustBeAnswered(prompt: string): Promise<void> {
    await this.#bridge.call('calibration.sets.add', { name: MARKED_SET, prompts: [prompt] });
  }

  async #handIn(file: File): Promise<boolean> {
    const key = this.#nextKey++;
    this.handedIn = [...this.handedIn, { key, name: file.name, status: 'sending', sent: 0, info: null, problem: null, busy: false }];
    try {
      if (file.size > MAX_PROMPT_FILE_BYTES) {
        const message = `This file has ${formatBytes(file.size)}; at most ${formatBytes(MAX_PROMPT_FILE_BYTES)} are read.`;
        throw { code: 'bad-input', message, hint: 'Split it into several files.' } satisfies Problem;
      }
      const uploadId = await upload(this.#bridge, file, (sent) => this.#patch(key, { sent }));
      const info = await this.#bridge.call('evaluation.set.fromUpload', { uploadId });
      if (!this.handedIn.some((entry) => entry.key === key)) await this.#bridge.call('evaluation.set.discard', { setId: info.setId });
      this.#patch(key, { status: 'ready', info });
      return true;
    } catch (error) {
      this.#patch(key, { status: 'failed', problem: toProblem(error) });
      return false;
    }
  }

  #tryUnblock(): void {
    if (this.loaded && this.blocked !== null) void this.refresh();
  }

  #patch(key: number, change: Partial<HandedIn>): void {
    this.handedIn = this.handedIn.map((entry) => (entry.key === key ? { ...entry, ...change } : entry));
  }

  #progress(progress: EvaluationProgressEvent): void {
    this.jobs = this.jobs.map((job) => (job.id === progress.jobId ? { ...job, progress } : job));
  }

  #changed(job: EvaluationJob): void {
    const known = this.jobs.some(({ id }) => id === job.id);
    if (job.status === 'finished' && this.running?.id === job.id) this.justFinished = job;
    else if (job.status === 'running') this.justFinished = null;
    this.jobs = known ? this.jobs.map((other) => (other.id === job.id ? job : other)) : [job, ...this.jobs];
    // What was found may be more by now, and whether another can be started has changed.
    if (this.openId === job.id && job.status !== 'running') void this.show(job.id);
    void this.refresh();
  }

  #removed(jobId: string): void {
    this.jobs = this.jobs.filter(({ id }) => id !== jobId);
    if (this.openId === jobId) this.openId = null;
    if (this.justFinished?.id === jobId) this.justFinished = null;
  }
}
