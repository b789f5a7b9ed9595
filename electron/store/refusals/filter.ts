/** Turns a filter into SQL. Every value is bound; lists travel as JSON. */
import type { RefusalFilter } from '../../contract/index.ts';
import { isIndexable, matchExpression, termsOf } from '../search/search.ts';

export interface Where {
  /** Tables to read: `r` is `refusals`. Newest first goes by `order`. */
  from: string;
  /** Conditions joined by AND; `1` for none. */
  sql: string;
  values: Record<string, string | number>;
  /** The column that rows are ordered and paged by. */
  order: string;
  /** Words of the query, where the index cannot answer it. */
  scannedTerms: string[] | null;
  /** Whether `refusals_fts` is among the tables. */
  indexed: boolean;
}

const ANY_OF = (column: string, name: string) => `${column} IN (SELECT value FROM json_each(@${name}))`;
const LIKE = `(SELECT count(*) FROM json_each(@patterns) WHERE t.prompt LIKE value ESCAPE '\\' OR t.reply LIKE value ESCAPE '\\') = @patternCount`;

export function whereOf(filter: RefusalFilter): Where {
  const terms: string[] = [];
  const values: Where['values'] = {};
  const add = (sql: string, name?: string, value?: string | number): void => {
    terms.push(sql);
    if (name !== undefined && value !== undefined) values[name] = value;
  };
  const list = (column: string, name: string, wanted: readonly string[] | undefined, whenNull?: string): void => {
    if (wanted === undefined) return;
    const sql = ANY_OF(column, name);
    add(whenNull !== undefined && wanted.includes(whenNull) ? `(${sql} OR ${column} IS NULL)` : sql, name, JSON.stringify(wanted));
  };
  if (filter.from !== undefined) add('r.created_at >= @from', 'from', filter.from);
  if (filter.to !== undefined) add('r.created_at < @to', 'to', filter.to);
  list('r.model_sha256', 'models', filter.models);
  list('r.profile_sha256', 'profiles', filter.profiles, 'none');
  list('r.cause', 'causes', filter.causes);
  list('r.verdict', 'verdicts', filter.verdicts);
  list('r.review', 'reviews', filter.reviews, 'none');
  if (filter.minScore !== undefined) add('r.top_score >= @minScore', 'minScore', filter.minScore);
  if (filter.maxScore !== undefined) add('r.top_score <= @maxScore', 'maxScore', filter.maxScore);
  if (filter.reported !== undefined) add(`r.reported_at IS ${filter.reported ? 'NOT ' : ''}NULL`);
  if (filter.benign !== undefined) add(`r.benign_at IS ${filter.benign ? 'NOT ' : ''}NULL`);
  if (filter.conversationId !== undefined) add('r.conversation_id = @conversation', 'conversation', filter.conversationId);

  const words = termsOf(filter.query ?? '');
  let from = 'refusals r';
  let order = 'r.seq';
  const indexed = words.length > 0 && isIndexable(words);
  if (indexed) {
    // The index gives rows newest first, so a page needs no sorting.
    from = 'refusals_fts f CROSS JOIN refusals r ON r.seq = f.rowid';
    order = 'f.rowid';
    add('refusals_fts MATCH @match', 'match', matchExpression(words));
  } else if (words.length > 0) {
    from = 'refusals r CROSS JOIN refusal_texts t ON t.seq = r.seq';
    add(LIKE, 'patterns', JSON.stringify(words.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`)));
    values['patternCount'] = words.length;
  }
  return {
    from,
    sql: terms.length === 0 ? '1' : terms.join(' AND '),
    values,
    order,
    scannedTerms: indexed || words.length === 0 ? null : words,
    indexed,
  };
}
