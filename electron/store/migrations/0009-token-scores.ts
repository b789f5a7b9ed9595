/** Scores of a refused prompt's tokens, kept beside its text and hashed like it. Released migrations are never edited. */

export const sql = `
  ALTER TABLE refusal_texts ADD COLUMN heat TEXT;
  ALTER TABLE refusal_texts ADD COLUMN heat_salt TEXT;
`;
