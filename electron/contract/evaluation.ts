/** Evaluation as the admin area sees it: prompts that are handed in, the job that runs, and what it found. */
import { z } from 'zod';
import { id, timestamp } from './conversation.ts';
import { errorShape } from './errors.ts';
import { promptFileOptions, promptPreview } from './prompt-files.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const count = z.number().int().nonnegative();
const interval = z.tuple([z.number(), z.number()]);

export const evaluationArm = z.enum(['unsteered', 'paper', 'profile']);
export type EvaluationArm = z.infer<typeof evaluationArm>;

/** Prompts that were handed in and read without a fault. They are kept until an evaluation takes them, or the app ends. */
export const evaluationSet = promptPreview.extend({
  setId: id,
  name: z.string(),
  /** Prompts with a right answer. */
  withAnswers: count,
});
export type EvaluationSetInfo = z.infer<typeof evaluationSet>;

export const evaluationProgress = z.object({
  jobId: id,
  set: z.string(),
  arm: evaluationArm,
  stage: z.enum(['replies', 'rerun', 'first-token']),
  /** Replies of this set and arm. */
  done: count,
  total: count,
  /** Of the whole job, 0…1; never goes back. */
  overall: z.number().min(0).max(1),
  /** Null while unknown. */
  secondsLeft: z.number().nullable(),
});
export type EvaluationProgressEvent = z.infer<typeof evaluationProgress>;

/** `interrupted`: the app ended in the middle. It, `cancelled` and `failed` can be resumed from where they were. */
export const evaluationStatus = z.enum(['running', 'cancelling', 'interrupted', 'cancelled', 'failed', 'finished']);
export type EvaluationStatus = z.infer<typeof evaluationStatus>;

export const evaluationJob = z.object({
  id,
  name: z.string(),
  status: evaluationStatus,
  createdAt: timestamp,
  finishedAt: timestamp.nullable(),
  modelId: z.string(),
  modelName: z.string(),
  modelSha256: z.string(),
  sets: z.array(z.object({ name: z.string(), prompts: count })),
  arms: z.array(evaluationArm),
  /** Null: chosen by whether a set has answers. */
  maxTokens: z.number().int().nullable(),
  limit: z.number().int().nullable(),
  firstTokenKl: z.boolean(),
  /** Whether replies are kept, or only what was judged of them. */
  keepTexts: z.boolean(),
  progress: evaluationProgress.nullable(),
  error: errorShape.nullable(),
  resumable: z.boolean(),
  /** Where its files lie on this machine. */
  folder: z.string(),
});
export type EvaluationJob = z.infer<typeof evaluationJob>;

export const evaluationArmCounts = z.object({
  n: count,
  refused: count,
  complied: count,
  partial: count,
  degenerate: count,
  steered: count.optional(),
  identical: count.optional(),
  identicalAlone: count.optional(),
  correct: count.optional(),
  firstTokenKl: z.number().optional(),
  firstTokenKlMax: z.number().optional(),
  cutOff: count,
  meanTokens: z.number(),
  /** 95 % intervals of the shares (Wilson), by the count's name. */
  intervals: z.record(z.string(), interval),
});
export type EvaluationArmCounts = z.infer<typeof evaluationArmCounts>;

export const evaluationSummary = z.object({
  createdAt: z.string(),
  complete: z.boolean(),
  profiles: z.partialRecord(
    evaluationArm,
    z.object({ name: z.string(), sha256: z.string(), strength: z.number(), layers: z.array(z.number()) }),
  ),
  skipped: z.array(z.object({ arm: evaluationArm, reason: z.string() })),
  compute: z.string(),
  sets: z.array(
    z.object({
      file: z.string(),
      n: count,
      duplicates: count,
      tooLong: count,
      maxTokens: count,
      arms: z.partialRecord(evaluationArm, evaluationArmCounts),
      comparisons: z.array(
        z.object({
          arm: evaluationArm,
          measure: z.enum(['refused', 'correct', 'degenerate']),
          gained: count,
          lost: count,
          difference: z.number(),
          interval,
          pValue: z.number(),
        }),
      ),
    }),
  ),
});
export type EvaluationSummaryView = z.infer<typeof evaluationSummary>;

const jobId = z.object({ jobId: id }).strict();
const setId = z.object({ setId: id }).strict();

export const evaluationRequests = {
  /**
   * Reads a file that was handed in. What is in it is found out from its name and its beginning.
   * @throws `bad-input` that names each faulty line, in its message and in `details.faults`; `conflict` for one that did not come whole
   */
  'evaluation.set.fromUpload': { input: z.object({ uploadId: id }).strict(), output: evaluationSet },
  /** Reads a set's file again, as a person says. @throws `bad-input`, and the set stays as it was; `not-found` */
  'evaluation.set.read': { input: z.object({ setId: id, options: promptFileOptions }).strict(), output: evaluationSet },
  'evaluation.set.discard': { input: setId, output: nothing },

  'evaluation.state': {
    input: nothing,
    output: z.object({
      jobs: z.array(evaluationJob),
      /** Why none can be started just now; null: one can. */ blocked: z.string().nullable(),
    }),
  },
  /** Starts a job for the loaded model. @throws `busy`, `bad-input`, `model-not-loaded`, `profile-missing` */
  'evaluation.start': {
    input: z
      .object({
        setIds: z.array(id).min(1).max(20),
        arms: z.array(evaluationArm).min(1).max(3),
        maxTokens: z.number().int().min(1).max(4096).nullable(),
        limit: z.number().int().min(1).nullable(),
        firstTokenKl: z.boolean(),
        keepTexts: z.boolean(),
        name: z.string().trim().min(1).max(120).optional(),
      })
      .strict(),
    output: evaluationJob,
  },
  /** Stops the job; it can be resumed. Answers at once; the end arrives as `evaluation.changed`. */
  'evaluation.cancel': { input: jobId, output: evaluationJob },
  /** Goes on with a job that was cancelled, failed or cut off. Loads its model where another one is loaded. */
  'evaluation.resume': { input: jobId, output: evaluationJob },
  /** @throws `not-found` while no set is done */
  'evaluation.summary': { input: jobId, output: evaluationSummary },
  /** The report as one HTML file. @throws `not-found` while no set is done */
  'evaluation.report': { input: jobId, output: z.object({ fileName: z.string(), html: z.string() }) },
  /** Removes a job with everything it wrote. */
  'evaluation.discard': { input: jobId, output: nothing },
} as const satisfies Contract['requests'];

export const evaluationEvents = {
  'evaluation.progress': evaluationProgress,
  'evaluation.changed': evaluationJob,
  'evaluation.removed': jobId,
} as const satisfies Contract['events'];
