/** Documents that go with messages, cut into passages that can be searched. Released migrations are never edited. */

export const sql = `
  CREATE TABLE documents (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    -- Of the text, in UTF-16 units.
    length INTEGER NOT NULL,
    notes TEXT NOT NULL CHECK (json_valid(notes)),
    created_at INTEGER NOT NULL
  ) STRICT;

  -- The text is the passages one behind another; start and length are in UTF-16 units.
  CREATE TABLE passages (
    seq INTEGER PRIMARY KEY,
    document_seq INTEGER NOT NULL REFERENCES documents (seq),
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (document_seq, start)
  ) STRICT;

  CREATE TABLE message_documents (
    message_id TEXT NOT NULL REFERENCES messages (id),
    document_seq INTEGER NOT NULL REFERENCES documents (seq),
    position INTEGER NOT NULL,
    PRIMARY KEY (message_id, document_seq)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX message_documents_by_document ON message_documents (document_seq);

  -- What of which documents went into the prompt with a message of the user.
  ALTER TABLE messages ADD COLUMN reading TEXT CHECK (reading IS NULL OR json_valid(reading));

  CREATE VIRTUAL TABLE passages_fts USING fts5 (
    text, content = 'passages', content_rowid = 'seq', tokenize = 'porter unicode61 remove_diacritics 2'
  );
  CREATE TRIGGER passages_fts_insert AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts (rowid, text) VALUES (new.seq, new.text);
  END;
  CREATE TRIGGER passages_fts_delete AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts (passages_fts, rowid, text) VALUES ('delete', old.seq, old.text);
  END;
  -- What is removed for good leaves no words behind in the index.
  INSERT INTO passages_fts (passages_fts, rank) VALUES ('secure-delete', 1);
`;
