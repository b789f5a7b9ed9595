/**
 * The benign set of wrong refusals follows the judgements: until now a prompt stayed in it that was later judged as rightly
 * refused, and one judged as wrong did not enter it. Released migrations are never edited: a change is a new file.
 */
import type { Database } from 'better-sqlite3';
import { canonicalJson, entryHash, GENESIS, sha256Hex } from '../refusals/chain.ts';

export const sql = '';

/** Each change is a row of the log's chain, as if an admin had made it. */
export function run(db: Database): void {
  const given = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'refusal_log'").pluck();
  const last = db.prepare<[], string>('SELECT hash FROM refusal_log ORDER BY seq DESC LIMIT 1').pluck();
  const insert = db.prepare("INSERT INTO refusal_log (seq, kind, about, body, body_hash, hash) VALUES (?, 'benign', ?, ?, ?, ?)");
  const noteHead = db.prepare("UPDATE settings SET value = ? WHERE key = 'refusalLogHead'");
  const setBenign = db.prepare('UPDATE refusals SET benign_at = ? WHERE seq = ?');

  const change = (about: number, action: 'add' | 'remove'): void => {
    const createdAt = Date.now();
    const body = canonicalJson({ kind: 'benign', action, createdAt });
    const link = { seq: (given.get() ?? 0) + 1, kind: 'benign', about, bodyHash: sha256Hex(body) } as const;
    const hash = entryHash(link, last.get() ?? GENESIS);
    insert.run(link.seq, about, body, link.bodyHash, hash);
    noteHead.run(JSON.stringify({ seq: link.seq, hash }));
    setBenign.run(action === 'add' ? createdAt : null, about);
  };

  const numbers = (where: string) => db.prepare<[], number>(`SELECT seq FROM refusals r WHERE ${where} ORDER BY seq`).pluck().all();
  for (const seq of numbers("benign_at IS NOT NULL AND (cause = 'answered' OR review IN ('right', 'unsure'))")) change(seq, 'remove');
  // One that an admin took out after judging it stays out.
  const missing = `benign_at IS NULL AND cause <> 'answered' AND review = 'wrong'
    AND EXISTS (SELECT 1 FROM refusal_texts t WHERE t.seq = r.seq)
    AND NOT EXISTS (SELECT 1 FROM refusal_log l WHERE l.about = r.seq AND l.kind = 'benign' AND l.seq > r.review_seq)`;
  for (const seq of numbers(missing)) change(seq, 'add');
}
