/** What the rows of the refusal log hold: the bodies that are hashed, by kind. Changing a shape here breaks nothing only if old rows still fit. */
import { z } from 'zod';
import {
  gateReading,
  id,
  judgement,
  layerScore,
  loggedCause,
  timestamp,
  tokenHeat,
  verdict,
  type Judgement,
  type LoggedCause,
  type TokenHeat,
} from '../../contract/index.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

export const refusalBody = z.strictObject({
  kind: z.literal('refusal'),
  conversationId: id,
  messageId: id,
  cause: loggedCause,
  verdict,
  scores: z.array(layerScore),
  /** What the gate read; absent in rows of earlier versions and where nothing was read token by token. */
  reading: gateReading.optional(),
  profileSha256: sha256.nullable(),
  profileName: z.string().nullable(),
  modelSha256: sha256,
  modelName: z.string(),
  createdAt: timestamp,
  /** Whether the texts were kept; where they were not, the salts are here. */
  text: z.enum(['stored', 'hashed']),
  promptHash: sha256,
  replyHash: sha256,
  /** Of the tokens' scores, which are kept beside the texts. */
  heatHash: sha256.optional(),
  promptSalt: sha256.optional(),
  replySalt: sha256.optional(),
  /** The name of the key through which another program asked. Absent: a person in Steady itself. */
  source: z.string().optional(),
  /** A row that was written before hashes were salted, and its place in that chain. */
  firstVersion: z.strictObject({ seq: z.number().int(), prevHash: z.string(), hash: z.string() }).optional(),
});
export type RefusalBody = z.infer<typeof refusalBody>;

export const reviewBody = z.strictObject({ kind: z.literal('review'), judgement, noteHash: sha256, createdAt: timestamp });
/** The user's word that it was wrong, or (`withdrawn`) that they take it back. Without a comment there is no hash of one. */
export const reportBody = z.strictObject({
  kind: z.literal('report'),
  createdAt: timestamp,
  noteHash: sha256.optional(),
  withdrawn: z.literal(true).optional(),
});
export const benignBody = z.strictObject({ kind: z.literal('benign'), action: z.enum(['add', 'remove']), createdAt: timestamp });

/** Says that the texts, or the whole rows with everything about them, of these refusals were removed. */
export const tombstoneBody = z.strictObject({
  kind: z.literal('tombstone'),
  what: z.enum(['text', 'row']),
  reason: z.enum(['conversation-deleted', 'retention', 'admin']),
  refusals: z.array(z.number().int().min(1)).min(1).max(500),
  createdAt: timestamp,
});
export type TombstoneBody = z.infer<typeof tombstoneBody>;

/** Closes the rows that were taken over from version 1: how many there were, and how many there had ever been. */
export const migrationBody = z.strictObject({
  kind: z.literal('migration'),
  from: z.literal(1),
  rows: z.number().int(),
  given: z.number().int(),
  head: z.string(),
});

/** A person accepted the log although the head recorded outside it did not fit. */
export const headBody = z.strictObject({ kind: z.literal('head'), recorded: z.string(), createdAt: timestamp });

export const entryBody = z.discriminatedUnion('kind', [
  refusalBody,
  reviewBody,
  reportBody,
  benignBody,
  tombstoneBody,
  migrationBody,
  headBody,
]);
export type EntryBody = z.infer<typeof entryBody>;

/** A row of `refusal_log` as it is stored. */
export interface StoredEntry {
  seq: number;
  kind: string;
  about: number | null;
  body: string | null;
  body_hash: string;
  hash: string;
}

/** The scores of tokens as they are stored. Null for what was tampered with: the check of the log says so, and the row can still be read. */
export function heatIn(json: string | null): TokenHeat | null {
  if (json === null) return null;
  try {
    return tokenHeat.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

/** Of scores, the highest score and the widest gate; nulls for none. */
export function topOf(scores: readonly { score: number; gate: number }[]): { topScore: number | null; topGate: number | null } {
  if (scores.length === 0) return { topScore: null, topGate: null };
  return { topScore: Math.max(...scores.map(({ score }) => score)), topGate: Math.max(...scores.map(({ gate }) => gate)) };
}

/**
 * Whether a judgement makes a row's prompt one that must be answered. Of an answer, `wrong` says that it should have been
 * refused.
 */
export function isWrongRefusal(cause: LoggedCause, judgement: Judgement | null): boolean {
  return cause !== 'answered' && judgement === 'wrong';
}
