/** Calibration as the page sees it: benign sets, what a calibration would take, the job, and its report. */
import { z } from 'zod';
import { id, timestamp, verdict } from './conversation.ts';
import { errorShape } from './errors.ts';
import { promptFileOptions, promptFormat, promptPreview } from './prompt-files.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
const share = z.number().min(0).max(1);

/** Prompt files and pasted texts that are looked at together before they are kept or discarded. */
export const MAX_PROMPT_DRAFTS = 4;
/** The most prompts that a set keeps. */
export const MAX_SET_PROMPTS = 200_000;
/** The longest prompt that a set keeps, in UTF-16 units. */
export const MAX_BENIGN_PROMPT_LENGTH = 6_000;
/** The set that the wrong refusals of the refusal log make up. It cannot be renamed or deleted. */
export const REFUSALS_SET_ID = 'refusals';

export const budget = z.enum(['quick', 'standard', 'thorough']);
export type Budget = z.infer<typeof budget>;

// ── Benign sets ──────────────────────────────────────────────────────────────────────────────────────────────────────

const setName = z.string().trim().min(1).max(120);
/** A set's id: a UUID, or `refusals`. */
export const benignSetId = z.union([id, z.literal(REFUSALS_SET_ID)]);

export const benignSet = z.object({
  id: benignSetId,
  name: z.string(),
  /** `own`: given by a person; `refusals`: replies that reviewers marked as wrongly refused. */
  kind: z.enum(['own', 'refusals']),
  prompts: count,
  /** Where it came from: a file's name, or a word for pasted text. */
  source: z.string(),
  createdAt: timestamp,
  updatedAt: timestamp,
});
export type BenignSet = z.infer<typeof benignSet>;

/** Prompts that were read and are not kept yet: look at them, then make a set of them or discard them. */
export const promptDraft = promptPreview.extend({ draftId: id });
export type PromptDraft = z.infer<typeof promptDraft>;

export const benignPrompt = z.object({ promptId: z.number().int(), text: z.string() });

// ── The job ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export const calibrationStage = z.enum(['prepare', 'extract', 'screen', 'labels', 'solve', 'confirm', 'tune', 'validate', 'report']);
export type CalibrationStageName = z.infer<typeof calibrationStage>;

export const calibrationProgress = z.object({
  jobId: id,
  stage: calibrationStage,
  /** Steps of this stage. `total` 0: not known. */
  done: count,
  total: count,
  /** Prompts (or steps) a second of this stage; null while unknown. */
  rate: z.number().nullable(),
  /** Of the whole job, 0…1; never goes back. */
  overall: share,
  /** Of the whole job; null while unknown. */
  secondsLeft: z.number().nullable(),
});
export type CalibrationProgressEvent = z.infer<typeof calibrationProgress>;

export const calibrationWarning = z.object({
  code: z.enum(['looks-harmful', 'too-long', 'sampled', 'few-prompts', 'labels-one-sided', 'weak-separation', 'other']),
  /** One sentence for a person. */
  message: z.string(),
  /** The prompts it is about, the worst first; at most 100 of `count`. */
  prompts: z.array(z.object({ text: z.string(), score: z.number().nullable() })).max(100),
  count,
});
export type CalibrationWarning = z.infer<typeof calibrationWarning>;

/**
 * `interrupted`: the app ended in the middle; `cancelled` and `failed` alike can be resumed from where they were.
 * `finished`: there is a report, and a frontier point can be applied. `applied`: one was.
 */
export const calibrationStatus = z.enum(['running', 'cancelling', 'interrupted', 'cancelled', 'failed', 'finished', 'applied']);
export type CalibrationStatus = z.infer<typeof calibrationStatus>;

export const calibrationJob = z.object({
  id,
  name: z.string(),
  status: calibrationStatus,
  createdAt: timestamp,
  finishedAt: timestamp.nullable(),
  modelId: z.string(),
  modelName: z.string(),
  modelSha256: sha256,
  budget,
  seed: count,
  sets: z.array(z.object({ id: benignSetId.nullable(), name: z.string(), prompts: count })),
  /** Distinct prompts of those sets that are used. */
  ownPrompts: count,
  /** While it runs. */
  progress: calibrationProgress.nullable(),
  /** Why it failed. */
  error: errorShape.nullable(),
  warnings: z.array(calibrationWarning),
  resumable: z.boolean(),
  /** The frontier point that was applied last. */
  appliedPoint: count.nullable(),
  /** The profile it became. Whether that protects the model still, the list of profiles says. */
  appliedProfile: sha256.nullable().default(null),
});
export type CalibrationJob = z.infer<typeof calibrationJob>;

export const calibrationState = z.object({
  /** The job that runs in this app; there is at most one. */
  running: calibrationJob.nullable(),
  /** All jobs that are kept, newest first, the running one included. */
  jobs: z.array(calibrationJob),
  /** Whether chat waits for a calibration, and the sentence that says so. */
  chatPaused: z.boolean(),
  message: z.string(),
});
export type CalibrationState = z.infer<typeof calibrationState>;

