/** Benign prompt sets of the admins. Released migrations are never edited: a change is a new file. */

// A set that is being filled is hidden until it is complete. Prompts are unique in a set by the start of their SHA-256.
export const sql = `
  CREATE TABLE benign_sets (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    complete INTEGER NOT NULL CHECK (complete IN (0, 1))
  ) STRICT;
  CREATE UNIQUE INDEX benign_sets_by_name ON benign_sets (name COLLATE NOCASE) WHERE complete = 1;

  CREATE TABLE benign_prompts (
    seq INTEGER PRIMARY KEY,
    set_seq INTEGER NOT NULL REFERENCES benign_sets (seq) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (set_seq, digest)
  ) STRICT;
  CREATE INDEX benign_prompts_in_order ON benign_prompts (set_seq, seq);
`;
