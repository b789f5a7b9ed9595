/** How a CSV file separates and quotes its cells: found out from its first lines. */
import { parse } from 'csv-parse/sync';

export interface Dialect {
  /** Null: one column, a cell a line. */
  delimiter: string | null;
  quote: string;
  /** The first line is Excel's `sep=;`, which is no row. */
  sepLine: boolean;
}

/** Stands for no delimiter: no text file has it. */
export const NO_DELIMITER = '\u001f';
const CANDIDATES = [',', ';', '\t', '|'];
const SEP_LINE = /^sep=(.)\s*$/i;
/** So many rows of the most frequent width, of all, and it is a table. */
const CONSISTENT = 0.8;

/**
 * The delimiter that cuts the lines into rows of one width, the header among them. Commas of sentences do not: a space
 * follows them, and not every line has as many.
 * @param lines the first lines of the file, undecodable ones left out
 */
export function findDialect(lines: readonly string[], given: { delimiter?: string | undefined; quote?: string | undefined } = {}): Dialect {
  const sep = SEP_LINE.exec(lines[0] ?? '')?.[1];
  const body = (sep === undefined ? lines : lines.slice(1)).filter((line) => line.trim() !== '');
  const text = body.join('\n');
  const decided = given.delimiter === undefined || given.delimiter === '' ? sep : given.delimiter;
  const quote =
    given.quote ??
    (decided === undefined ? CANDIDATES : [decided]).map((delimiter) => quoteFor(body, delimiter)).find((found) => found === "'") ??
    '"';
  if (decided !== undefined) return { delimiter: decided, quote, sepLine: sep !== undefined };
  const scores = CANDIDATES.map((delimiter) => score(text, delimiter, quote));
  const best = Math.max(...scores);
  return { delimiter: best <= 0 ? null : CANDIDATES[scores.indexOf(best)]!, quote, sepLine: false };
}

/** 0: no table. Else the more even the rows and the rarer a space behind the delimiter, the higher. */
function score(text: string, delimiter: string, quote: string): number {
  let rows: string[][];
  try {
    rows = parse(text, {
      delimiter,
      quote,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
    });
  } catch {
    return 0;
  }
  // The last row may be cut off in the middle.
  if (rows.length > 2) rows.pop();
  const widths = new Map<number, number>();
  for (const { length } of rows) widths.set(length, (widths.get(length) ?? 0) + 1);
  const [width, count] = [...widths].reduce((most, one) => (one[1] > most[1] ? one : most), [1, 0]);
  const even = count / rows.length;
  if (width < 2 || even < CONSISTENT || rows[0]!.length !== width) return lone(rows, delimiter, text);
  const cells = rows.flatMap((row) => row.slice(1));
  const spaced = cells.filter((cell) => /^\s/.test(cell)).length / cells.length;
  return even + 0.5 * (1 - spaced) + Math.min(width, 20) / 1000;
}

/** Rows of different widths are a table still where the first one names columns beyond doubt: `prompt;x`. */
function lone(rows: readonly string[][], delimiter: string, text: string): number {
  const first = rows[0] ?? [];
  const named = first.length > 1 && first.every((cell) => /^[\p{L}\p{N}_-]{1,40}$/u.test(cell.trim()));
  const firstLine = text.split('\n', 1)[0] ?? '';
  return named && !firstLine.includes(`${delimiter} `) ? 0.3 : 0;
}

/** Single quotation marks, where most lines open and close cells with them and none with double ones. */
function quoteFor(lines: readonly string[], delimiter: string): string {
  const quoted = lines.filter((line) => line.startsWith("'") && (line.endsWith("'") || line.includes(`'${delimiter}`))).length;
  return quoted > lines.length / 2 && !lines.some((line) => line.startsWith('"') || line.includes(`${delimiter}"`)) ? "'" : '"';
}
