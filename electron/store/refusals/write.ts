/** What is added to the refusal log: refusals, what people say of them, and tombstones. */
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import {
  gateReading,
  heatedReading,
  id,
  judgement,
  layerScore,
  loggedCause,
  MAX_NOTE_LENGTH,
  timestamp,
  verdict,
  type Judgement,
  type LoggedCause,
} from '../../contract/index.ts';
import { canonicalJson, entryHash, newSalt, sha256Hex, textHash, type EntryKind } from './chain.ts';
import { conflict, notFound } from '../errors.ts';
import type { RefusalEntry, RefusalRow, RemovalReason } from './interface.ts';
import { isWrongRefusal, topOf, type EntryBody, type RefusalBody } from './entries.ts';
import { createHeadKeeper, readHeadFile, type Head } from './head.ts';
import { check } from '../rows.ts';

/** The database stores UTF-8, so half a surrogate pair must be replaced before the text is hashed, not after. */
const text = z.string().transform((value) => value.toWellFormed());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const entrySchema = z.object({
  conversationId: id,
  messageId: id,
  prompt: text,
  reply: text,
  cause: loggedCause,
  verdict,
  scores: z.array(layerScore),
  reading: heatedReading.nullable().default(null),
  profileSha256: sha256.nullable(),
  profileName: text.nullable().default(null),
  modelSha256: sha256,
  modelName: text,
  createdAt: timestamp,
  storeText: z.boolean().default(true),
  source: text.pipe(z.string().max(200)).nullable().default(null),
});
const noteSchema = text.pipe(z.string().max(MAX_NOTE_LENGTH));

/** Numbers of one tombstone, at most. */
const MAX_REMOVED = 500;