/** What one budget would take with the chosen sets, on this machine with the loaded model. */
export const budgetEstimate = z.object({
  budget,
  /** Prompts whose activations are read: built-in ones, and the admin's own. */
  builtInPrompts: count,
  ownPrompts: count,
  /** How many of them were read before and are on disk already. */
  alreadyRead: count,
  seconds: z.number().nonnegative(),
});
export type BudgetEstimate = z.infer<typeof budgetEstimate>;

export const calibrationEstimate = z.object({
  modelId: z.string(),
  modelName: z.string(),
  budgets: z.array(budgetEstimate),
  /** Measured on this machine with this model. */
  speed: z.object({ promptTokensPerSecond: z.number(), replyTokensPerSecond: z.number() }),
});
export type CalibrationEstimate = z.infer<typeof calibrationEstimate>;

// ── The report ───────────────────────────────────────────────────────────────────────────────────────────────────────

export const scoreHistogram = z.object({
  layer: z.number().int(),
  /** The probe that this layer reads for, and its name: the kind of harm it finds. */
  probe: count,
  probeName: z.string(),
  /** n + 1 ascending edges of n bins; scores outside count in the outer bins. */
  edges: z.array(z.number()),
  /** Prompts a bin. */
  benign: z.array(count),
  harmful: z.array(count),
  /** At or below it nothing is added: τ, or where a partial gate falls shut; and the score at which the gate is fully open. */
  threshold: z.number(),
  fullyOpen: z.number(),
  /** The chance that a harmful prompt scores above a benign one. */
  auc: share,
});
export type ScoreHistogram = z.infer<typeof scoreHistogram>;

/** How well each layer by itself tells harmful from benign validation prompts; the same formula at every layer. */
export const layerSeparation = z.object({
  layer: z.number().int(),
  /** Plain harmful requests; wrapped ones (null where there are none). */
  auc: share,
  aucWrapped: share.nullable(),
  reads: z.boolean(),
  writes: z.boolean(),
});
export type LayerSeparation = z.infer<typeof layerSeparation>;

/** One measured setting: how strongly to steer, and how readily. */
export const frontierPoint = z.object({
  index: count,
  strength: z.number(),
  /** How far the threshold was moved from the fitted one, in units of the gate's rise; positive is more cautious about steering. */
  shift: z.number(),
  /** False: shut below the threshold, where the profile's gate is partly open. Reports made before there was such a thing lack it. */
  partialGate: z.boolean().default(true),
  /** Of the harmful sample. */
  harmfulRefused: share,
  harmfulDegenerate: share,
  /** Of all benign validation prompts: the gate opens, be it partly, so the reply may change. The others are bit-identical to unsteered. */
  benignOpened: share,
  /** Of the benign sample: the reply is another, and is a refusal where the unsteered one was not. */
  benignChanged: share,
  benignRefused: share,
  /** Of the admin's own validation prompts: the gate opens, be it partly. Null where there are none. */
  ownOpened: share.nullable(),
  /** Proposed by the calibration. */
  proposed: z.boolean(),
  /** No other point is better in one respect and as good in the other. */
  onFrontier: z.boolean(),
});
export type FrontierPoint = z.infer<typeof frontierPoint>;

export const calibrationSample = z.object({
  kind: z.enum(['own', 'benign', 'harmful']),
  /** The family of the wrapper around it, or null. */
  wrapper: z.string().nullable(),
  prompt: z.string(),
  systemPrompt: z.string().nullable(),
  unsteered: z.object({ verdict, /** The beginning; kept for benign prompts only. */ text: z.string().nullable() }),
  /** One a frontier point, in their order. */
  points: z.array(
    z.object({
      verdict,
      /** 0: exactly nothing was added. */
      gate: z.number(),
      changed: z.boolean(),
      /** KL(unsteered‖steered) of the reply's first token, in nats; measured for benign prompts at the proposed point, else null. */
      firstTokenKl: z.number().nullable(),
      text: z.string().nullable(),
    }),
  ),
});
export type CalibrationSample = z.infer<typeof calibrationSample>;

export const calibrationReport = z.object({
  job: calibrationJob,
  profile: z.object({
    name: z.string(),
    sha256,
    strength: z.number(),
    readLayers: z.array(z.number().int()),
    writeLayers: z.array(z.number().int()),
    notes: z.string(),
  }),
  histograms: z.array(scoreHistogram),
  separation: z.array(layerSeparation),
  frontier: z.object({
    /** Ascending by the share of refused harmful prompts. */
    points: z.array(frontierPoint),
    proposed: count,
    /** Without steering. */
    unsteered: z.object({ harmfulRefused: share, harmfulDegenerate: share, benignRefused: share }),
    sizes: z.object({ harmful: count, benignSample: count, benign: count, own: count }),
  }),
  samples: z.array(calibrationSample),
  /** Indexes into `samples`: benign prompts that change most at the proposed point, the worst first. */
  worstBenign: z.array(count),
  /**
   * Indexes into `samples`: the prompts of the `refusals` set that were part of the job. Their verdict at a point says
   * whether they pass now. Absent where the set was not chosen.
   */
  earlierRefusals: z.array(count).optional(),
  /** Results that the profile carries, set by set. */
  validation: z.array(z.object({ set: z.string(), n: count, arms: z.record(z.string(), z.unknown()) })),
  warnings: z.array(calibrationWarning),
  /** How long each stage took, in seconds, in all the runs of the job. */
  seconds: z.partialRecord(calibrationStage, z.number()),
  promptsRead: count,
});
export type CalibrationReport = z.infer<typeof calibrationReport>;

