/** Evaluation from the admin area, on the admin's own prompts: jobs that are begun, followed, looked at. */
import { randomUUID } from 'node:crypto';
import {
  SteadyError,
  type EvaluationArm,
  type EvaluationExportFormat,
  type EvaluationJob,
  type EvaluationProgressEvent,
  type EvaluationPromptQuery,
  type EvaluationPromptRow,
  type EvaluationSetInfo,
  type EvaluationSummaryView,
} from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import { EngineJobs, type RunningJob } from '../jobs/engine-jobs.ts';
import type { EngineLease, Lease } from '../jobs/engine-lease.ts';
import type { PromptUploads } from '../prompt-files/uploads.ts';
import { profilePathFor } from '../protection/locate-profile.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import { ARM_NAMES } from './arms.ts';
import { DEFAULT_MAX_TOKENS, DEFAULT_PORTION, evaluate, stem } from './evaluate.ts';
import { exportSets, type ExportedFile, type ExportedSet } from './export.ts';
import { EvaluationFolder, evaluationKind, handedInFolder, type EvaluationRecord } from './jobs/job-folder.ts';
import { ProgressTracker } from './jobs/tracker.ts';
import { HandedInSets } from './jobs/handed-in-sets.ts';
import { foundPrompts, rowsOf, setNamed, type FoundPrompt } from './prompt-results.ts';

export interface EvaluationServiceOptions {
  dataDir: string;
  appVersion: string;
  engine: EngineSupervisor;
  lease: EngineLease;
  protection: ProtectionService;
  events: AppEvents;
  uploads: PromptUploads;
  /** Loads a model, for a job that is resumed. */
  loadModel(modelId: string, own: Lease): Promise<void>;
  /** @throws `policy` where nobody may keep what a model says unsteered */
  checkUnsteered(): Promise<void>;
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

const MAX_NAME = 120;

export class EvaluationService {
  readonly sets: HandedInSets;
  readonly #options: EvaluationServiceOptions;
  readonly #jobs: EngineJobs<EvaluationRecord, EvaluationFolder, EvaluationProgressEvent>;

  constructor(options: EvaluationServiceOptions) {
    this.#options = options;
    const { dataDir, engine, lease, protection, events, loadModel } = options;
    this.sets = new HandedInSets(handedInFolder(dataDir), options.uploads);
    this.#jobs = new EngineJobs({
      kind: evaluationKind(dataDir),
      article: 'An evaluation',
      engine,
      lease,
      protection,
      events,
      loadModel,
      folderOf: (jobId) => this.#folder(jobId),
      requireModel: () => engine.ready(),
      work: (job) => this.#evaluate(job),
      onChange: (record) => events.emit('evaluation.changed', this.#show(record)),
      onProgress: (progress) => events.emit('evaluation.progress', progress),
    });
  }

