/**
 * One chain for refusals, reviews, reports and tombstones, in which a row covers salted hashes of the texts, so that texts
 * can be removed and the chain still verifies. Released migrations are never edited: a change is a new file.
 */
import type { Database } from 'better-sqlite3';
import { canonicalJson, entryHash, GENESIS, newSalt, sha256Hex, textHash, type EntryKind } from '../refusals/chain.ts';

// `refusal_log` is the truth. The other tables hold what is looked up: narrow rows to filter by, texts apart from them.
const LOG = `
  ALTER TABLE refusals RENAME TO refusals_v1;
  DROP INDEX refusals_by_message;
  ALTER TABLE refusal_reviews RENAME TO refusal_reviews_v1;

  -- AUTOINCREMENT remembers the highest number ever given, which shows when rows were cut off at the end.
  CREATE TABLE refusal_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    about INTEGER,
    -- Canonical JSON; null once a tombstone removed it.
    body TEXT,
    body_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX refusal_log_about ON refusal_log (about, kind, seq);
  -- Also keeps INSERT OR REPLACE from overwriting a row, which fires no delete trigger.
  CREATE TRIGGER refusal_log_in_order BEFORE INSERT ON refusal_log
    WHEN new.seq <> 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'refusal_log'), 0) BEGIN
    SELECT raise(ABORT, 'the refusal log is numbered without gaps');
  END;
  CREATE TRIGGER refusal_log_no_update BEFORE UPDATE ON refusal_log
    WHEN new.body IS NOT NULL OR new.seq <> old.seq OR new.kind <> old.kind OR new.about IS NOT old.about
      OR new.body_hash <> old.body_hash OR new.hash <> old.hash BEGIN
    SELECT raise(ABORT, 'the refusal log is append-only');
  END;
  CREATE TRIGGER refusal_log_no_delete BEFORE DELETE ON refusal_log BEGIN
    SELECT raise(ABORT, 'the refusal log is append-only');
  END;

  CREATE TABLE refusals (
    seq INTEGER PRIMARY KEY REFERENCES refusal_log (seq),
    created_at INTEGER NOT NULL,
    cause TEXT NOT NULL,
    verdict TEXT NOT NULL,
    top_score REAL,
    top_gate REAL,
    review TEXT,
    review_seq INTEGER,
    reported_at INTEGER,
    benign_at INTEGER,
    tombstone_seq INTEGER,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    model_name TEXT NOT NULL,
    profile_sha256 TEXT,
    profile_name TEXT
  ) STRICT;
  CREATE INDEX refusals_by_message ON refusals (message_id);
  CREATE INDEX refusals_by_conversation ON refusals (conversation_id);
  CREATE INDEX refusals_by_time ON refusals (created_at);
  CREATE INDEX refusals_benign ON refusals (seq) WHERE benign_at IS NOT NULL;

  CREATE TABLE refusal_texts (
    seq INTEGER PRIMARY KEY REFERENCES refusal_log (seq),
    prompt TEXT NOT NULL,
    reply TEXT NOT NULL,
    prompt_salt TEXT NOT NULL,
    reply_salt TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER refusal_texts_no_update BEFORE UPDATE ON refusal_texts BEGIN
    SELECT raise(ABORT, 'texts of the refusal log are never changed');
  END;
  CREATE TRIGGER refusal_texts_no_delete BEFORE DELETE ON refusal_texts
    WHEN EXISTS (SELECT 1 FROM refusals WHERE seq = old.seq AND tombstone_seq IS NULL) BEGIN
    SELECT raise(ABORT, 'texts of the refusal log are removed with a tombstone');
  END;

  CREATE TABLE refusal_notes (
    seq INTEGER PRIMARY KEY REFERENCES refusal_log (seq),
    note TEXT NOT NULL,
    salt TEXT NOT NULL
  ) STRICT;
`;

const SEARCH = `
  CREATE VIRTUAL TABLE refusals_fts USING fts5 (
    prompt, reply, content = 'refusal_texts', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER refusals_fts_insert AFTER INSERT ON refusal_texts BEGIN
    INSERT INTO refusals_fts (rowid, prompt, reply) VALUES (new.seq, new.prompt, new.reply);
  END;
  CREATE TRIGGER refusals_fts_delete AFTER DELETE ON refusal_texts BEGIN
    INSERT INTO refusals_fts (refusals_fts, rowid, prompt, reply) VALUES ('delete', old.seq, old.prompt, old.reply);
  END;
  INSERT INTO refusals_fts (refusals_fts, rank) VALUES ('secure-delete', 1);
`;

const DROP_OLD = `
  DROP TABLE refusal_reviews_v1;
  DROP TABLE refusals_v1;
`;

interface OldRow {
  seq: number;
  conversation_id: string;
  message_id: string;
  prompt: string;
  reply: string;
  cause: string;
  verdict: string;
  scores: string;
  profile_sha256: string | null;
  model_sha256: string;
  model_name: string;
  created_at: number;
  prev_hash: string;
  hash: string;
}
interface OldReview {
  seq: number;
  refusal_seq: number;
  judgement: string;
  note: string;
  created_at: number;
}

