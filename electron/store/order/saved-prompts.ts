/** Prompts that are kept for use again. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import { MAX_SAVED_PROMPTS, type SavedPrompt } from '../../contract/index.ts';
import { badInput, notFound } from '../errors.ts';

export function createSavedPrompts(db: Database) {
  const all = db.prepare<[], SavedPrompt>('SELECT id, name, text FROM saved_prompts ORDER BY name COLLATE NOCASE, seq');
  const count = db.prepare<[], number>('SELECT count(*) FROM saved_prompts').pluck();
  const insert = db.prepare('INSERT INTO saved_prompts (id, name, text, updated_at) VALUES (?, ?, ?, ?)');
  const change = db.prepare('UPDATE saved_prompts SET name = ?, text = ?, updated_at = ? WHERE id = ?');
  const drop = db.prepare('DELETE FROM saved_prompts WHERE id = ?');

  const save = db.transaction((input: { id?: string | undefined; name: string; text: string }): SavedPrompt => {
    const [name, text] = [input.name.toWellFormed(), input.text.toWellFormed()];
    if (input.id !== undefined) {
      if (change.run(name, text, Date.now(), input.id).changes === 0) throw notFound('prompt');
      return { id: input.id, name, text };
    }
    if ((count.get() ?? 0) >= MAX_SAVED_PROMPTS) throw badInput(`There are ${MAX_SAVED_PROMPTS} saved prompts already.`);
    const id = uuidv7();
    insert.run(id, name, text, Date.now());
    return { id, name, text };
  });

  return {
    list: () => all.all(),
    save: (input: { id?: string | undefined; name: string; text: string }) => save.immediate(input),
    delete: (id: string): void => void drop.run(id),
  };
}
