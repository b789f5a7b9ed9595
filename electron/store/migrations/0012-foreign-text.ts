/** Which messages came from a file. Released migrations are never edited: a change is a new file. */

// Of conversations that were imported from another program before, all is taken for foreign; of those from files of our own nothing is known any more.
export const sql = `
  ALTER TABLE messages ADD COLUMN foreign_text INTEGER NOT NULL DEFAULT 0 CHECK (foreign_text IN (0, 1));
  UPDATE messages SET foreign_text = 1 WHERE conversation_id IN (SELECT id FROM conversations WHERE origin IS NOT NULL);
`;
