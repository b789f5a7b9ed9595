/** An evaluation on disk: its record, the prompts it was started with, and what it writes. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { evaluationJob, evaluationSummary, SteadyError, type EvaluationSummaryView } from '../../contract/index.ts';
import { JobFolder, type JobKind } from '../../jobs/job-folder.ts';
import { readJson } from '../../json-file.ts';
import { readEvaluationSet, type EvaluationSet } from '../prompt-set.ts';

/** What is kept of a job; the rest of `EvaluationJob` is about the moment. */
export const evaluationRecord = evaluationJob.omit({ progress: true, resumable: true, folder: true }).extend({
  version: z.literal(1),
  /** Files in the folder, in the order of `sets`. */
  files: z.array(z.string().regex(/^\d+\.jsonl$/)),
});
export type EvaluationRecord = z.infer<typeof evaluationRecord>;

export const evaluationKind = (dataDir: string): JobKind<EvaluationRecord> => ({
  noun: 'evaluation',
  root: join(dataDir, 'evaluations'),
  lock: join(dataDir, 'evaluations', 'running'),
  schema: evaluationRecord,
});

/** Sets that were read and that no job has taken. */
export const handedInFolder = (dataDir: string) => join(dataDir, 'evaluations', 'uploads');

export class EvaluationFolder extends JobFolder<EvaluationRecord> {
  constructor(dataDir: string, id: string) {
    super(evaluationKind(dataDir), id);
  }

  /** Where results, summary and report go. */
  get out(): string {
    return this.file('out');
  }

  async create(): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
  }

  /** The sets as they are evaluated. */
  async sets({ files, sets, limit }: EvaluationRecord): Promise<EvaluationSet[]> {
    // Whatever kind of file a set came from, and is called after, here it is JSON lines.
    return Promise.all(
      files.map((file, index) =>
        readEvaluationSet(this.file(file), { format: 'jsonl', limit: limit ?? undefined, name: sets[index]!.name }),
      ),
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
}
