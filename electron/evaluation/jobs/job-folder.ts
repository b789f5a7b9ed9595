/** An evaluation job on disk: its record, the prompts it was started with, and what it writes. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { evaluationJob, evaluationSummary, SteadyError, type EvaluationSummaryView } from '../../contract/index.ts';
import { readEvaluationSet, type EvaluationSet } from '../prompt-set.ts';

/** What is kept of a job; the rest of `EvaluationJob` is about the moment. */
export const jobRecord = evaluationJob.omit({ progress: true, resumable: true, folder: true }).extend({
  version: z.literal(1),
  /** Files in the folder, in the order of `sets`. */
  files: z.array(z.string().regex(/^\d+\.jsonl$/)),
});
export type JobRecord = z.infer<typeof jobRecord>;

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

export class JobFolder {
  readonly path: string;

  constructor(dataDir: string, id: string) {
    if (!UUID.test(id)) throw new SteadyError('not-found', 'There is no such evaluation.');
    this.path = join(jobsFolder(dataDir), id);
  }

  get exists(): boolean {
    return existsSync(join(this.path, 'job.json'));
  }

  /** Where results, summary and report go. */
  get out(): string {
    return join(this.path, 'out');
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
  }

  pathOf(file: string): string {
    return join(this.path, file);
  }

  /** @throws `not-found`, also for a record that is damaged */
  async read(): Promise<JobRecord> {
    const parsed = jobRecord.safeParse(await readJson(join(this.path, 'job.json')));
    if (!parsed.success) throw new SteadyError('not-found', 'There is no such evaluation.', { hint: 'Start a new one.' });
    return parsed.data;
  }

  async write(record: JobRecord): Promise<void> {
    const path = join(this.path, 'job.json');
    await writeFile(`${path}.part`, `${JSON.stringify(record, null, 1)}\n`, { mode: 0o600 });
    await rename(`${path}.part`, path);
  }

  /** The sets as they are evaluated. */
  async sets({ files, sets, limit }: JobRecord): Promise<EvaluationSet[]> {
    return Promise.all(
      files.map((file, index) => readEvaluationSet(this.pathOf(file), { limit: limit ?? undefined, name: sets[index]!.name })),
    );
  }

  async summary(): Promise<EvaluationSummaryView> {
    const parsed = evaluationSummary.safeParse(await readJson(join(this.out, 'summary.json')));
    if (!parsed.success)
      throw new SteadyError('not-found', 'This evaluation has no results yet.', { hint: 'Resume it, or start a new one.' });
    return parsed.data;
  }

  async report(): Promise<string> {
    try {
      return await readFile(join(this.out, 'report.html'), 'utf8');
    } catch {
      throw new SteadyError('not-found', 'This evaluation has no report yet.', { hint: 'Resume it, or start a new one.' });
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** Every job that can be read, newest first. */
export async function readJobs(dataDir: string): Promise<JobRecord[]> {
  const names = await readdir(jobsFolder(dataDir)).catch(() => [] as string[]);
  const records = await Promise.all(
    names.filter((name) => UUID.test(name)).map((name) => new JobFolder(dataDir, name).read().catch(() => null)),
  );
  return records.filter((record) => record !== null).sort((a, b) => b.createdAt - a.createdAt);
}

/** What lies between two starts of the app. */
export const uploadsFolder = (dataDir: string) => join(dataDir, 'evaluations', 'uploads');

function jobsFolder(dataDir: string): string {
  return join(dataDir, 'evaluations');
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return null;
  }
}
