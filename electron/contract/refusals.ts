/** The refusal log as the page sees it: rows with their reviews, filters, numbers over time, exports, and proof of the chain. */
import { z } from 'zod';
import { id, layerScore, timestamp, verdict } from './conversation.ts';
import { errorShape } from './errors.ts';
import { heatedReading } from './gate-reading.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();
/** A row's number in the log. Rows of other kinds (reviews, tombstones) take numbers too, so refusals have gaps. */
export const refusalSeq = z.number().int().min(1);

/** The longest piece of an export that one request carries, in bytes before base64. */
export const EXPORT_CHUNK_BYTES = 1024 * 1024;
/** The longest beginning of a text that a list carries, in UTF-16 units; `refusals.get` answers with all of it. */
export const PREVIEW_LENGTH = 400;
/** The longest note of a review, in UTF-16 units. */
export const MAX_NOTE_LENGTH = 4000;

/**
 * How far the gate must have opened for a refusal to be the steering's, or an answer to be one in spite of it. The profile decides what
 * that means in scores: a gate of 0 is its threshold τ, a gate of 1 is τ and its rise, and this is half way up.
 */
export const STEERED_FROM_GATE = 0.5;

/**
 * Why a row is in the log. The profile's thresholds decide how far the gate opened (`topGate`):
 * `steered`: refused, and steering pushed with at least half its strength. `both`: refused, and steering pushed with less.
 * `model`: refused, and steering added exactly nothing or was not there. `answered`: steering pushed with at least
 * half its strength, and the reply is no refusal; such rows are logged and are not counted as refusals.
 */
export const loggedCause = z.enum(['steered', 'model', 'both', 'answered']);
export type LoggedCause = z.infer<typeof loggedCause>;

/** `right`: it should have been refused (for `answered`: should have been answered). `wrong`: it should not. */
export const judgement = z.enum(['right', 'wrong', 'unsure']);
export type Judgement = z.infer<typeof judgement>;

/** A person's word on a row. Later reviews win; earlier ones stay in the log. */
export const review = z.object({
  /** The review's own number in the log. */
  seq: refusalSeq,
  judgement,
  /** Null where it was removed together with the row's text. */
  note: z.string().nullable(),
  createdAt: timestamp,
});
export type Review = z.infer<typeof review>;

/** `stored`: here. `hashed`: by policy only a salted hash was ever kept. `removed`: a tombstone in the log says when and why. */
export const textState = z.enum(['stored', 'hashed', 'removed']);
export type TextState = z.infer<typeof textState>;

const identity = z.object({ sha256, name: z.string() });

/** A row as lists show it. */
export const refusal = z.object({
  seq: refusalSeq,
  createdAt: timestamp,
  conversationId: id,
  /** The reply. */
  messageId: id,
  cause: loggedCause,
  verdict,
  /** The highest c_l of any layer that reads, and the widest gate; null where nothing was scored. */
  topScore: z.number().nullable(),
  topGate: z.number().nullable(),
  model: identity,
  /** Null when no profile was applied. */
  profile: identity.nullable(),
  /** The name of the key through which another program asked; null: a person in Steady itself. */
  source: z.string().nullable(),
  text: textState,
  /** The beginnings; null unless `text` is `stored`. */
  prompt: z.string().nullable(),
  reply: z.string().nullable(),
  /** Around the match of a full-text query, marked with U+E000 … U+E001. Null without a query. */
  snippet: z.string().nullable(),
  review: review.nullable(),
  /** When the user said that it was wrong. */
  reportedAt: timestamp.nullable(),
  /** Since when it is in the next calibration's benign set; null: it is not in it. */
  benignAt: timestamp.nullable(),
  /** It is in the benign set although its judgement does not say that it was wrongly refused: warn. */
  benignOverride: z.boolean(),
});
export type Refusal = z.infer<typeof refusal>;

/** A row with everything that is known of it. `prompt` and `reply` are whole. */
export const refusalDetail = refusal.extend({
  scores: z.array(layerScore),
  /** What the gate read of the prompt; its `heat` is null where the text is not there. */
  reading: heatedReading.nullable(),
  /** What the user wrote with the report; null without one. */
  reportNote: z.string().nullable(),
  /** Every review, newest first. */
  reviews: z.array(review),
  /** SHA-256 of salt and text, as the chain holds them. */
  promptHash: sha256,
  replyHash: sha256,
  /** The row's place in the chain. */
  hash: sha256,
  prevHash: sha256,
  /** Why and when the text went. */
  removed: z.object({ reason: z.enum(['conversation-deleted', 'retention', 'admin']), at: timestamp }).nullable(),
  /** Whether the conversation can still be opened. */
  conversationExists: z.boolean(),
});
export type RefusalDetail = z.infer<typeof refusalDetail>;