export function createRefusalWriter(db: Database) {
  const head = createHeadKeeper(db);
  const everGiven = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'refusal_log'").pluck();
  const insertEntry = db.prepare('INSERT INTO refusal_log (seq, kind, about, body, body_hash, hash) VALUES (?, ?, ?, ?, ?, ?)');
  const insertRow = db.prepare(
    `INSERT INTO refusals (seq, created_at, cause, verdict, top_score, top_gate, conversation_id, message_id, model_sha256, model_name,
       profile_sha256, profile_name, source)
     VALUES (@seq, @createdAt, @cause, @verdict, @topScore, @topGate, @conversationId, @messageId, @modelSha256, @modelName,
       @profileSha256, @profileName, @source)`,
  );
  const insertTexts = db.prepare(
    'INSERT INTO refusal_texts (seq, prompt, reply, prompt_salt, reply_salt, heat, heat_salt) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const insertNote = db.prepare('INSERT INTO refusal_notes (seq, note, salt) VALUES (?, ?, ?)');
  const exists = db.prepare<
    [number],
    { cause: LoggedCause; review: Judgement | null; note: string | null; tombstone_seq: number | null; benign_at: number | null }
  >(
    `SELECT r.cause AS cause, r.review AS review, n.note AS note, r.tombstone_seq AS tombstone_seq, r.benign_at AS benign_at
     FROM refusals r LEFT JOIN refusal_notes n ON n.seq = r.review_seq WHERE r.seq = ?`,
  );
  const setReview = db.prepare('UPDATE refusals SET review = ?, review_seq = ? WHERE seq = ?');
  const byMessage = db.prepare<[string], { seq: number; reportedAt: number | null }>(
    'SELECT seq, reported_at AS reportedAt FROM refusals WHERE message_id = ? ORDER BY seq DESC LIMIT 1',
  );
  const setReported = db.prepare('UPDATE refusals SET reported_at = ? WHERE seq = ?');
  const setBenign = db.prepare('UPDATE refusals SET benign_at = ? WHERE seq = ?');
  const hasText = db.prepare<[number]>('SELECT 1 FROM refusal_texts WHERE seq = ?');
  const setTombstone = db.prepare('UPDATE refusals SET tombstone_seq = ? WHERE seq = ?');
  const dropTexts = db.prepare('DELETE FROM refusal_texts WHERE seq = ?');
  const dropNotes = db.prepare(
    "DELETE FROM refusal_notes WHERE seq IN (SELECT seq FROM refusal_log WHERE about = ? AND kind IN ('review', 'report'))",
  );
  const blank = db.prepare('UPDATE refusal_log SET body = NULL WHERE about = ?');
  const dropRow = db.prepare('DELETE FROM refusals WHERE seq = ?');

  /** Adds a row of any kind; call inside a write transaction. */
  const append = (kind: EntryKind, about: 'self' | number | null, body: EntryBody): Head & { prevHash: string } => {
    const json = canonicalJson(body);
    const previous = head.last();
    // The number comes from what was ever given, not from what is there: cut-off rows stay visible as a gap.
    const seq = (everGiven.get() ?? 0) + 1;
    const link = { seq, kind, about: about === 'self' ? seq : about, bodyHash: sha256Hex(json) };
    const hash = entryHash(link, previous.hash);
    insertEntry.run(seq, kind, link.about, json, link.bodyHash, hash);
    head.note({ seq, hash });
    return { seq, hash, prevHash: previous.hash };
  };

  const one = (seq: number) => {
    const row = exists.get(seq);
    if (!row) throw notFound('entry of the refusal log');
    return row;
  };

  /** For a transaction of the caller's; `recordHead` comes after it. */
  const addRefusal = (entry: RefusalEntry): RefusalRow => {
    const { prompt, reply, storeText, reading, source, ...checked } = check(entrySchema, entry, 'refusal');
    const salts = { prompt: newSalt(), reply: newSalt(), heat: newSalt() };
    const { heat: tokens = null, ...read } = reading ?? {};
    // How long its tokens are says something of a text that is not to be kept.
    const heat = storeText && tokens !== null ? canonicalJson(tokens) : null;
    const body: RefusalBody = {
      kind: 'refusal',
      ...checked,
      ...(reading === null ? {} : { reading: gateReading.parse(read) }),
      text: storeText ? 'stored' : 'hashed',
      promptHash: textHash(salts.prompt, prompt),
      replyHash: textHash(salts.reply, reply),
      ...(heat === null ? {} : { heatHash: textHash(salts.heat, heat) }),
      ...(storeText ? {} : { promptSalt: salts.prompt, replySalt: salts.reply }),
      ...(source === null ? {} : { source }),
    };
    const { seq, hash, prevHash } = append('refusal', 'self', body);
    insertRow.run({ ...checked, source, seq, ...topOf(checked.scores) });
    if (storeText) insertTexts.run(seq, prompt, reply, salts.prompt, salts.reply, heat, heat === null ? null : salts.heat);
    return { ...checked, seq, prompt: storeText ? prompt : null, reply: storeText ? reply : null, prevHash, hash };
  };

  const putReview = (seq: number, checked: Judgement, words: string): void => {
    const salt = newSalt();
    const entry = append('review', seq, { kind: 'review', judgement: checked, noteHash: textHash(salt, words), createdAt: Date.now() });
    insertNote.run(entry.seq, words, salt);
    setReview.run(checked, entry.seq, seq);
  };

  /** The benign set follows the judgement: what was wrongly refused is in it, what was not is out. */
  const addReview = (seq: number, given: Judgement, note: string): void => {
    const before = one(seq);
    const checked = check(judgement, given, 'review');
    const words = check(noteSchema, note, 'note');
    putReview(seq, checked, words);
    // A note that is added to a judgement says nothing new of the set, which may have been changed by hand since.
    if (checked === before.review && words !== before.note) return;
    if (isWrongRefusal(before.cause, checked)) putIn(seq);
    else removeBenign(seq);
  };

  /** Nothing happens where it is in already, or has no text to calibrate with. */
  const putIn = (seq: number): void => {
    if (one(seq).benign_at !== null || !hasText.get(seq)) return;
    const createdAt = Date.now();
    append('benign', seq, { kind: 'benign', action: 'add', createdAt });
    setBenign.run(createdAt, seq);
  };

  const report = (messageId: string, note = ''): { seq: number; reportedAt: number; first: boolean } => {
    const row = byMessage.get(messageId);
    if (!row) throw notFound('refusal');
    if (row.reportedAt !== null) return { seq: row.seq, reportedAt: row.reportedAt, first: false };
    const reportedAt = Date.now();
    const words = check(noteSchema, note, 'comment').trim();
    if (words === '') append('report', row.seq, { kind: 'report', createdAt: reportedAt });
    else {
      const salt = newSalt();
      const entry = append('report', row.seq, { kind: 'report', createdAt: reportedAt, noteHash: textHash(salt, words) });
      insertNote.run(entry.seq, words, salt);
    }
    setReported.run(reportedAt, row.seq);
    return { seq: row.seq, reportedAt, first: true };
  };

  /** Takes a report back: a row of its own says so, and the first one stays. */
  const withdraw = (messageId: string): { seq: number; first: boolean } => {
    const row = byMessage.get(messageId);
    if (!row) throw notFound('refusal');
    if (row.reportedAt === null) return { seq: row.seq, first: false };
    append('report', row.seq, { kind: 'report', createdAt: Date.now(), withdrawn: true });
    setReported.run(null, row.seq);
    return { seq: row.seq, first: true };
  };

  /** An admin's own choice. It stands beside a judgement that says otherwise, until the next judgement. */
  const addBenign = (seq: number): void => {
    const { cause, review, benign_at: since } = one(seq);
    if (since !== null) return;
    if (cause === 'answered')
      throw conflict(
        'This reply was no refusal, so its prompt is not one that was wrongly refused.',
        'Type the prompt into a benign set of your own.',
      );
    if (!hasText.get(seq))
      throw conflict(
        'The text of this refusal was not kept, so it cannot be calibrated with.',
        'Type the prompt into a benign set of your own.',
      );
    if (review !== 'right' && review !== 'wrong') putReview(seq, 'wrong', '');
    putIn(seq);
  };

  const removeBenign = (seq: number): void => {
    if (one(seq).benign_at === null) return;
    append('benign', seq, { kind: 'benign', action: 'remove', createdAt: Date.now() });
    setBenign.run(null, seq);
  };

  /** For a transaction of the caller's. */
  const remove = (seqs: readonly number[], what: 'text' | 'row', reason: RemovalReason): number[] => {
    if (seqs.length > MAX_REMOVED) throw conflict('Too many entries are to be removed at once.');
    const due = [...new Set(seqs)].filter((seq) => {
      const row = exists.get(seq);
      return row !== undefined && (what === 'row' || row.tombstone_seq === null);
    });
    if (due.length === 0) return [];
    for (const seq of due) if (what === 'text') removeBenign(seq);
    const { seq: tombstone } = append('tombstone', null, { kind: 'tombstone', what, reason, refusals: due, createdAt: Date.now() });
    for (const seq of due) {
      setTombstone.run(tombstone, seq);
      dropTexts.run(seq);
      dropNotes.run(seq);
      if (what === 'text') continue;
      blank.run(seq);
      dropRow.run(seq);
    }
    return due;
  };

  const acceptHead = (): void => {
    const recorded = readHeadFile(db.name);
    const noted = JSON.stringify({ file: recorded, settings: head.noted() });
    append('head', null, { kind: 'head', recorded: noted, createdAt: Date.now() });
  };

  return { head, addRefusal, addReview, report, withdraw, addBenign, removeBenign, remove, acceptHead };
}
