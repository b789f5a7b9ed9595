/** Whether the search index of the refusal log holds the rows that the log holds, and how it is made anew. */
import type { Database } from 'better-sqlite3';
import { isIndexable, matchExpression, termsOf } from '../search/search.ts';

/** Texts that are looked for, spread over the log. */
const PROBES = 50;

/** The rows that the index knows are those that have texts, and some of them are found by their first word. */
export function isIndexWhole(db: Database): boolean {
  const [texts, indexed] = ['refusal_texts', 'refusals_fts_docsize'].map(
    (table) => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get() ?? 0,
  );
  if (texts !== indexed) return false;
  const strangers = 'SELECT 1 FROM refusal_texts WHERE seq NOT IN (SELECT id FROM refusals_fts_docsize) LIMIT 1';
  if (db.prepare(strangers).get() !== undefined) return false;
  const rows = db.prepare<[number], { seq: number; prompt: string }>(
    'SELECT seq, substr(prompt, 1, 200) AS prompt FROM refusal_texts WHERE seq >= ? ORDER BY seq LIMIT 1',
  );
  const found = db.prepare<[number, string]>('SELECT 1 FROM refusals_fts WHERE rowid = ? AND refusals_fts MATCH ?');
  const highest = db.prepare<[], number | null>('SELECT max(seq) FROM refusal_texts').pluck().get() ?? 0;
  for (let probe = 0; probe < PROBES; probe++) {
    const row = rows.get(Math.ceil((highest * probe) / PROBES));
    const [word] = row === undefined ? [] : termsOf(row.prompt);
    // The index knows words only, and the last one may be cut off here.
    if (row === undefined || word === undefined || word.length > 100 || !isIndexable([word])) continue;
    if (found.get(row.seq, matchExpression([word])) === undefined) return false;
  }
  return true;
}

export function rebuildIndex(db: Database): void {
  db.exec("INSERT INTO refusals_fts (refusals_fts) VALUES ('rebuild')");
}
