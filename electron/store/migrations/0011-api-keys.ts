/** Keys of other programs, and which of them a refusal came through. Released migrations are never edited: a change is a new file. */

export const sql = `
  CREATE TABLE api_keys (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- SHA-256 of the key. A key is 256 random bits, so that no slow hash is needed.
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (json_valid(scope)),
    created_at INTEGER NOT NULL,
    used_at INTEGER,
    revoked_at INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX api_keys_by_name ON api_keys (name COLLATE NOCASE) WHERE revoked_at IS NULL;

  ALTER TABLE refusals ADD COLUMN source TEXT;
`;
