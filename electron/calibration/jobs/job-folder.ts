/** A calibration on disk: its record, the prompts it was started with, and what came of it. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { calibrationJob, calibrationReport, SteadyError } from '../../contract/index.ts';
import { JobFolder, type JobKind } from '../../jobs/job-folder.ts';
import { readJson, writeJson } from '../../json-file.ts';
import type { OwnPrompt } from '../benign-sets/sets-service.ts';
import type { Evidence } from '../report/build-report.ts';
import { withCurrentNames } from '../report/old-evidence.ts';

const limits = z.object({ benign: z.number().optional(), harmful: z.number().optional(), perWrapper: z.number().optional() });

/** What is kept of a job; the rest of `CalibrationJob` is about the moment. */
export const calibrationRecord = calibrationJob.omit({ progress: true, resumable: true }).extend({
  version: z.literal(1),
  leaveOutSuspicious: z.boolean(),
  limits: z.object({ train: limits, validation: limits, answered: z.number().int().positive().optional() }).optional(),
  seconds: calibrationReport.shape.seconds,
  promptsRead: z.number().int(),
});
export type CalibrationRecord = z.infer<typeof calibrationRecord>;

export const calibrationKind = (dataDir: string): JobKind<CalibrationRecord> => ({
  noun: 'calibration',
  root: join(dataDir, 'calibration', 'jobs'),
  lock: join(dataDir, 'calibration', 'running'),
  schema: calibrationRecord,
});

const ownPrompts = z.array(z.object({ text: z.string(), refusal: z.boolean() }));
const evidence = calibrationReport.omit({ job: true, warnings: true, seconds: true, promptsRead: true });

export class CalibrationFolder extends JobFolder<CalibrationRecord> {
  constructor(dataDir: string, id: string) {
    super(calibrationKind(dataDir), id);
  }

  /** Where the finished profile lies. */
  get profilePath(): string {
    return this.file('profile.safetensors');
  }

  /** What the steps of the job keep for themselves. */
  get work(): string {
    return this.file('work');
  }

  async prompts(): Promise<OwnPrompt[]> {
    const parsed = ownPrompts.safeParse(await readJson(this.file('prompts.json')));
    if (!parsed.success)
      throw new SteadyError('calibration-failed', 'The prompts of this calibration are not there any more.', { hint: 'Start a new one.' });
    return parsed.data;
  }

  writePrompts(prompts: readonly OwnPrompt[]): Promise<void> {
    return writeJson(this.file('prompts.json'), prompts);
  }

  /** @throws `not-found` while there is none */
  async evidence(): Promise<Evidence> {
    const parsed = evidence.safeParse(withCurrentNames(await readJson(this.file('evidence.json'))));
    if (!parsed.success) {
      throw new SteadyError('not-found', 'This calibration has no results.', { hint: 'Resume it, or start a new one.' });
    }
    return parsed.data;
  }

  writeEvidence(value: Evidence): Promise<void> {
    return writeJson(this.file('evidence.json'), value);
  }

  /** What was kept along the way is of no use once there are results. */
  async clean(): Promise<void> {
    await rm(this.work, { recursive: true, force: true });
  }
}