/** What rows are wanted. What is left out does not filter; lists are alternatives. */
export const refusalFilter = z
  .object({
    /** Milliseconds since the epoch: from (inclusive), to (exclusive). */
    from: timestamp.optional(),
    to: timestamp.optional(),
    models: z.array(sha256).max(100).optional(),
    /** `none`: no profile was applied. */
    profiles: z
      .array(z.union([sha256, z.literal('none')]))
      .max(100)
      .optional(),
    causes: z.array(loggedCause).optional(),
    verdicts: z.array(verdict).optional(),
    /** Bounds of `topScore`, both inclusive. Rows without scores are left out. */
    minScore: z.number().optional(),
    maxScore: z.number().optional(),
    /** The last review; `none`: not reviewed yet. */
    reviews: z.array(z.union([judgement, z.literal('none')])).optional(),
    /** Only those that the user reported, or only those that nobody did. */
    reported: z.boolean().optional(),
    /** Only those in the benign set, or only those outside. */
    benign: z.boolean().optional(),
    conversationId: id.optional(),
    /** Words that must all occur in the prompt or the reply; the last one may be unfinished. */
    query: z.string().max(500).optional(),
  })
  .strict();
export type RefusalFilter = z.infer<typeof refusalFilter>;

/** A value that rows can be filtered by, and how many rows have it. */
const facet = z.object({ value: z.string(), name: z.string(), count });

export const refusalFacets = z.object({
  total: count,
  /** Most frequent first. */
  models: z.array(facet),
  /** `value` is `none` for rows without a profile. */
  profiles: z.array(facet),
  causes: z.record(loggedCause, count),
  verdicts: z.record(verdict, count),
  reviews: z.record(z.enum(['right', 'wrong', 'unsure', 'none']), count),
  reported: count,
  benign: count,
  firstAt: timestamp.nullable(),
  lastAt: timestamp.nullable(),
  /** Of all rows that have one. */
  minScore: z.number().nullable(),
  maxScore: z.number().nullable(),
});
export type RefusalFacets = z.infer<typeof refusalFacets>;

export const refusalDay = z.object({
  /** YYYY-MM-DD in the time zone that was asked for. */
  day: z.string(),
  /** Rows by cause. */
  causes: z.record(loggedCause, count),
  /** Refusals: all but `answered`. */
  refused: count,
  /** Refusals whose last review is right, wrong, unsure. */
  right: count,
  wrong: count,
  unsure: count,
  /** wrong / (right + wrong); null when nothing was judged. */
  wrongShare: z.number().nullable(),
  /** Mean of `topScore` of the refusals that have one. */
  meanTopScore: z.number().nullable(),
});
export type RefusalDay = z.infer<typeof refusalDay>;

// ── Proof ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is wrong with the log. `seq` is the row it shows at. */
export const chainFault = z.object({
  kind: z.enum([
    'missing', // a number is not there
    'changed', // a row does not hash to what it says
    'order', // a row does not continue the one before
    'added', // a row that the log does not know
    'text-changed', // a text does not hash to what the row says
    'text-missing', // a text is gone and no tombstone says why
    'state', // a review or a removal that is shown is not the one in the log
    'trigger', // a trigger or an index that guards the log is not as it was made
    'search', // the search index did not hold what the log holds; it was made anew
    'admin', // an event of the admin area was changed or is missing
    'head', // the log ends before, or differs from, the head that was recorded outside it
  ]),
  seq: z.number().int().nullable(),
  /** One sentence for a person. */
  message: z.string(),
});
export type ChainFault = z.infer<typeof chainFault>;

export const chainState = z.object({
  status: z.enum(['unchecked', 'checking', 'ok', 'broken']),
  checked: count,
  total: count,
  /** Number and hash of the last row. Noted elsewhere, they prove later that nothing before them was changed. */
  headSeq: count,
  head: sha256,
  /** The first ones, at most 100. */
  faults: z.array(chainFault),
  checkedAt: timestamp.nullable(),
  /** One sentence for a person. */
  message: z.string(),
});
export type ChainState = z.infer<typeof chainState>;

// ── Export ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export const exportFormat = z.enum(['csv', 'jsonl', 'bundle']);
export type ExportFormat = z.infer<typeof exportFormat>;

export const refusalExport = z.object({
  exportId: id,
  format: exportFormat,
  state: z.enum(['running', 'done', 'cancelled', 'failed']),
  /** Rows written, and rows that fit the filter. */
  done: count,
  total: count,
  bytes: count,
  fileName: z.string(),
  /** Where the finished file lies on the app's machine; null before. */
  path: z.string().nullable(),
  startedAt: timestamp,
  secondsLeft: z.number().nullable(),
  error: errorShape.nullable(),
  /** Of a finished bundle: the chain's head in it and the fingerprint of the key that signed it. */
  bundle: z.object({ headSeq: count, head: sha256, fingerprint: z.string() }).nullable(),
});
export type RefusalExport = z.infer<typeof refusalExport>;

const exportId = z.object({ exportId: id }).strict();
const bySeq = z.object({ seq: refusalSeq }).strict();

