/** The contract between the app and the engine process. Same RPC style as the page's; every message is checked. */
import { z } from 'zod';
import {
  computeInfo,
  heatedReading,
  layerScore,
  MAX_CONTEXT_CHOICES,
  measure,
  modelEstimate,
  modelSettings,
  reasoning,
  reasoningChoice,
  replyPart,
  sampling,
} from '../contract/index.ts';
import type { Contract } from '../contract/rpc.ts';

const nothing = z.object({}).strict();

/** A conversation as the model gets it: alternating turns that end with the user's. */
export const engineTurn = z
  .object({
    role: z.enum(['user', 'assistant']),
    text: z.string(),
    /** Of an assistant's turn: this model did not write it under protection, so that it is read as a message is. Absent: it did. */
    foreign: z.literal(true).optional(),
    /** Of a reply: what the model thought before it. Whether a later turn has it is up to the template. */
    reasoning: z.string().optional(),
  })
  .strict();
export type EngineTurn = z.infer<typeof engineTurn>;

export const enginePrompt = z
  .object({
    systemPrompt: z.string(),
    turns: z.array(engineTurn).min(1),
    /** When the conversation began, in milliseconds since the epoch; for templates that write a date into the prompt. */
    startedAt: z.number().int().nonnegative().optional(),
    /** What was chosen of the model's reasoning. Absent: as its template does by itself. */
    reasoning: reasoningChoice.optional(),
    /** The reply begins at once, whatever the template does. */
    withoutReasoning: z.literal(true).optional(),
    /** The one turn's text is the whole prompt: no template, no system prompt. */
    raw: z.literal(true).optional(),
  })
  .strict();
export type EnginePrompt = z.infer<typeof enginePrompt>;

/** Texts that end a reply: how many at most, and how long each, in UTF-16 units. */
export const MAX_STOPS = 16;
export const MAX_STOP_LENGTH = 500;

/** Sampling with the seed settled: the app draws it, so that it can be stored. */
export const settledSampling = sampling.extend({ seed: z.number().int().min(0).max(0xffff_ffff) });
export type SettledSampling = z.infer<typeof settledSampling>;

export const loadedModel = z.object({
  name: z.string(),
  architecture: z.string(),
  /** d */
  embeddingLength: z.number().int(),
  layerCount: z.number().int(),
  trainContextSize: z.number().int(),
  contextSize: z.number().int(),
  chatTemplateSha256: z.string(),
  /** Why another template than the model's own is used, for a person; null where its own is, or it has none. */
  templateNote: z.string().nullable(),
  /** What its chat template lets a person choose of its reasoning; null: it is not known to reason. */
  reasoningChoices: z.array(reasoningChoice).nullable(),
  /** Layers whose residual stream the hook can reach; empty when this model cannot be steered. */
  steerableLayers: z.array(z.number().int()),
  /** Why there are none, in a sentence for a person. */
  steeringProblem: z.string().nullable(),
  compute: computeInfo,
});
export type LoadedModel = z.infer<typeof loadedModel>;

export const finishReason = z.enum(['end', 'length', 'stopped', 'context-full']);
export type FinishReason = z.infer<typeof finishReason>;

export const generationResult = z.object({
  /** The reply, without its reasoning. */
  text: z.string(),
  /** Null: there was none. */
  reasoning: reasoning.nullable(),
  finishReason,
  /** Which of the given texts ended it; null or absent: none did. */
  stopSequence: z.string().nullable().optional(),
  /** Of a reply that was to have a shape: whether it was held to it. */
  shaped: z.boolean().optional(),
  promptTokens: z.number().int(),
  cachedTokens: z.number().int(),
  /** Of the reasoning and the reply together. */
  generatedTokens: z.number().int(),
  timeToFirstTokenMs: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  contextUsed: z.number().int(),
  contextSize: z.number().int(),
  droppedTurns: z.number().int(),
  /** Whether a plan was applied to this turn, and what it did. */
  protected: z.boolean(),
  steered: z.boolean(),
  scores: z.array(layerScore),
  /** Null where the plan reads one token, or the reply went on from a cached prompt that nothing is known of. */
  reading: heatedReading.nullable(),
});
export type GenerationResult = z.infer<typeof generationResult>;

