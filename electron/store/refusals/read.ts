/** What is read from the refusal log: pages, one row with everything, and numbers. */
import type { Database } from 'better-sqlite3';
import {
  PREVIEW_LENGTH,
  type HeatedReading,
  type Refusal,
  type RefusalDay,
  type RefusalDetail,
  type RefusalFacets,
  type RefusalFilter,
  type Review,
} from '../../contract/index.ts';
import { GENESIS } from './chain.ts';
import { notFound } from '../errors.ts';
import { heatIn, isWrongRefusal, refusalBody, tombstoneBody, type RefusalBody } from './entries.ts';
import { createRefusalNumbers } from './numbers.ts';
import { whereOf } from './filter.ts';
import { snippetOf } from '../search/search.ts';

/** A row of the table `refusals`: what the chain says of a refusal, laid out so that a list of them is quick. */
export interface StoredRow {
  seq: number;
  created_at: number;
  cause: Refusal['cause'];
  verdict: Refusal['verdict'];
  top_score: number | null;
  top_gate: number | null;
  review: Review['judgement'] | null;
  review_seq: number | null;
  reported_at: number | null;
  benign_at: number | null;
  tombstone_seq: number | null;
  conversation_id: string;
  message_id: string;
  model_sha256: string;
  model_name: string;
  profile_sha256: string | null;
  profile_name: string | null;
  source: string | null;
}

/** With its texts and its note. */
interface Row extends StoredRow {
  prompt: string | null;
  reply: string | null;
  snippet: string | null;
  note: string | null;
  reviewed_at: number | null;
}

/** A surrogate pair that was cut in two is dropped. */
const beginning = (text: string | null): string | null =>
  text === null ? null : text.slice(0, PREVIEW_LENGTH).replace(/[\uD800-\uDBFF]$/, '');

function toRefusal(row: Row, snippet: string | null): Refusal {
  const review =
    row.review === null || row.review_seq === null
      ? null
      : { seq: row.review_seq, judgement: row.review, note: row.note, createdAt: row.reviewed_at ?? 0 };
  return {
    seq: row.seq,
    createdAt: row.created_at,
    conversationId: row.conversation_id,
    messageId: row.message_id,
    cause: row.cause,
    verdict: row.verdict,
    topScore: row.top_score,
    topGate: row.top_gate,
    model: { sha256: row.model_sha256, name: row.model_name },
    profile: row.profile_sha256 === null ? null : { sha256: row.profile_sha256, name: row.profile_name ?? '' },
    source: row.source,
    text: row.tombstone_seq !== null ? 'removed' : row.prompt === null ? 'hashed' : 'stored',
    prompt: beginning(row.prompt),
    reply: beginning(row.reply),
    snippet,
    review,
    reportedAt: row.reported_at,
    benignAt: row.benign_at,
    benignOverride: row.benign_at !== null && !isWrongRefusal(row.cause, row.review),
  };
}

// In SQL only what a list needs leaves the database: prompts may have millions of characters.
const CUT = PREVIEW_LENGTH + 1;
/** How far into a text a snippet is looked for where the index was not used. */
const SCANNED = 20_000;
const columns = (text: (column: string) => string, snippet: string) =>
  `r.*, ${text('prompt')} AS prompt, ${text('reply')} AS reply, ${snippet} AS snippet, n.note AS note,
   json_extract(l.body, '$.createdAt') AS reviewed_at`;
const AROUND = 'LEFT JOIN refusal_notes n ON n.seq = r.review_seq LEFT JOIN refusal_log l ON l.seq = r.review_seq';

