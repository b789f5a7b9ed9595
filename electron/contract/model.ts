/** Models, the engine and protection, as the page sees them. */
import { z } from 'zod';
import { errorShape } from './errors.ts';
import { reasoningChoice, sampling, timestamp } from './conversation.ts';

export const modelStatus = z.enum(['available', 'downloading', 'ready', 'damaged', 'missing']);

/** A model that can be chosen: from the catalogue, or a GGUF file of the user's own (`source: 'file'`). */
export const modelEntry = z.object({
  id: z.string(),
  name: z.string(),
  source: z.enum(['catalogue', 'file']),
  description: z.string(),
  bytes: z.number().int(),
  status: modelStatus,
  path: z.string().nullable(),
  sha256: z.string().nullable(),
  licence: z.string().nullable(),
  /** Whether a profile for exactly this file is at hand. */
  hasProfile: z.boolean(),
  /** What an unfinished download left, in bytes; absent where there is none. */
  partialBytes: z.number().int().optional(),
  /** How its maker would have its tokens drawn; absent where nothing is known of that. */
  sampling: sampling.optional(),
  /** False: the admin's policies forbid it. */
  allowed: z.boolean().optional(),
});
export type ModelEntry = z.infer<typeof modelEntry>;

/** What loading a model would take here, from its header alone. */
export const modelEstimate = z.object({
  fits: z.boolean(),
  /** One sentence for a person. */
  verdict: z.string(),
  ramBytes: z.number(),
  vramBytes: z.number(),
  /** Of `ramBytes`, what is kept to go back to earlier turns, at most; 0 for models that need nothing for it. */
  checkpointBytes: z.number(),
  contextSize: z.number().int(),
  gpuLayers: z.number().int(),
  totalLayers: z.number().int(),
  /** The same with other context sizes, where those were asked for. */
  contexts: z.array(z.object({ contextSize: z.number().int(), bytes: z.number(), fits: z.boolean() })).optional(),
});
export type ModelEstimate = z.infer<typeof modelEstimate>;

export const downloadProgress = z.object({
  modelId: z.string(),
  state: z.enum(['downloading', 'verifying', 'done', 'cancelled', 'failed']),
  receivedBytes: z.number(),
  totalBytes: z.number(),
  bytesPerSecond: z.number().nullable(),
  source: z.string().nullable(),
  error: errorShape.nullable(),
});
export type DownloadProgress = z.infer<typeof downloadProgress>;

/** Where the model runs, for a person: the GPU and layers offloaded, or why it is on the CPU. */
export const computeInfo = z.object({
  device: z.enum(['cpu', 'cuda', 'vulkan', 'metal']),
  deviceName: z.string().nullable(),
  gpuLayers: z.number().int(),
  totalLayers: z.number().int(),
  threads: z.number().int(),
  reason: z.string(),
});
export type ComputeInfo = z.infer<typeof computeInfo>;

export const engineState = z.object({
  status: z.enum(['idle', 'starting', 'loading', 'ready', 'crashed', 'failed']),
  modelId: z.string().nullable(),
  modelName: z.string().nullable(),
  /** 0…1 while loading. */
  loadProgress: z.number().nullable(),
  contextSize: z.number().int().nullable(),
  compute: computeInfo.nullable(),
  /** What can be chosen of the model's reasoning; null or absent: it is not known to reason. */
  reasoningChoices: z.array(reasoningChoice).nullable().optional(),
  error: errorShape.nullable(),
});
export type EngineState = z.infer<typeof engineState>;

/** Before any model was chosen. */
export const IDLE_ENGINE: EngineState = {
  status: 'idle',
  modelId: null,
  modelName: null,
  loadProgress: null,
  contextSize: null,
  compute: null,
  error: null,
};

export const protectionReason = z.enum([
  'no-model',
  'no-profile',
  'profile-damaged',
  'profile-mismatch',
  'not-steerable',
  /** The profile was tried on the model, and did not do what it says. */
  'self-test-failed',
  /** The policies ask for a signature, and it has none that counts. */
  'unsigned',
  'switched-off',
  'policy',
]);

/** Whether replies are steered right now, and what that means for chatting. Never silently off. */
export const protectionState = z.object({
  status: z.enum(['on', 'off', 'pending']),
  reason: protectionReason.nullable(),
  /** One sentence for a person. */
  message: z.string(),
  chatAllowed: z.boolean(),
  profile: z
    .object({ name: z.string(), sha256: z.string(), createdAt: timestamp, layers: z.array(z.number().int()), strength: z.number() })
    .nullable(),
});
export type ProtectionState = z.infer<typeof protectionState>;