const JUDGEMENTS: Readonly<Record<string, string>> = { correct: 'right', 'false-refusal': 'wrong', unsure: 'unsure' };

/** Rows of version 1 keep their number and their old hash, which still verifies as long as their texts are there. */
function moveRows(db: Database): void {
  const insertEntry = db.prepare('INSERT INTO refusal_log (seq, kind, about, body, body_hash, hash) VALUES (?, ?, ?, ?, ?, ?)');
  let seq = 0;
  let head = GENESIS;
  const append = (kind: EntryKind, about: 'self' | number | null, body: object): number => {
    seq++;
    const json = canonicalJson(body);
    const link = { seq, kind, about: about === 'self' ? seq : about, bodyHash: sha256Hex(json) };
    head = entryHash(link, head);
    insertEntry.run(seq, kind, link.about, json, link.bodyHash, head);
    return seq;
  };

  const given = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'refusals_v1'").pluck().get() ?? 0;
  const newNumber = moveRefusals(db, append);
  moveReviews(db, append, newNumber);
  if (given > 0) {
    const last = db.prepare<[], string>('SELECT hash FROM refusals_v1 ORDER BY seq DESC LIMIT 1').pluck().get() ?? GENESIS;
    append('migration', null, { kind: 'migration', from: 1, rows: newNumber.size, given, head: last });
    db.prepare("INSERT INTO settings (key, value) VALUES ('refusalLogHead', ?)").run(JSON.stringify({ seq, hash: head }));
  }
}

type Append = (kind: EntryKind, about: 'self' | number | null, body: object) => number;

/** Answers the new number of each old one. */
function moveRefusals(db: Database, append: Append): Map<number, number> {
  const insertRow = db.prepare(
    `INSERT INTO refusals (seq, created_at, cause, verdict, top_score, top_gate, conversation_id, message_id, model_sha256, model_name, profile_sha256)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertTexts = db.prepare('INSERT INTO refusal_texts (seq, prompt, reply, prompt_salt, reply_salt) VALUES (?, ?, ?, ?, ?)');
  const next = db.prepare<[number], OldRow>('SELECT * FROM refusals_v1 WHERE seq > ? ORDER BY seq LIMIT 1');
  const numbers = new Map<number, number>();
  for (let row = next.get(0); row !== undefined; row = next.get(row.seq)) {
    const salts = { prompt: newSalt(), reply: newSalt() };
    const scores = JSON.parse(row.scores) as { layer: number; score: number; gate: number }[];
    const seq = append('refusal', 'self', {
      kind: 'refusal',
      conversationId: row.conversation_id,
      messageId: row.message_id,
      cause: row.cause,
      verdict: row.verdict,
      scores,
      profileSha256: row.profile_sha256,
      profileName: null,
      modelSha256: row.model_sha256,
      modelName: row.model_name,
      createdAt: row.created_at,
      text: 'stored',
      promptHash: textHash(salts.prompt, row.prompt),
      replyHash: textHash(salts.reply, row.reply),
      firstVersion: { seq: row.seq, prevHash: row.prev_hash, hash: row.hash },
    });
    numbers.set(row.seq, seq);
    const topScore = scores.length === 0 ? null : Math.max(...scores.map(({ score }) => score));
    const topGate = scores.length === 0 ? null : Math.max(...scores.map(({ gate }) => gate));
    insertRow.run(
      ...[seq, row.created_at, row.cause, row.verdict, topScore, topGate],
      ...[row.conversation_id, row.message_id, row.model_sha256, row.model_name, row.profile_sha256],
    );
    insertTexts.run(seq, row.prompt, row.reply, salts.prompt, salts.reply);
  }
  return numbers;
}

function moveReviews(db: Database, append: Append, newNumber: ReadonlyMap<number, number>): void {
  const insertNote = db.prepare('INSERT INTO refusal_notes (seq, note, salt) VALUES (?, ?, ?)');
  const setReview = db.prepare('UPDATE refusals SET review = ?, review_seq = ? WHERE seq = ?');
  for (const old of db.prepare<[], OldReview>('SELECT * FROM refusal_reviews_v1 ORDER BY seq').all()) {
    const about = newNumber.get(old.refusal_seq);
    if (about === undefined) continue;
    const salt = newSalt();
    const judgement = JUDGEMENTS[old.judgement] ?? 'unsure';
    const body = { kind: 'review', judgement, noteHash: textHash(salt, old.note), createdAt: old.created_at };
    const seq = append('review', about, body);
    insertNote.run(seq, old.note, salt);
    setReview.run(judgement, seq, about);
  }
}

export const sql = LOG + SEARCH;

export function run(db: Database): void {
  moveRows(db);
  db.exec(DROP_OLD);
}