/** [prompts × layers × d] flat, prompts in the order asked. */
const float32 = z.custom<Float32Array>((value) => value instanceof Float32Array, 'not a Float32Array');

export const batchReply = z.object({
  /** Index into the items asked for. */
  index: z.number().int(),
  /** Without reasoning. */
  text: z.string(),
  finishReason,
  promptTokens: z.number().int(),
  generatedTokens: z.number().int(),
  steered: z.boolean(),
  scores: z.array(layerScore),
});
export type BatchReply = z.infer<typeof batchReply>;

/** How far the threshold of a trial may be moved, in units of the gate. */
export const MAX_SHIFT = 4;

/** A prompt that is tried under settings of its own, which hold for it alone. */
export const trialInput = z
  .object({
    trialId: z.string(),
    prompt: enginePrompt,
    /** Null: unsteered. */
    profilePath: z.string().nullable(),
    modelSha256: z.string(),
    /** Null: the profile's own. */
    strength: z.number().min(0).max(10).nullable(),
    /** See `shiftedThreshold`. */
    shift: z.number().min(-MAX_SHIFT).max(MAX_SHIFT),
    /** 0: it is read, and nothing is written. */
    maxTokens: z.number().int().min(0).max(4096),
  })
  .strict();
export type TrialInput = z.infer<typeof trialInput>;

export const trialResult = generationResult
  .pick({ text: true, finishReason: true, promptTokens: true, generatedTokens: true, steered: true, scores: true, reading: true })
  /** Null where nothing was to be written. */
  .extend({ finishReason: finishReason.nullable() });
export type TrialResult = z.infer<typeof trialResult>;

/** How a model is to be computed. What is null or absent the engine chooses. */
export const computeWishes = modelSettings.omit({ contextSize: true }).partial();
export type ComputeWishes = z.infer<typeof computeWishes>;