export function createRefusalReader(db: Database) {
  const whole = `SELECT ${columns((column) => `t.${column}`, 'NULL')} FROM refusals r LEFT JOIN refusal_texts t ON t.seq = r.seq ${AROUND}`;
  const byNumber = db.prepare<[number], Row>(`${whole} WHERE r.seq = ?`);
  const entry = db.prepare<[number], { body: string; hash: string }>('SELECT body, hash FROM refusal_log WHERE seq = ?');
  const hashAt = db.prepare<[number], string>('SELECT hash FROM refusal_log WHERE seq = ?').pluck();
  const reviewsOf = db.prepare<[number], { seq: number; body: string; note: string | null }>(
    `SELECT l.seq AS seq, l.body AS body, n.note AS note FROM refusal_log l LEFT JOIN refusal_notes n ON n.seq = l.seq
     WHERE l.about = ? AND l.kind = 'review' ORDER BY l.seq DESC`,
  );
  const conversation = db.prepare<[string]>('SELECT 1 FROM conversations WHERE id = ? AND deleted_at IS NULL');
  const heatOf = db.prepare<[number], string | null>('SELECT heat FROM refusal_texts WHERE seq = ?').pluck();
  const numbers = createRefusalNumbers(db);

  const page = ({
    filter,
    limit,
    before,
    withTotal,
  }: {
    filter: RefusalFilter;
    limit: number;
    before: number | null;
    withTotal?: boolean | undefined;
  }) => {
    const where = whereOf(filter);
    // The page's numbers first, then what is shown of them: texts are read for these rows alone.
    const snippet = where.indexed ? "snippet(refusals_fts, -1, '\uE000', '\uE001', '…', 16)" : 'NULL';
    const found = db
      .prepare<[object], { seq: number; snippet: string | null }>(
        `SELECT r.seq AS seq, ${snippet} AS snippet FROM ${where.from} WHERE ${where.sql} AND ${where.order} < @before ORDER BY ${where.order} DESC LIMIT @limit`,
      )
      .all({ ...where.values, before: before ?? Number.MAX_SAFE_INTEGER, limit });
    const rows = shown(
      found.map(({ seq }) => seq),
      where.scannedTerms === null ? 'brief' : 'long',
    );
    const refusals = rows.map((row, index) => {
      const scanned = where.scannedTerms === null ? null : snippetOf(`${row.prompt ?? ''}\n${row.reply ?? ''}`, where.scannedTerms);
      return toRefusal(row, found[index]!.snippet ?? scanned);
    });
    return { rows: refusals, total: withTotal === true ? numbers.count(filter) : null };
  };

  const cut = (length: number) =>
    db.prepare<[string], Row>(
      `SELECT ${columns((column) => `substr(t.${column}, 1, ${length})`, 'NULL')}
       FROM json_each(?) j CROSS JOIN refusals r ON r.seq = j.value LEFT JOIN refusal_texts t ON t.seq = r.seq ${AROUND} ORDER BY r.seq DESC`,
    );
  const some = { brief: cut(CUT), long: cut(SCANNED) };
  const shown = (seqs: readonly number[], length: keyof typeof some) => some[length].all(JSON.stringify(seqs));

  const one = (seq: number): Refusal => {
    const row = byNumber.get(seq);
    if (!row) throw notFound('entry of the refusal log');
    return toRefusal(row, null);
  };

  const reportNote = db
    .prepare<[number], string>(
      `SELECT n.note FROM refusal_log l JOIN refusal_notes n ON n.seq = l.seq WHERE l.about = ? AND l.kind = 'report' ORDER BY l.seq DESC LIMIT 1`,
    )
    .pluck();

  const readingOf = (seq: number, { reading }: RefusalBody): HeatedReading | null => {
    if (reading === undefined) return null;
    return { ...reading, heat: heatIn(heatOf.get(seq) ?? null) };
  };

  const get = (seq: number): RefusalDetail => {
    const row = byNumber.get(seq);
    const found = entry.get(seq);
    if (!row || !found) throw notFound('entry of the refusal log');
    const body = refusalBody.parse(JSON.parse(found.body));
    return {
      ...toRefusal(row, null),
      prompt: row.prompt,
      reply: row.reply,
      scores: body.scores,
      reading: readingOf(seq, body),
      reviews: reviewsOf.all(seq).map(({ seq: number, body: json, note }) => {
        const { judgement, createdAt } = JSON.parse(json) as Review;
        return { seq: number, judgement, note, createdAt };
      }),
      reportNote: row.reported_at === null ? null : (reportNote.get(seq) ?? null),
      promptHash: body.promptHash,
      replyHash: body.replyHash,
      hash: found.hash,
      prevHash: hashAt.get(seq - 1) ?? GENESIS,
      removed: removal(row.tombstone_seq),
      conversationExists: conversation.get(row.conversation_id) !== undefined,
    };
  };

  const removal = (tombstone: number | null): RefusalDetail['removed'] => {
    const found = tombstone === null ? undefined : entry.get(tombstone);
    if (!found) return null;
    const { reason, createdAt } = tombstoneBody.parse(JSON.parse(found.body));
    return { reason, at: createdAt };
  };

  return {
    page,
    one,
    get,
    facets: (): RefusalFacets => numbers.facets(),
    stats: (request: { filter: RefusalFilter; utcOffsetMinutes: number }): RefusalDay[] => numbers.stats(request),
  };
}
