/** Rows of the refusal log as exports have them, in the order of the log, page by page. */
import type { Database } from 'better-sqlite3';
import type { GateReading, LayerScore, LoggedCause, RefusalFilter, TextState, TokenHeat, Verdict } from '../../../contract/index.ts';
import { GENESIS } from '../chain.ts';
import type { RefusalBody } from '../entries.ts';
import { heatIn, topOf } from '../entries.ts';
import { whereOf } from '../filter.ts';

export interface ExportRow {
  seq: number;
  createdAt: number;
  conversationId: string;
  messageId: string;
  cause: LoggedCause;
  verdict: Verdict;
  topScore: number | null;
  topGate: number | null;
  scores: LayerScore[];
  /** What the gate read; null where nothing was read token by token. `heat` goes with the prompt. */
  reading: GateReading | null;
  heat: TokenHeat | null;
  modelSha256: string;
  modelName: string;
  profileSha256: string | null;
  profileName: string | null;
  source: string | null;
  text: TextState;
  /** Null where it is not stored, or was left out of the export. */
  prompt: string | null;
  reply: string | null;
  promptHash: string;
  replyHash: string;
  review: { judgement: string; note: string | null; createdAt: number | null } | null;
  reportedAt: number | null;
  benignAt: number | null;
  prevHash: string;
  hash: string;
}

interface Stored {
  seq: number;
  body: string;
  hash: string;
  prev: string | null;
  prompt: string | null;
  reply: string | null;
  heat: string | null;
  review: string | null;
  note: string | null;
  reviewedAt: number | null;
  reportedAt: number | null;
  benignAt: number | null;
  tombstone: number | null;
}

/** A reader of the rows that fit a filter, up to `last`; each call answers the next `limit`, in ascending order. */
export function exportRows(
  db: Database,
  options: { filter: RefusalFilter; last: number; includePrompts: boolean; includeReplies: boolean },
) {
  const where = whereOf(options.filter);
  const next = db.prepare<[object], Stored>(
    `SELECT w.seq AS seq, l.body AS body, l.hash AS hash, p.hash AS prev, x.prompt AS prompt, x.reply AS reply, x.heat AS heat, q.review AS review,
       n.note AS note, json_extract(v.body, '$.createdAt') AS reviewedAt, q.reported_at AS reportedAt, q.benign_at AS benignAt,
       q.tombstone_seq AS tombstone
     FROM (SELECT r.seq AS seq FROM ${where.from} WHERE ${where.sql} AND ${where.order} > @after AND ${where.order} <= @last
           ORDER BY ${where.order} LIMIT @limit) w
     CROSS JOIN refusals q ON q.seq = w.seq CROSS JOIN refusal_log l ON l.seq = w.seq LEFT JOIN refusal_log p ON p.seq = w.seq - 1
     LEFT JOIN refusal_texts x ON x.seq = w.seq LEFT JOIN refusal_notes n ON n.seq = q.review_seq LEFT JOIN refusal_log v ON v.seq = q.review_seq
     ORDER BY w.seq`,
  );
  let after = 0;
  return (limit: number): ExportRow[] => {
    const rows = next.all({ ...where.values, after, last: options.last, limit });
    after = rows.at(-1)?.seq ?? after;
    return rows.map((row) => toExportRow(row, options));
  };
}

/** What a refusal's own entry says, wherever the log lies. */
export function loggedFacts(seq: number, body: RefusalBody) {
  return {
    seq,
    createdAt: body.createdAt,
    conversationId: body.conversationId,
    messageId: body.messageId,
    cause: body.cause,
    verdict: body.verdict,
    ...topOf(body.scores),
    scores: body.scores,
    reading: body.reading ?? null,
    modelSha256: body.modelSha256,
    modelName: body.modelName,
    profileSha256: body.profileSha256,
    profileName: body.profileName,
    source: body.source ?? null,
    promptHash: body.promptHash,
    replyHash: body.replyHash,
  };
}

function toExportRow(row: Stored, options: { includePrompts: boolean; includeReplies: boolean }): ExportRow {
  const body = JSON.parse(row.body) as RefusalBody;
  return {
    ...loggedFacts(row.seq, body),
    heat: options.includePrompts ? heatIn(row.heat) : null,
    text: row.tombstone !== null ? 'removed' : body.text,
    prompt: options.includePrompts ? row.prompt : null,
    reply: options.includeReplies ? row.reply : null,
    review: row.review === null ? null : { judgement: row.review, note: row.note, createdAt: row.reviewedAt },
    reportedAt: row.reportedAt,
    benignAt: row.benignAt,
    prevHash: row.prev ?? GENESIS,
    hash: row.hash,
  };
}

/** How many rows fit the filter, up to `last`. */
export function countRows(db: Database, filter: RefusalFilter, last: number): number {
  const where = whereOf(filter);
  const sql = `SELECT count(*) FROM ${where.from} WHERE ${where.sql} AND ${where.order} <= @last`;
  return (
    db
      .prepare<[object], number>(sql)
      .pluck()
      .get({ ...where.values, last }) ?? 0
  );
}