const jobId = z.object({ jobId: id }).strict();
const setIds = z.array(benignSetId).max(50);

export const calibrationRequests = {
  'calibration.sets.list': { input: nothing, output: z.array(benignSet) },
  /** Reads pasted text: a prompt a line, or CSV or JSONL where `format` says so. */
  'calibration.draft.fromText': {
    input: z
      .object({
        text: z.string().min(1).max(4_000_000),
        format: promptFormat.optional(),
        source: z.string().max(200).optional(),
      })
      .strict(),
    output: promptDraft,
  },
  /** Reads a file that was handed in. @throws `bad-input`, `conflict` for one that did not come whole, `not-found` */
  /** A sample of what people here have asked and was answered, to look through. @throws `policy`, `bad-input` where nothing was */
  'calibration.draft.fromChats': { input: nothing, output: promptDraft },
  'calibration.draft.fromUpload': { input: z.object({ uploadId: id }).strict(), output: promptDraft },
  /** Reads a draft's file or text again, as a person says. @throws `bad-input`, and the draft stays as it was; `not-found` */
  'calibration.draft.read': { input: z.object({ draftId: id, options: promptFileOptions }).strict(), output: promptDraft },
  'calibration.draft.discard': { input: z.object({ draftId: id }).strict(), output: nothing },
  /** Keeps a draft as a set. @throws `conflict` for a name that is taken. */
  'calibration.sets.create': { input: z.object({ draftId: id, name: setName }).strict(), output: benignSet },
  /** Adds a draft's prompts to a set; those that it has already are left out. */
  'calibration.sets.extend': { input: z.object({ id, draftId: id }).strict(), output: benignSet },
  /** Adds prompts to the set of that name, which is made where there is none. */
  'calibration.sets.add': {
    input: z.object({ name: setName, prompts: z.array(z.string().trim().min(1).max(MAX_BENIGN_PROMPT_LENGTH)).min(1).max(1000) }).strict(),
    output: benignSet,
  },
  'calibration.sets.rename': { input: z.object({ id, name: setName }).strict(), output: benignSet },
  'calibration.sets.delete': { input: z.object({ id }).strict(), output: nothing },
  'calibration.sets.page': {
    input: z.object({ id: benignSetId, offset: count, limit: z.number().int().min(1).max(500) }).strict(),
    output: z.object({ total: count, prompts: z.array(benignPrompt) }),
  },
  'calibration.sets.removePrompts': {
    input: z.object({ id, promptIds: z.array(z.number().int()).min(1).max(1000) }).strict(),
    output: benignSet,
  },

  /** For the loaded model. The first time it measures the machine for some seconds. @throws `busy` while a job runs. */
  'calibration.estimate': { input: z.object({ setIds }).strict(), output: calibrationEstimate },
  /** Starts a job for the loaded model. @throws `busy` while another runs, `bad-input`, `model-not-loaded`, `model-not-steerable`. */
  'calibration.start': {
    input: z
      .object({
        setIds,
        budget,
        seed: count.max(0x7fff_ffff).optional(),
        name: z.string().trim().min(1).max(120).optional(),
        /** Leaves out prompts that look harmful to the model, rather than only naming them. */
        leaveOutSuspicious: z.boolean().optional(),
      })
      .strict(),
    output: calibrationJob,
  },
  /** Stops the job; it can be resumed. Answers at once; the end arrives as `calibration.changed`. */
  'calibration.cancel': { input: jobId, output: calibrationJob },
  /** Goes on with a job that was cancelled, failed or was cut off. Loads its model where another one is loaded. */
  'calibration.resume': { input: jobId, output: calibrationJob },
  'calibration.state': { input: nothing, output: calibrationState },
  'calibration.report': { input: jobId, output: calibrationReport },
  /** Makes a frontier point of a finished job the model's profile, and applies it. */
  'calibration.apply': { input: z.object({ jobId: id, point: count }).strict(), output: calibrationJob },
  /** Removes a job with its report. Profiles that were applied stay in the library. */
  'calibration.discard': { input: jobId, output: nothing },
} as const satisfies Contract['requests'];

export const calibrationEvents = {
  'calibration.progress': calibrationProgress,
  /** A job was started, changed its status, or got a warning. */
  'calibration.changed': calibrationJob,
  'calibration.removed': jobId,
  'calibration.sets.changed': nothing,
} as const satisfies Contract['events'];