export const engineContract = {
  requests: {
    'model.load': {
      input: z
        .object({
          modelPath: z.string(),
          /** 'auto' uses a GPU where one works. */
          gpu: z.union([z.literal('auto'), z.literal(false)]),
          /** Null: as much as fits, up to the engine's default. */
          contextSize: z.number().int().min(256).nullable(),
          wishes: computeWishes.optional(),
        })
        .strict(),
      output: loadedModel,
    },
    'model.unload': { input: nothing, output: nothing },
    /** What loading a file would take here. Needs no loaded model. */
    'model.estimate': {
      input: z
        .object({
          modelPath: z.string(),
          settings: modelSettings.optional(),
          /** In tokens: other context sizes that are asked about with it. */
          contextSizes: z.array(z.number().int().positive()).max(MAX_CONTEXT_CHOICES).optional(),
        })
        .strict(),
      output: modelEstimate,
    },
    /** Renders a conversation with a template. Here, since one that never ends must not stop the app. @throws `model-unsupported` */
    'template.try': { input: z.object({ source: z.string() }).strict(), output: nothing },
    /** Applies a profile file to the loaded model, or none. Clears the cache. */
    'steering.apply': {
      input: z
        .object({
          profilePath: z.string().nullable(),
          modelSha256: z.string(),
          strength: z.number().min(0).max(10).nullable(),
          /** See `shiftedThreshold`; absent: 0. For evaluations alone. */
          shift: z.number().optional(),
        })
        .strict(),
      output: z.object({ layers: z.array(z.number().int()) }),
    },
    'chat.generate': {
      input: z
        .object({
          replyId: z.string(),
          prompt: enginePrompt,
          sampling: settledSampling,
          /** What the reply says already; it goes on from there. Absent or empty: a new one. */
          reply: z.string().optional(),
          /** What was thought before that, and whether it came to an end. */
          reasoning: z
            .object({ text: z.string().min(1), ended: z.boolean() })
            .strict()
            .optional(),
          /** Tokens of reasoning at most; then it is ended, and the reply begins. Absent: as many as leave room for the reply. */
          maxReasoningTokens: z.number().int().min(1).optional(),
          /** Texts that end the reply, which is cut before them. */
          stop: z.array(z.string().min(1).max(MAX_STOP_LENGTH)).max(MAX_STOPS).optional(),
          /** The shape of a reply that is JSON, in the part of JSON Schema that the library knows. Let go where steering pushes. */
          jsonSchema: z.record(z.string(), z.unknown()).optional(),
          /** True demands steering: without an applied profile the request fails rather than answer unsteered. */
          steer: z.boolean(),
        })
        .strict(),
      output: generationResult,
    },
    /** Counts the tokens of texts, and of the message that they make together. */
    'chat.measure': {
      input: z.object({ systemPrompt: z.string(), texts: z.array(z.string()), maxTokens: sampling.shape.maxTokens }).strict(),
      output: measure,
    },
    'chat.stop': { input: z.object({ replyId: z.string() }).strict(), output: nothing },
    /**
     * The residual stream at the last prompt token and, at `tokenLayers`, at up to `tokensEach` tokens of what the last
     * turn's person wrote and the template behind it; many prompts a batch. Unsteered.
     */
    'batch.capture': {
      input: z
        .object({
          prompts: z.array(enginePrompt).min(1).max(4096),
          layers: z.array(z.number().int().min(1)).min(1),
          /** Some of `layers`. */
          tokenLayers: z.array(z.number().int().min(1)).optional(),
          tokensEach: z.number().int().min(1).max(65_536).optional(),
        })
        .strict(),
      output: z.object({ rows: float32, tokens: z.array(z.number().int()), tokenRows: float32, tokenCounts: z.array(z.number().int()) }),
    },
    /** Greedy replies to many prompts at once. Each finished one is also sent as `batch.reply`. */
    'batch.generate': {
      input: z
        .object({
          jobId: z.string(),
          prompts: z.array(enginePrompt).min(1).max(4096),
          maxTokens: z.number().int().min(1).max(4096),
          steer: z.boolean(),
        })
        .strict(),
      output: z.object({ replies: z.array(batchReply) }),
    },
    /** How far the applied profile moves the first token: KL(unsteered‖steered) of each prompt, in nats. */
    'batch.firstTokenKl': {
      input: z.object({ prompts: z.array(enginePrompt).min(1).max(64) }).strict(),
      output: z.object({ kl: z.array(z.number()) }),
    },
    /**
     * Reads a prompt, and writes a greedy reply where that is asked for, beside the chat: its cache and its profile stay as they are.
     * What is written is also told as `chat.text`, with the trial's id. @throws `cancelled` where it was stopped before the first word
     */
    'trial.run': { input: trialInput, output: trialResult },
    'batch.cancel': { input: z.object({ jobId: z.string() }).strict(), output: nothing },
    /** Answered at once, whatever is computed meanwhile: the engine is alive. */
    'engine.ping': { input: nothing, output: nothing },
    'engine.info': { input: nothing, output: z.object({ pid: z.number().int(), rssBytes: z.number() }) },
  },
  events: {
    'model.progress': z.object({ progress: z.number().min(0).max(1) }),
    'chat.text': z.object({ replyId: z.string(), part: replyPart, offset: z.number().int(), delta: z.string() }),
    /** All text of this reply so far is void, and its reasoning; others begin at offset 0. */
    'chat.takenBack': z.object({ replyId: z.string() }),
    /** Of a reply without text: it waits for another one, or so many tokens were read. */
    'chat.progress': z.object({
      replyId: z.string(),
      phase: z.enum(['waiting', 'reading']),
      read: z.number().int(),
      total: z.number().int(),
      elapsedMs: z.number(),
    }),
    'batch.reply': z.object({ jobId: z.string(), reply: batchReply }),
    'engine.log': z.object({ level: z.string(), message: z.string() }),
  },
} as const satisfies Contract;
export type EngineContract = typeof engineContract;
