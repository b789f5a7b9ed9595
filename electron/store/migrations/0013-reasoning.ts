/** What a model thought before it replied, apart from the reply; and what a conversation chose of that. Released migrations are never edited. */

export const sql = `
  -- Replies of earlier versions have none.
  ALTER TABLE messages ADD COLUMN reasoning TEXT;
  -- How long it was, and how it ended.
  ALTER TABLE messages ADD COLUMN reasoning_about TEXT CHECK (reasoning_about IS NULL OR json_valid(reasoning_about));
  -- Null: as the model's chat template does by itself.
  ALTER TABLE conversations ADD COLUMN reasoning TEXT;
`;
