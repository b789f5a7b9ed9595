/** Tables, wherever they come from: one column of their rows are the prompts. */
import { singlePrompt, type ParsedLine } from '../entry.ts';
import { NOTHING_FOUND, type OpenedFile, type ReadOptions } from '../formats/format.ts';
import { columnNamed, columnNames, hasHeader, likelihoods, MAX_COLUMNS, SAMPLE_ROWS } from './columns.ts';

/** A row with its number in the file, from 1, or what is wrong with it. */
export type Row = { line: number; cells: string[] } | { line: number; fault: string };

export interface Table {
  /** A sheet's name; null where there is one table only. */
  readonly name: string | null;
  /** In batches, from the first row each time. */
  rows(): AsyncGenerator<Row[]>;
}

interface Looked {
  table: Table;
  header: boolean;
  names: string[];
  /** The likeliest column, and how likely. */
  best: number;
  score: number;
}

/** Finds the column of prompts in the likeliest table; other tables are read too where they have a column of that name. */
export async function openTables(tables: readonly Table[], options: ReadOptions): Promise<Omit<OpenedFile, 'encoding'>> {
  const looked: Looked[] = [];
  for (const table of tables) {
    const one = await look(table, options);
    if (one !== null) looked.push(one);
  }
  if (looked.length === 0) return { ...NOTHING_FOUND, notes: [], batches: nothing(tables) };
  const chosen = options.column === undefined ? likeliest(looked) : named(looked, options.column);
  if (chosen === undefined) {
    const names = [...new Set(looked.flatMap((one) => one.names))];
    throw options.fail(
      `It has no column "${options.column}". It has ${names
        .slice(0, 20)
        .map((name) => `"${name}"`)
        .join(', ')}.`,
    );
  }
  const column = chosen.names[chosen.best]!;
  const notes: string[] = [];
  const read = looked.flatMap((one): Looked[] => {
    const at = one === chosen ? one.best : chosen.header && one.header ? columnNamed(one.names, column) : -1;
    if (at >= 0) return [{ ...one, best: at }];
    notes.push(`${one.table.name === null ? 'A table' : `“${one.table.name}”`} was left out: it has no column “${column}”.`);
    return [];
  });
  return {
    ...NOTHING_FOUND,
    columns: chosen.names,
    column,
    header: chosen.header,
    notes,
    batches: prompts(read),
  };
}

async function look(table: Table, { header: wanted, fail }: ReadOptions): Promise<Looked | null> {
  const rows: string[][] = [];
  sample: for await (const batch of table.rows()) {
    for (const row of batch) {
      if ('fault' in row || row.cells.every((cell) => cell.trim() === '')) continue;
      rows.push(row.cells.slice(0, MAX_COLUMNS));
      if (rows.length > SAMPLE_ROWS) break sample;
    }
  }
  if (rows.length === 0) return null;
  const header = wanted ?? hasHeader(rows);
  const names = columnNames(rows, header);
  if (names.length === 0) throw fail('It has no columns.');
  const scores = likelihoods(names, header ? rows.slice(1) : rows, header);
  const score = Math.max(...scores);
  return { table, header, names, best: scores.indexOf(score), score };
}

const likeliest = (looked: readonly Looked[]): Looked => looked.reduce((best, one) => (one.score > best.score ? one : best));

function named(looked: readonly Looked[], column: string): Looked | undefined {
  const found = looked.find(({ names }) => columnNamed(names, column) >= 0);
  return found === undefined ? undefined : { ...found, best: columnNamed(found.names, column) };
}

/** Faults alone: rows that could be read there are none. */
async function* nothing(tables: readonly Table[]): AsyncGenerator<ParsedLine[]> {
  for (const table of tables) for await (const batch of table.rows()) yield batch.filter((row) => 'fault' in row);
}

async function* prompts(tables: readonly Looked[]): AsyncGenerator<ParsedLine[]> {
  for (const { table, header, best } of tables) {
    let first = header;
    for await (const batch of table.rows()) {
      const entries: ParsedLine[] = [];
      for (const row of batch) {
        if ('fault' in row) {
          entries.push(row);
          continue;
        }
        if (first && row.cells.some((cell) => cell.trim() !== '')) {
          first = false;
          continue;
        }
        const text = (row.cells[best] ?? '').trim();
        if (text !== '') entries.push(singlePrompt(row.line, text));
      }
      yield entries;
    }
  }
}
