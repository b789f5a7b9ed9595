/** Evaluation as the admin area sees it: prompts that are handed in, the job that runs, and what it found. */
import { z } from 'zod';
import { id, timestamp, verdict } from './conversation.ts';
import { errorShape } from './errors.ts';
import { promptFileOptions, promptPreview } from './prompt-files.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const count = z.number().int().nonnegative();
const interval = z.tuple([z.number(), z.number()]);

export const evaluationArm = z.enum(['unsteered', 'instructed', 'paper', 'static', 'cast', 'profile']);
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

/** Which prompts of a set are looked at. `differs`: another verdict than in the run that it is compared with. */
export const evaluationPromptFilter = z.enum(['all', 'refused', 'answered', 'newly-refused', 'touched', 'differs']);
export type EvaluationPromptFilter = z.infer<typeof evaluationPromptFilter>;

export const evaluationPromptQuery = z
  .object({
    jobId: id,
    /** The set's name. */
    set: z.string().min(1).max(300),
    filter: evaluationPromptFilter,
    /** Words that the prompt has. */
    query: z.string().max(200),
    offset: count,
    limit: z.number().int().min(1).max(100),
    /** Another evaluation to compare with, prompt by prompt. */
    otherJobId: id.optional(),
  })
  .strict();
export type EvaluationPromptQuery = z.infer<typeof evaluationPromptQuery>;

export const evaluationPromptRow = z.object({
  hash: z.string(),
  line: count,
  /** The beginning of the last request. */
  prompt: z.string(),
  /** Whether that is all of it, and nothing came before. */
  whole: z.boolean(),
  answer: z.string().nullable(),
  arms: z.partialRecord(
    evaluationArm,
    z.object({
      /** Null: longer than the model's context. */
      verdict: verdict.nullable(),
      /** The widest gate of any layer, 0…1; null where nothing reads. */
      gate: z.number().nullable(),
      correct: z.boolean().nullable(),
      /** The beginning of the reply, where replies are kept. */
      text: z.string().nullable(),
    }),
  ),
  /** The verdict with protection in the other evaluation; null where it has none. */
  other: verdict.nullable(),
});
export type EvaluationPromptRow = z.infer<typeof evaluationPromptRow>;

/** Sets that come with the app; no calibration learns from them. */
export const builtInSet = z.enum(['harmful', 'harmless', 'sounds-dangerous']);
export type BuiltInSet = z.infer<typeof builtInSet>;

export const evaluationExportFormat = z.enum(['jsonl', 'promptfoo', 'lm-eval']);
export type EvaluationExportFormat = z.infer<typeof evaluationExportFormat>;

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
  /** Takes a set that comes with the app. */
  'evaluation.set.builtIn': { input: z.object({ kind: builtInSet }).strict(), output: evaluationSet },
  /** Takes a set of tests that were kept; it stays where it is. @throws `not-found` */
  'evaluation.set.tests': { input: z.object({ testSetId: id }).strict(), output: evaluationSet },
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
  /** What was found, prompt by prompt, as far as it goes. @throws `not-found` */
  'evaluation.prompts': { input: evaluationPromptQuery, output: z.object({ total: count, rows: z.array(evaluationPromptRow) }) },
  /** Prompts and results for other programs. @throws `not-found` */
  'evaluation.export': {
    input: z.object({ jobId: id, format: evaluationExportFormat }).strict(),
    output: z.object({ files: z.array(z.object({ fileName: z.string(), text: z.string() })) }),
  },
  /** Removes a job with everything it wrote. */
  'evaluation.discard': { input: jobId, output: nothing },
} as const satisfies Contract['requests'];

export const evaluationEvents = {
  'evaluation.progress': evaluationProgress,
  'evaluation.changed': evaluationJob,
  'evaluation.removed': jobId,
} as const satisfies Contract['events'];
