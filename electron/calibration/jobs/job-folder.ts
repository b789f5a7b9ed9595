/** A calibration job on disk: its record, the prompts it was started with, and what came of it. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { calibrationJob, calibrationReport, SteadyError, type CalibrationJob, type CalibrationReport } from '../../contract/index.ts';
import type { OwnPrompt } from '../benign-sets/sets-service.ts';
import { readJson, writeJson } from '../json-file.ts';
import type { Evidence } from '../report/build-report.ts';

const limits = z.object({ benign: z.number().optional(), harmful: z.number().optional(), perWrapper: z.number().optional() });

/** What is kept of a job; the rest of `CalibrationJob` is about the moment. */
export const jobRecord = calibrationJob.omit({ progress: true, resumable: true }).extend({
  version: z.literal(1),
  leaveOutSuspicious: z.boolean(),
  limits: z.object({ train: limits, validation: limits }).optional(),
  seconds: calibrationReport.shape.seconds,
  promptsRead: z.number().int(),
});
export type JobRecord = z.infer<typeof jobRecord>;

const ownPrompts = z.array(z.object({ text: z.string(), refusal: z.boolean() }));
const evidence = calibrationReport.omit({ job: true, warnings: true, seconds: true, promptsRead: true });
const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** One job's folder. */
export class JobFolder {
  readonly path: string;

  constructor(dataDir: string, id: string) {
    if (!UUID.test(id)) throw new SteadyError('not-found', 'There is no such calibration.');
    this.path = join(jobsFolder(dataDir), id);
  }

  get exists(): boolean {
    return existsSync(this.#file('job.json'));
  }

  /** Where the finished profile lies. */
  get profilePath(): string {
    return this.#file('profile.safetensors');
  }

  /** What the steps of the job keep for themselves. */
  get work(): string {
    return join(this.path, 'work');
  }

  /** @throws `not-found`, also for a record that is damaged */
  async read(): Promise<JobRecord> {
    const parsed = jobRecord.safeParse(await readJson(this.#file('job.json')));
    if (!parsed.success) throw new SteadyError('not-found', 'There is no such calibration.', { hint: 'Start a new one.' });
    return parsed.data;
  }

  write(record: JobRecord): Promise<void> {
    return writeJson(this.#file('job.json'), record);
  }

  async prompts(): Promise<OwnPrompt[]> {
    const parsed = ownPrompts.safeParse(await readJson(this.#file('prompts.json')));
    if (!parsed.success)
      throw new SteadyError('calibration-failed', 'The prompts of this calibration are not there any more.', { hint: 'Start a new one.' });
    return parsed.data;
  }

  writePrompts(prompts: readonly OwnPrompt[]): Promise<void> {
    return writeJson(this.#file('prompts.json'), prompts);
  }

  /** @throws `not-found` while there is none */
  async evidence(): Promise<Evidence> {
    const parsed = evidence.safeParse(await readJson(this.#file('evidence.json')));
    if (!parsed.success) {
      throw new SteadyError('not-found', 'This calibration has no results.', { hint: 'Resume it, or start a new one.' });
    }
    return parsed.data;
  }

  writeEvidence(value: Evidence): Promise<void> {
    return writeJson(this.#file('evidence.json'), value);
  }

  /** What was kept along the way is of no use once there are results. */
  async clean(): Promise<void> {
    await rm(this.work, { recursive: true, force: true });
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  #file(name: string): string {
    return join(this.path, name);
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

const RESUMABLE: ReadonlySet<CalibrationJob['status']> = new Set(['interrupted', 'cancelled', 'failed']);

/** A record as the page sees it: `alive` while somebody runs it; a record that says so without that was cut off. */
export function showJob(record: JobRecord, alive: { progress: CalibrationJob['progress'] } | null = null): CalibrationJob {
  const { version: _v, leaveOutSuspicious: _l, limits: _s, seconds: _t, promptsRead: _p, ...rest } = record;
  const cutOff = alive === null && (rest.status === 'running' || rest.status === 'cancelling');
  const status = cutOff ? 'interrupted' : rest.status;
  return { ...rest, status, progress: alive?.progress ?? null, resumable: RESUMABLE.has(status) };
}

export function reportOf(job: CalibrationJob, record: JobRecord, found: Evidence): CalibrationReport {
  return { ...found, job, warnings: record.warnings, seconds: record.seconds, promptsRead: record.promptsRead };
}

function jobsFolder(dataDir: string): string {
  return join(dataDir, 'calibration', 'jobs');
}
