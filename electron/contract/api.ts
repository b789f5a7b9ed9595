/** Keys by which other programs on this machine get replies: what a key may do, and what is known of it. Keys themselves are told once and kept as hashes. */
import { z } from 'zod';
import { id, timestamp } from './conversation.ts';
import { errorShape } from './errors.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();

/** What a key is called in lists and in the refusal log: letters, digits and a few signs, so that no name can look like anything else. */
export const apiKeyName = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._@+-]*$/u, 'letters, digits, spaces and . _ @ + - only, a letter or digit first');

export const apiKeyScope = z
  .object({
    /** Models as `GET /v1/models` names them; null: any that is loaded. */
    models: z.array(z.string().min(1).max(300)).min(1).max(100).nullable(),
    /** Null: as many as the queue takes. */
    requestsPerMinute: z.number().int().min(1).max(6000).nullable(),
    /** Whether the refusal log keeps the texts of its requests, where the policies let it. */
    logText: z.boolean(),
    /** What programs are told that a steered refusal ended by: some take `content_filter` for a failure. */
    refusalFinishReason: z.enum(['content_filter', 'stop']),
  })
  .strict();
export type ApiKeyScope = z.infer<typeof apiKeyScope>;

export const DEFAULT_API_KEY_SCOPE: ApiKeyScope = {
  models: null,
  requestsPerMinute: null,
  logText: true,
  refusalFinishReason: 'content_filter',
};

export const apiKey = z.object({
  id,
  name: apiKeyName,
  /** How the key begins, to tell it from others. */
  hint: z.string(),
  scope: apiKeyScope,
  createdAt: timestamp,
  /** To about a minute; null: never. */
  usedAt: timestamp.nullable(),
  /** Null: it opens. */
  revokedAt: timestamp.nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

/** Where programs reach it, unless it is told otherwise: easy to remember, and nobody's by custom. */
export const DEFAULT_API_PORT = 8188;

/** Whether the app itself answers programs, and where. */
export const apiServing = z.object({ on: z.boolean(), port: z.number().int().min(1024).max(65_535) }).strict();
export type ApiServing = z.infer<typeof apiServing>;

export const apiState = apiServing.extend({
  /** What programs call the base URL; null while nothing is served. */
  baseUrl: z.string().nullable(),
  /** Why it is switched on and does not serve. */
  problem: errorShape.nullable(),
});
export type ApiState = z.infer<typeof apiState>;

/** Behind the lock. */
export const apiRequests = {
  'api.state': { input: nothing, output: apiState },
  /** Switches it on or off, from now on and for later starts. @throws `policy` where the policies forbid it */
  'api.serve': { input: apiServing, output: apiState },
  /** Newest first, revoked ones included. */
  'api.keys': { input: nothing, output: z.array(apiKey) },
  /** The answer is the only place where the key ever stands. @throws `bad-input` for a name that is none, `conflict` for one that is taken */
  'api.keys.create': {
    input: z.object({ name: z.string().max(200), scope: apiKeyScope.partial().strict() }).strict(),
    output: z.object({ key: z.string(), about: apiKey }),
  },
  /** @throws `not-found` */
  'api.keys.revoke': { input: z.object({ name: z.string().max(200) }).strict(), output: apiKey },
} as const satisfies Contract['requests'];

export const apiEvents = { 'api.changed': apiState } as const satisfies Contract['events'];
