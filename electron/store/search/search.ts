/** Full-text search over titles and messages. Any text a person types is a valid query. */
import type { Database } from 'better-sqlite3';
import type { SearchHit } from '../../contract/index.ts';

/** Marks around a match in a snippet: private-use characters, so that no markup travels. */
const OPEN = '\uE000';
const CLOSE = '\uE001';
const HITS_PER_CONVERSATION = 3;
/** UTF-16 units of text kept on each side of the first match, where the snippet is cut here and not by FTS5. */
const CONTEXT = 40;

/** Scripts written without spaces: the tokenizer takes a whole phrase of them for one word, so words inside it are not found. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
const WORD = /[\p{L}\p{N}]/u;

/** The words of a query, as typed. */
export function termsOf(query: string): string[] {
  return query
    .toWellFormed()
    .split(/[\s\p{Cc}\uE000\uE001]+/u)
    .filter((term) => term !== '');
}

/** Whether the index can answer: it knows words, not emoji or punctuation, and no words inside unspaced scripts. */
export function isIndexable(terms: readonly string[]): boolean {
  return terms.every((term) => WORD.test(term) && !UNSPACED.test(term));
}

/** An FTS5 expression in which nothing the user typed is syntax; the last word may be unfinished, unless a sign ends it (`c++`). */
export function matchExpression(terms: readonly string[]): string {
  const phrases = terms.map((term) => `"${term.replaceAll('"', '""')}"`).join(' ');
  return /[\p{L}\p{N}]$/u.test(terms.at(-1) ?? '') ? `${phrases}*` : phrases;
}

/** A snippet around the first match of any term, with every match in it marked. */
export function snippetOf(text: string, terms: readonly string[]): string {
  const pattern = new RegExp(terms.map((term) => term.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'giu');
  const first = pattern.exec(text);
  const at = first?.index ?? 0;
  const start = Math.max(0, at - CONTEXT);
  const end = Math.min(text.length, at + (first?.[0].length ?? 0) + CONTEXT);
  const cut = text.slice(start, end).toWellFormed().replaceAll('\uFFFD', '');
  pattern.lastIndex = 0;
  return `${start > 0 ? '…' : ''}${cut.replace(pattern, `${OPEN}$&${CLOSE}`)}${end < text.length ? '…' : ''}`;
}

/** What the statements are asked with. */
interface Asked {
  folder: string | null;
  match: string;
}

interface SearchRequest {
  query: string;
  limit: number;
  folderId?: string | null | undefined;
}

interface Candidate {
  conversationId: string;
  messageId: string | null;
  title: string;
  updatedAt: number;
  /** A ready snippet, or the whole text where the index was not used. */
  text: string;
}

function* withUnspaced(candidates: Iterable<Candidate>): Generator<Candidate> {
  for (const candidate of candidates) if (UNSPACED.test(candidate.text)) yield candidate;
}

const HIT = 'c.id AS conversationId, c.title AS title, c.updated_at AS updatedAt';
const snippetColumn = (table: string) => `snippet(${table}, 0, '${OPEN}', '${CLOSE}', '…', 16) AS text`;

/** Its parameter is a folder, which is searched with all that are in it; null: everywhere. */
const IN_FOLDER = `(@folder IS NULL OR c.folder_id IN (
  WITH RECURSIVE inside (id) AS (SELECT @folder UNION SELECT f.id FROM folders f JOIN inside i ON f.parent_id = i.id) SELECT id FROM inside))`;

export function createSearch(db: Database) {
  const titlesByIndex = db.prepare<[Asked], Candidate>(
    `SELECT ${HIT}, NULL AS messageId, ${snippetColumn('conversations_fts')}
     FROM conversations_fts f JOIN conversations c ON c.seq = f.rowid
     WHERE conversations_fts MATCH @match AND c.deleted_at IS NULL AND ${IN_FOLDER} ORDER BY c.updated_at DESC`,
  );
  const messagesByIndex = db.prepare<[Asked], Candidate>(
    `SELECT ${HIT}, m.id AS messageId, ${snippetColumn('messages_fts')}
     FROM messages_fts f CROSS JOIN messages m ON m.seq = f.rowid CROSS JOIN conversations c ON c.id = m.conversation_id
     WHERE messages_fts MATCH @match AND c.deleted_at IS NULL AND ${IN_FOLDER} ORDER BY f.rank`,
  );
  // The slow way, for what the index cannot find. `terms` is a JSON array of LIKE patterns that must all match.
  const allMatch = (column: string) => `NOT EXISTS (SELECT 1 FROM json_each(@match) WHERE ${column} NOT LIKE value ESCAPE '\\')`;
  const titlesByScan = db.prepare<[Asked], Candidate>(
    `SELECT ${HIT}, NULL AS messageId, c.title AS text FROM conversations c
     WHERE c.deleted_at IS NULL AND ${IN_FOLDER} AND ${allMatch('c.title')} ORDER BY c.updated_at DESC`,
  );
  const messagesByScan = db.prepare<[Asked], Candidate>(
    `SELECT ${HIT}, m.id AS messageId, m.text AS text FROM messages m CROSS JOIN conversations c ON c.id = m.conversation_id
     WHERE c.deleted_at IS NULL AND ${IN_FOLDER} AND m.state <> 'streaming' AND ${allMatch('m.text')} ORDER BY m.seq DESC`,
  );

  /**
   * Titles first; of each conversation at most a few messages. Both are asked for only when their turn has come: a query
   * that is begun and never read to its end keeps the whole database busy.
   */
  const collect = (
    titles: () => Iterable<Candidate>,
    messages: () => Iterable<Candidate>,
    limit: number,
    snippet: (text: string) => string,
  ) => {
    const hits: SearchHit[] = [];
    const perConversation = new Map<string, number>();
    const take = ({ text, ...hit }: Candidate) => hits.push({ ...hit, snippet: snippet(text) });
    for (const candidate of titles()) {
      if (hits.length >= limit) return hits;
      take(candidate);
    }
    for (const candidate of messages()) {
      if (hits.length >= limit) break;
      const seen = perConversation.get(candidate.conversationId) ?? 0;
      if (seen >= HITS_PER_CONVERSATION) continue;
      perConversation.set(candidate.conversationId, seen + 1);
      take(candidate);
    }
    return hits;
  };

  const search = db.transaction(({ query, limit, folderId = null }: SearchRequest): SearchHit[] => {
    const terms = termsOf(query);
    if (terms.length === 0) return [];
    const indexed = isIndexable(terms);
    if (indexed) {
      const match = matchExpression(terms);
      const hits = collect(
        () => titlesByIndex.iterate({ folder: folderId, match }),
        () => messagesByIndex.iterate({ folder: folderId, match }),
        limit,
        (text) => text,
      );
      if (hits.length > 0) return hits;
    }
    // Where the index has nothing, a word may still touch text of an unspaced script ("使用Python编写"), with which it is one word to the index.
    const patterns = JSON.stringify(terms.map((term) => `%${term.replace(/[\\%_]/g, '\\$&')}%`));
    // Only such text: in any other the index knows every word. Asked of the few that match, since SQLite takes long over it.
    const worthy = (candidates: Iterable<Candidate>) => (indexed ? withUnspaced(candidates) : candidates);
    return collect(
      () => worthy(titlesByScan.iterate({ folder: folderId, match: patterns })),
      () => worthy(messagesByScan.iterate({ folder: folderId, match: patterns })),
      limit,
      (text) => snippetOf(text, terms),
    );
  });

  return { search: (request: SearchRequest) => search(request) };
}
