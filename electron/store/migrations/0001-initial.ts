/** The first schema. Released migrations are never edited: a change is a new file. */

// Rows have an integer key of their own (`seq`) because the search indexes point to it, and copying a database keeps
// only declared keys. Timestamps are milliseconds since the epoch; columns with structured content are JSON.
const CONVERSATIONS = `
  CREATE TABLE conversations (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    system_prompt TEXT NOT NULL,
    sampling TEXT NOT NULL CHECK (json_valid(sampling)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    deleted_at INTEGER,
    active_leaf_id TEXT,
    FOREIGN KEY (id, active_leaf_id) REFERENCES messages (conversation_id, id)
  ) STRICT;
  CREATE INDEX conversations_by_update ON conversations (updated_at);
  CREATE INDEX conversations_deleted ON conversations (deleted_at) WHERE deleted_at IS NOT NULL;
`;

// The parent is looked up together with the conversation, so that a branch cannot cross into another conversation.
// No ON DELETE CASCADE along parents: SQLite limits its depth, and a long conversation exceeds it.
const MESSAGES = `
  CREATE TABLE messages (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    parent_id TEXT,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('streaming', 'done', 'stopped', 'failed')),
    created_at INTEGER NOT NULL,
    model_name TEXT,
    outcome TEXT CHECK (outcome IS NULL OR json_valid(outcome)),
    stats TEXT CHECK (stats IS NULL OR json_valid(stats)),
    error TEXT CHECK (error IS NULL OR json_valid(error)),
    seed INTEGER,
    -- Who is writing the reply; null once its writer has finished it.
    writer TEXT,
    UNIQUE (conversation_id, id),
    FOREIGN KEY (conversation_id, parent_id) REFERENCES messages (conversation_id, id)
  ) STRICT;
  CREATE INDEX messages_by_parent ON messages (conversation_id, parent_id);
  CREATE INDEX messages_streaming ON messages (state) WHERE state = 'streaming';
`;

// A reply is indexed when it is finished: indexing each second of a growing text would be quadratic work.
const SEARCH = `
  CREATE VIRTUAL TABLE messages_fts USING fts5 (
    text, content = 'messages', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER messages_fts_insert AFTER INSERT ON messages WHEN new.state <> 'streaming' BEGIN
    INSERT INTO messages_fts (rowid, text) VALUES (new.seq, new.text);
  END;
  CREATE TRIGGER messages_fts_remove AFTER UPDATE OF text, state ON messages WHEN old.state <> 'streaming' BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.seq, old.text);
  END;
  CREATE TRIGGER messages_fts_add AFTER UPDATE OF text, state ON messages WHEN new.state <> 'streaming' BEGIN
    INSERT INTO messages_fts (rowid, text) VALUES (new.seq, new.text);
  END;
  CREATE TRIGGER messages_fts_delete AFTER DELETE ON messages WHEN old.state <> 'streaming' BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.seq, old.text);
  END;

  CREATE VIRTUAL TABLE conversations_fts USING fts5 (
    title, content = 'conversations', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER conversations_fts_insert AFTER INSERT ON conversations BEGIN
    INSERT INTO conversations_fts (rowid, title) VALUES (new.seq, new.title);
  END;
  CREATE TRIGGER conversations_fts_update AFTER UPDATE OF title ON conversations BEGIN
    INSERT INTO conversations_fts (conversations_fts, rowid, title) VALUES ('delete', old.seq, old.title);
    INSERT INTO conversations_fts (rowid, title) VALUES (new.seq, new.title);
  END;
  CREATE TRIGGER conversations_fts_delete AFTER DELETE ON conversations BEGIN
    INSERT INTO conversations_fts (conversations_fts, rowid, title) VALUES ('delete', old.seq, old.title);
  END;

  -- What is removed for good leaves no words behind in the index.
  INSERT INTO messages_fts (messages_fts, rank) VALUES ('secure-delete', 1);
  INSERT INTO conversations_fts (conversations_fts, rank) VALUES ('secure-delete', 1);
`;

// The log outlives the conversations it came from, so it has no foreign keys to them. AUTOINCREMENT remembers the
// highest number ever given, which shows when rows were cut off at the end.
const REFUSALS = `
  CREATE TABLE refusals (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    reply TEXT NOT NULL,
    cause TEXT NOT NULL,
    verdict TEXT NOT NULL,
    scores TEXT NOT NULL CHECK (json_valid(scores)),
    profile_sha256 TEXT,
    model_sha256 TEXT NOT NULL,
    model_name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  CREATE INDEX refusals_by_message ON refusals (message_id);
  -- Also keeps INSERT OR REPLACE from overwriting a row, which fires no delete trigger.
  CREATE TRIGGER refusals_in_order BEFORE INSERT ON refusals
    WHEN new.seq <> 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'refusals'), 0) BEGIN
    SELECT raise(ABORT, 'refusals are numbered without gaps');
  END;
  CREATE TRIGGER refusals_no_update BEFORE UPDATE ON refusals BEGIN
    SELECT raise(ABORT, 'refusals are append-only');
  END;
  CREATE TRIGGER refusals_no_delete BEFORE DELETE ON refusals BEGIN
    SELECT raise(ABORT, 'refusals are append-only');
  END;

  CREATE TABLE refusal_reviews (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    refusal_seq INTEGER NOT NULL REFERENCES refusals (seq),
    judgement TEXT NOT NULL CHECK (judgement IN ('correct', 'false-refusal', 'unsure')),
    note TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX refusal_reviews_by_refusal ON refusal_reviews (refusal_seq);
  CREATE TRIGGER refusal_reviews_in_order BEFORE INSERT ON refusal_reviews
    WHEN EXISTS (SELECT 1 FROM refusal_reviews WHERE seq = new.seq) BEGIN
    SELECT raise(ABORT, 'reviews are append-only');
  END;
  CREATE TRIGGER refusal_reviews_no_update BEFORE UPDATE ON refusal_reviews BEGIN
    SELECT raise(ABORT, 'reviews are append-only');
  END;
  CREATE TRIGGER refusal_reviews_no_delete BEFORE DELETE ON refusal_reviews BEGIN
    SELECT raise(ABORT, 'reviews are append-only');
  END;
`;

const REST = `
  CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE model_files (
    seq INTEGER PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    added_at INTEGER NOT NULL
  ) STRICT;
`;

export const sql = CONVERSATIONS + MESSAGES + SEARCH + REFUSALS + REST;
