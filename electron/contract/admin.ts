/** The admin area as the page sees it: the lock, the policies, and which requests and events stay behind the lock. */
import { z } from 'zod';
import { apiEvents, apiRequests } from './api.ts';
import { calibrationEvents, calibrationRequests } from './calibration.ts';
import { correctionEvents, correctionRequests } from './corrections.ts';
import { timestamp } from './conversation.ts';
import { errorShape } from './errors.ts';
import { evaluationEvents, evaluationRequests } from './evaluation.ts';
import { playgroundEvents, playgroundRequests } from './playground.ts';
import { profileEvents, profileRequests } from './profiles.ts';
import { promptFileRequests } from './prompt-files.ts';
import { refusalAdminEvents, refusalAdminRequests, refusalReadEvents, refusalReadRequests } from './refusals.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();

/** In characters, after Unicode normalisation (NFKC). */
export const MIN_PASSPHRASE_LENGTH = 8;
export const MAX_PASSPHRASE_LENGTH = 1024;

// ── Policies ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The descriptions are what the schema of policy files says (`resources/policy.schema.json`). */
export const policyValues = z
  .object({
    steering: z
      .enum(['mandatory', 'switchable'])
      .describe('mandatory: every reply is steered. switchable: a user may switch steering off until Steady ends; replies then say so.'),
    unprotectedChat: z
      .enum(['user-choice', 'forbidden'])
      .describe('Chat while protection is off (no profile, a damaged one): by the setting of each user, or never.'),
    allowedModels: z
      .array(z.string().regex(/^[\w.-]{1,200}$/))
      .max(1000)
      .nullable()
      .describe('Catalogue ids and SHA-256 hashes (hex) of the model files that may be used. null: any.'),
    retentionDays: z
      .number()
      .int()
      .min(1)
      .max(36_500)
      .nullable()
      .describe('Days after which an entry of the refusal log is removed, leaving a tombstone. null: never.'),
    onConversationDeleted: z
      .enum(['keep', 'keep-without-text', 'remove'])
      .describe("What becomes of a conversation's refusals when it is deleted: kept, kept without text, or removed with a tombstone."),
    logVisibility: z.enum(['admin', 'everyone']).describe('Who may read the refusal log on this machine.'),
    storePromptText: z
      .boolean()
      .describe('Whether the refusal log keeps the text of prompt and reply (true), or their hashes and the scores alone (false).'),
    idleLockMinutes: z.number().int().min(1).max(1440).describe('Minutes without anybody at the admin area after which it locks.'),
    protectModels: z
      .enum(['everyone', 'admin'])
      .describe(
        'Who may have a model without a profile protected: everyone, by one button and with the built-in prompts, or the admin alone.',
      ),
    useAskedPrompts: z
      .boolean()
      .describe('Whether the admin may read a sample of what people asked here, and was answered, to calibrate with it.'),
    api: z
      .enum(['forbidden', 'loopback', 'network'])
      .describe('Whether other programs that have a key get replies: none, those of this machine, or also those of other machines.'),
    apiRawText: z
      .enum(['forbidden', 'allowed'])
      .describe('Whether programs may have plain text gone on with, without the form of a chat, where protection was never measured.'),
    signingKeys: z
      .array(z.string().regex(/^RW[A-Za-z0-9+/]{54}$/))
      .max(10)
      .nullable()
      .describe(
        'Public keys of minisign. Where there are any, a profile protects only if one of them signed it. null: signatures are not asked for.',
      ),
    logWitness: z
      .string()
      .min(1)
      .max(4096)
      .nullable()
      .describe('A folder outside this machine, to which the head of the refusal log is appended, signed. An absolute path. null: none.'),
  })
  .strict();
export type PolicyValues = z.infer<typeof policyValues>;
export type PolicyName = keyof PolicyValues;
export const POLICY_NAMES = Object.keys(policyValues.shape) as PolicyName[];

/** Where a value in force comes from. */
export const policySource = z.enum(['default', 'admin', 'file']);
export type PolicySource = z.infer<typeof policySource>;

/** A policy file: any of the policies, and the version of its format. */
export const policyFile = policyValues
  .partial()
  .extend({ $schema: z.string().optional(), version: z.literal(1).describe('The version of this format.') })
  .strict();

export const policyState = z.object({
  /** What is in force. */
  values: policyValues,
  sources: z.record(z.enum(POLICY_NAMES as [PolicyName, ...PolicyName[]]), policySource),
  /** Policy files that were found, the strongest first. */
  files: z.array(z.string()),
  /** Set when a policy file is damaged: nothing can be chatted with until it is mended. */
  problem: errorShape.nullable(),
});
export type PolicyState = z.infer<typeof policyState>;

/** What every user may know of the policies. */
export const publicPolicies = policyValues.pick({
  steering: true,
  unprotectedChat: true,
  logVisibility: true,
  storePromptText: true,
  onConversationDeleted: true,
  protectModels: true,
  useAskedPrompts: true,
});
export type PublicPolicies = z.infer<typeof publicPolicies>;

