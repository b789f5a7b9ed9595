/** Order among conversations, saved prompts, and where a conversation was imported from. Released migrations are never edited. */

export const sql = `
  CREATE TABLE folders (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    parent_id TEXT REFERENCES folders (id),
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE conversations ADD COLUMN folder_id TEXT REFERENCES folders (id);
  ALTER TABLE conversations ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
  ALTER TABLE conversations ADD COLUMN archived INTEGER NOT NULL DEFAULT 0 CHECK (archived IN (0, 1));
  ALTER TABLE conversations ADD COLUMN tags TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(tags));
  -- The program and the id there, of one that came from another program: importing it twice adds nothing.
  ALTER TABLE conversations ADD COLUMN origin TEXT;
  CREATE UNIQUE INDEX conversations_by_origin ON conversations (origin) WHERE origin IS NOT NULL;
  CREATE INDEX conversations_by_folder ON conversations (folder_id) WHERE folder_id IS NOT NULL;
  CREATE INDEX conversations_pinned ON conversations (updated_at) WHERE pinned = 1;
  CREATE INDEX conversations_archived ON conversations (updated_at) WHERE archived = 1;

  CREATE TABLE saved_prompts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    updated_at INTEGER NOT NULL
  ) STRICT;
`;
