/** Benign prompt sets: prompts that must be answered as if nothing steered, kept by name. */
import { createHash } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import { SteadyError } from '../../contract/index.ts';
import { conflict, notFound } from '../errors.ts';
import type { BenignPromptRow, BenignSetRow } from './interface.ts';

/** Of a prompt's SHA-256: enough that two never meet. */
const DIGEST_BYTES = 16;

const COLUMNS = `
  s.id, s.name, s.source, s.created_at AS createdAt, s.updated_at AS updatedAt,
  (SELECT count(*) FROM benign_prompts p WHERE p.set_seq = s.seq) AS prompts`;

export function createBenignSets(db: Database) {
  const all = db.prepare<[], BenignSetRow>(`SELECT ${COLUMNS} FROM benign_sets s WHERE complete = 1 ORDER BY name COLLATE NOCASE`);
  const one = db.prepare<[string], BenignSetRow>(`SELECT ${COLUMNS} FROM benign_sets s WHERE id = ?`);
  const seqOf = db.prepare<[string], number>('SELECT seq FROM benign_sets WHERE id = ?').pluck();
  const taken = db.prepare<[string, string], number>(
    'SELECT count(*) FROM benign_sets WHERE name = ? COLLATE NOCASE AND complete = 1 AND id <> ?',
  );
  const insert = db.prepare('INSERT INTO benign_sets (id, name, source, created_at, updated_at, complete) VALUES (?, ?, ?, ?, ?, 0)');
  const complete = db.prepare('UPDATE benign_sets SET complete = 1, updated_at = ? WHERE id = ?');
  const rename = db.prepare('UPDATE benign_sets SET name = ?, updated_at = ? WHERE id = ?');
  const touch = db.prepare('UPDATE benign_sets SET updated_at = ? WHERE seq = ?');
  const remove = db.prepare('DELETE FROM benign_sets WHERE id = ?');
  const removeUnfinished = db.prepare('DELETE FROM benign_sets WHERE complete = 0');
  const addPrompt = db.prepare('INSERT INTO benign_prompts (set_seq, digest, text) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const removePrompt = db.prepare('DELETE FROM benign_prompts WHERE set_seq = ? AND seq = ?');
  const after = db.prepare<[number, number, number], BenignPromptRow>(
    'SELECT seq AS promptId, text FROM benign_prompts WHERE set_seq = ? AND seq > ? ORDER BY seq LIMIT ?',
  );
  const page = db.prepare<[number, number, number], BenignPromptRow>(
    'SELECT seq AS promptId, text FROM benign_prompts WHERE set_seq = ? ORDER BY seq LIMIT ? OFFSET ?',
  );

  const requireSeq = (id: string): number => {
    const seq = seqOf.get(id);
    if (seq === undefined) throw notFound('set of prompts');
    return seq;
  };
  const requireFree = (name: string, id: string): void => {
    if (taken.pluck().get(name, id) !== 0) throw conflict(`There is a set called “${name}” already.`, 'Choose another name.');
  };
  const get = (id: string): BenignSetRow => {
    const row = one.get(id);
    if (row === undefined) throw notFound('set of prompts');
    return row;
  };

  const begin = (input: { name: string; source: string }): string => {
    requireFree(input.name, '');
    const id = uuidv7();
    const now = Date.now();
    insert.run(id, input.name, input.source, now, now);
    return id;
  };
  const add = db.transaction((id: string, texts: readonly string[]): number => {
    const seq = requireSeq(id);
    let added = 0;
    for (const text of texts) {
      added += addPrompt.run(seq, createHash('sha256').update(text).digest().subarray(0, DIGEST_BYTES), text).changes;
    }
    if (added > 0) touch.run(Date.now(), seq);
    return added;
  });
  const finish = db.transaction((id: string): BenignSetRow => {
    const row = get(id);
    requireFree(row.name, id);
    complete.run(Date.now(), id);
    return get(id);
  });
  const removePrompts = db.transaction((id: string, promptIds: readonly number[]): BenignSetRow => {
    const seq = requireSeq(id);
    const gone = promptIds.reduce((sum, promptId) => sum + removePrompt.run(seq, promptId).changes, 0);
    if (gone > 0) touch.run(Date.now(), seq);
    return get(id);
  });

  return {
    list: (): BenignSetRow[] => all.all(),
    get,
    begin,
    add: (id: string, texts: readonly string[]): number => add.immediate(id, texts),
    finish: (id: string): BenignSetRow => finish.immediate(id),
    rename: (id: string, name: string): BenignSetRow => {
      requireSeq(id);
      requireFree(name, id);
      rename.run(name, Date.now(), id);
      return get(id);
    },
    delete: (id: string): void => {
      if (remove.run(id).changes === 0) throw new SteadyError('not-found', 'This set of prompts does not exist any more.');
    },
    page: (id: string, offset: number, limit: number): BenignPromptRow[] => page.all(requireSeq(id), limit, offset),
    after: (id: string, promptId: number, limit: number): BenignPromptRow[] => after.all(requireSeq(id), promptId, limit),
    removePrompts: (id: string, promptIds: readonly number[]): BenignSetRow => removePrompts.immediate(id, promptIds),
    removeUnfinished: (): number => removeUnfinished.run().changes,
  };
}