// ── The lock ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export const adminState = z.object({
  /** `undecided`: nobody has chosen yet whether there is to be a passphrase. */
  passphrase: z.enum(['undecided', 'none', 'set']),
  /** Whether this connection may use the admin area. */
  unlocked: z.boolean(),
  /** No passphrase is tried before this time. Null: one may be tried now. */
  retryAt: timestamp.nullable(),
  idleLockMinutes: z.number().int(),
  policies: publicPolicies,
  /** See `policyState`. */
  problem: errorShape.nullable(),
});
export type AdminState = z.infer<typeof adminState>;

/** One thing that was done to the lock or the policies, newest first in a list. */
export const adminEvent = z.object({
  at: timestamp,
  kind: z.enum(['chosen', 'changed', 'removed', 'reset', 'refused', 'policies', 'api']),
  /** One sentence for a person. */
  detail: z.string(),
});
export type AdminEvent = z.infer<typeof adminEvent>;

const typed = z.string().max(MAX_PASSPHRASE_LENGTH);
const chosen = z.string().min(1).max(MAX_PASSPHRASE_LENGTH).nullable();

/** Open to every connection. */
export const lockRequests = {
  'admin.state': { input: nothing, output: adminState },
  /** The first choice: a passphrase, or null for none. @throws `conflict` once it was made, `bad-input` for one too short. */
  'admin.choose': { input: z.object({ passphrase: chosen }).strict(), output: adminState },
  /** @throws `unauthorized` for a wrong passphrase; `busy` while none is tried, with `details.retryAt`. */
  'admin.unlock': { input: z.object({ passphrase: typed }).strict(), output: adminState },
  'admin.lock': { input: nothing, output: adminState },
  /** Somebody is at the admin area. It locks when this is not said for `idleLockMinutes`. */
  'admin.touch': { input: nothing, output: nothing },
} as const satisfies Contract['requests'];

/** Behind the lock. */
export const adminAreaRequests = {
  /** Sets, changes or (null) removes the passphrase. `current` is null where there is none. Locks every other connection. */
  'admin.changePassphrase': { input: z.object({ current: typed.nullable(), next: chosen }).strict(), output: adminState },
  'admin.policies': { input: nothing, output: policyState },
  /** @throws `policy` for a value that a policy file sets; nothing is changed then. */
  'admin.setPolicies': { input: policyValues.partial().strict(), output: policyState },
  'admin.events': { input: z.object({ limit: z.number().int().min(1).max(200) }).strict(), output: z.array(adminEvent) },
} as const satisfies Contract['requests'];

/** Open to every connection. */
export const steeringRequests = {
  /** Switches steering off or on again, for all chats, until the app ends. @throws `policy` where the policy `steering` forbids it. */
  'protection.switch': { input: z.object({ on: z.boolean() }).strict(), output: nothing },
} as const satisfies Contract['requests'];

export const adminRequests = { ...lockRequests, ...adminAreaRequests } as const satisfies Contract['requests'];

export const adminEvents = {
  /** The lock of this connection, or what it should know of the policies, changed. */
  'admin.changed': adminState,
} as const satisfies Contract['events'];

/**
 * Requests that answer `locked` on a connection that has not unlocked the admin area. An area adds its requests here by
 * name; a whole area is best added with `Object.keys`, so that a request that is added later starts out behind the lock.
 */
export const ADMIN_REQUESTS: ReadonlySet<string> = new Set([
  ...Object.keys(adminAreaRequests),
  ...Object.keys(apiRequests),
  ...Object.keys(promptFileRequests),
  ...Object.keys(calibrationRequests),
  ...Object.keys(correctionRequests),
  ...Object.keys(evaluationRequests),
  ...Object.keys(playgroundRequests),
  ...Object.keys(profileRequests),
  ...Object.keys(refusalReadRequests),
  ...Object.keys(refusalAdminRequests),
]);

/** Those of `ADMIN_REQUESTS` that are open to everyone where the policy `logVisibility` says so: reading the refusal log. */
export const LOG_READ_REQUESTS: ReadonlySet<string> = new Set(Object.keys(refusalReadRequests));

/** Events that are heard only by connections that have unlocked the admin area. */
export const ADMIN_EVENTS: ReadonlySet<string> = new Set([
  ...Object.keys(apiEvents),
  ...Object.keys(calibrationEvents),
  ...Object.keys(correctionEvents),
  ...Object.keys(evaluationEvents),
  ...Object.keys(playgroundEvents),
  ...Object.keys(profileEvents),
  ...Object.keys(refusalReadEvents),
  ...Object.keys(refusalAdminEvents),
]);

/** Those of `ADMIN_EVENTS` that everyone hears where the policy `logVisibility` says so. */
export const LOG_READ_EVENTS: ReadonlySet<string> = new Set(Object.keys(refusalReadEvents));