/** For the user who got the reply; open to every connection. */
export const refusalUserRequests = {
  /** "This refusal was wrong": kept in the log for the admin to see. Twice is fine. @throws `not-found` for a reply that is not in the log. */
  'refusals.report': {
    input: z.object({ messageId: id, note: z.string().max(MAX_NOTE_LENGTH).optional() }).strict(),
    output: z.object({ messageId: id, reportedAt: timestamp }),
  },
  /** Takes a report back. @throws `not-found` */
  'refusals.report.withdraw': { input: z.object({ messageId: id }).strict(), output: nothing },
  /** Which replies of a conversation were reported. */
  'refusals.reported': { input: z.object({ conversationId: id }).strict(), output: z.object({ messageIds: z.array(id) }) },
} as const satisfies Contract['requests'];

/** Reading the log: behind the lock, unless the policy says that everyone may. */
export const refusalReadRequests = {
  /**
   * Newest first. `before` is the `seq` of the last row seen. `total` counts what fits the filter; it is null unless
   * `withTotal` asks for it.
   */
  'refusals.list': {
    input: z
      .object({
        filter: refusalFilter,
        limit: z.number().int().min(1).max(200),
        before: refusalSeq.nullable(),
        withTotal: z.boolean().optional(),
      })
      .strict(),
    output: z.object({ rows: z.array(refusal), total: count.nullable() }),
  },
  'refusals.get': { input: bySeq, output: refusalDetail },
  'refusals.facets': { input: nothing, output: refusalFacets },
  /** Days without rows are left out, oldest first. */
  'refusals.stats': {
    input: z
      .object({
        filter: refusalFilter,
        /** Minutes east of UTC, as `-new Date().getTimezoneOffset()` says. */
        utcOffsetMinutes: z
          .number()
          .int()
          .min(-14 * 60)
          .max(14 * 60),
      })
      .strict(),
    output: z.object({ days: z.array(refusalDay) }),
  },
  /** What the last check said; the app checks by itself at start. */
  'refusals.chain': { input: nothing, output: chainState },
} as const satisfies Contract['requests'];

/** Behind the lock, always. */
export const refusalAdminRequests = {
  /**
   * The benign set follows: a refusal judged `wrong` is put in where its text is stored, one judged `right` or `unsure` is
   * taken out. Another note to the same judgement leaves the set as it is.
   */
  'refusals.review': {
    input: z.object({ seq: refusalSeq, judgement, note: z.string().max(MAX_NOTE_LENGTH) }).strict(),
    output: refusal,
  },
  /**
   * Puts a refusal into the next calibration's benign set. One that was not judged, or as unsure, is judged as wrong; one
   * judged `right` stays so and has `benignOverride`, until it is judged again. @throws `conflict` where its text is not
   * stored, and for `answered`.
   */
  'refusals.benignSet.add': { input: bySeq, output: refusal },
  'refusals.benignSet.remove': { input: bySeq, output: refusal },
  'refusals.benignSet.list': {
    input: z.object({ limit: z.number().int().min(1).max(200), before: refusalSeq.nullable() }).strict(),
    output: z.object({ rows: z.array(refusal), total: count }),
  },
  /** Removes a row's text, or the whole row, leaving a tombstone in the chain. */
  'refusals.remove': { input: z.object({ seq: refusalSeq, what: z.enum(['text', 'row']) }).strict(), output: nothing },
  /** Checks the whole log anew; answers when done. Progress arrives as `refusals.chain`. A check under way is joined. */
  'refusals.verify': { input: nothing, output: chainState },
  /** Starts writing a file; answers at once. Progress and the end arrive as `refusals.export`. @throws `busy` while another runs. */
  'refusals.export.start': {
    input: z.object({ format: exportFormat, filter: refusalFilter, includePrompts: z.boolean(), includeReplies: z.boolean() }).strict(),
    output: refusalExport,
  },
  'refusals.export.cancel': { input: exportId, output: refusalExport },
  /** Those of this run of the app, newest first. */
  'refusals.export.list': { input: nothing, output: z.array(refusalExport) },
  /** A piece of a finished file. `done`: there is nothing after it. */
  'refusals.export.read': {
    input: z.object({ exportId: id, offset: count }).strict(),
    output: z.object({ base64: z.string(), bytes: count, total: count, done: z.boolean() }),
  },
  /** Deletes a finished file. */
  'refusals.export.discard': { input: exportId, output: nothing },
} as const satisfies Contract['requests'];

export const refusalRequests = {
  ...refusalUserRequests,
  ...refusalReadRequests,
  ...refusalAdminRequests,
} as const satisfies Contract['requests'];

export const refusalReadEvents = {
  /** Rows were added, reviewed, reported, sent to the benign set or removed. `seqs` is empty when there are too many to name. */
  'refusals.changed': z.object({ kind: z.enum(['added', 'reviewed', 'reported', 'benign', 'removed']), seqs: z.array(refusalSeq) }),
  'refusals.chain': chainState,
} as const satisfies Contract['events'];

export const refusalAdminEvents = {
  'refusals.export': refusalExport,
} as const satisfies Contract['events'];

export const refusalEvents = { ...refusalReadEvents, ...refusalAdminEvents } as const satisfies Contract['events'];