  async state(): Promise<{ jobs: EvaluationJob[]; blocked: string | null }> {
    const records = await this.#jobs.records();
    return { jobs: records.map((record) => this.#show(record)), blocked: this.#blocked() };
  }

  /** Starts a job for the loaded model; it goes on after this returns. */
  async start(input: StartInput): Promise<EvaluationJob> {
    if (input.keepTexts) await this.#options.checkUnsteered();
    const record = await this.#jobs.begin(async () => {
      const { engine, dataDir } = this.#options;
      await engine.ready();
      const target = engine.target!;
      const arms = ARM_NAMES.filter((name) => input.arms.includes(name));
      if (arms.some((arm) => arm !== 'unsteered') && profilePathFor(dataDir, target.modelSha256) === null) {
        throw new SteadyError('profile-missing', 'This model has no steering profile to evaluate.', {
          hint: 'Calibrate it first, or evaluate it without steering.',
        });
      }
      const infos = differentlyNamed(this.sets.infos([...new Set(input.setIds)]));
      const names = infos.map(({ name }) => name).join(', ');
      const record: EvaluationRecord = {
        version: 1,
        id: randomUUID(),
        name: input.name ?? names.slice(0, MAX_NAME),
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
      const folder = this.#folder(record.id);
      try {
        await folder.create();
        // Before the prompts are moved: on a full disk they stay where they were handed in.
        await folder.write(record);
        for (const [index, { setId }] of infos.entries()) await this.sets.take(setId, folder.file(record.files[index]!));
      } catch (error) {
        await folder.remove().catch(() => undefined);
        throw error;
      }
      return { folder, record };
    });
    return this.#show(record);
  }

  /** Goes on with a job that was cut off, cancelled or failed, loading its model where need be. */
  async resume(jobId: string): Promise<EvaluationJob> {
    const { keepTexts } = await this.#jobs.read(jobId);
    if (keepTexts) await this.#options.checkUnsteered();
    return this.#show(await this.#jobs.resume(jobId));
  }

  /** Stops a job; its end arrives as `evaluation.changed`. */
  cancel(jobId: string): EvaluationJob {
    return this.#show(this.#jobs.cancel(jobId));
  }

  /** Resolves when the job that runs has come to its end, whatever that is. */
  settled(): Promise<void> {
    return this.#jobs.settled();
  }

  summary(jobId: string): Promise<EvaluationSummaryView> {
    return this.#folder(jobId).summary();
  }

  /** What was found, prompt by prompt. @throws SteadyError `not-found` */
  async prompts(query: EvaluationPromptQuery): Promise<{ total: number; rows: EvaluationPromptRow[] }> {
    const folder = this.#folder(query.jobId);
    const record = await folder.read();
    const found = foundPrompts(folder, record, await setNamed(folder, record, query.set));
    return rowsOf(found, query, query.otherJobId === undefined ? null : await this.#foundIn(query.otherJobId));
  }

  /** Prompts and results for other programs. @throws SteadyError `not-found` */
  async export(jobId: string, format: EvaluationExportFormat): Promise<{ files: ExportedFile[] }> {
    const folder = this.#folder(jobId);
    const record = await folder.read();
    const { sets } = await folder.summary();
    const exported: ExportedSet[] = (await folder.sets(record)).map((set, at) => ({
      name: `steady_${at + 1}_${stem(set.file).replace(/\W+/g, '_')}`,
      found: foundPrompts(folder, record, set),
      maxTokens: sets[at]?.maxTokens ?? record.maxTokens ?? DEFAULT_MAX_TOKENS,
    }));
    return { files: exportSets(exported, format) };
  }

  async #foundIn(jobId: string): Promise<Map<string, FoundPrompt>> {
    const folder = this.#folder(jobId);
    const record = await folder.read();
    const sets = await folder.sets(record);
    return new Map(sets.flatMap((set) => foundPrompts(folder, record, set)).map((one) => [one.item.hash, one]));
  }

  async report(jobId: string): Promise<{ fileName: string; html: string }> {
    const folder = this.#folder(jobId);
    const { name } = await folder.read();
    return { fileName: `${name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '') || 'evaluation'}.html`, html: await folder.report() };
  }

  async discard(jobId: string): Promise<void> {
    await this.#jobs.discard(jobId);
    this.#options.events.emit('evaluation.removed', { jobId });
  }

  /** The app ends: the job stays as it is and can be resumed. */
  close(): Promise<void> {
    return this.#jobs.close();
  }

  async #evaluate(running: RunningJob<EvaluationRecord, EvaluationFolder, EvaluationProgressEvent>): Promise<void> {
    const { engine, dataDir, appVersion } = this.#options;
    const { record, folder, signal } = running;
    const sets = await folder.sets(record);
    const tracker = new ProgressTracker(
      record.id,
      sets.map(({ file, items }) => ({ file, prompts: items.length })),
      record.arms,
    );
    await evaluate({
      engine,
      sets,
      arms: record.arms,
      profiles: { profile: profilePathFor(dataDir, record.modelSha256) },
      out: folder.out,
      maxTokens: record.maxTokens,
      portion: DEFAULT_PORTION,
      limit: record.limit,
      firstTokenKl: record.firstTokenKl,
      withText: record.keepTexts,
      appVersion,
      signal,
      onProgress: (progress) => running.report(tracker.update(progress)),
    });
  }

  /** Why none can be started just now, as a sentence that stays true while that is so. */
  #blocked(): string | null {
    const { user } = this.#options.lease;
    return user === null ? null : `${user.what}.`;
  }

  #folder(jobId: string): EvaluationFolder {
    return new EvaluationFolder(this.#options.dataDir, jobId);
  }

  /** A record as the page sees it. */
  #show(record: EvaluationRecord): EvaluationJob {
    const { record: latest, status, progress, resumable } = this.#jobs.now(record);
    const { version: _version, files: _files, ...rest } = latest;
    return { ...rest, status, progress, resumable, folder: this.#folder(rest.id).path };
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
