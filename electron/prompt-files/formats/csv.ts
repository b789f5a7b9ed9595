/** CSV and TSV: rows of cells. Delimiter, quotation mark and header are found out, or are what a person says. */
import { parse, type CsvError, type Info } from 'csv-parse';
import type { Line } from '../lines.ts';
import { findDialect, NO_DELIMITER, type Dialect } from '../tables/delimiter.ts';
import { openTables, type Row } from '../tables/table.ts';
import type { PromptFormatName, TextFormat } from './format.ts';

const BATCH = 256;
/** Lines that the delimiter is found out from, and how much of them. */
const SAMPLE_LINES = 200;
const SAMPLE_CHARACTERS = 200_000;

const delimited = (name: PromptFormatName, endings: readonly string[], usual?: string): TextFormat => ({
  kind: 'text',
  name,
  endings,
  async open(input, options) {
    const { fail, quote } = options;
    const sample = await firstLines(input.lines());
    const usualThere = usual !== undefined && sample.some((line) => line.includes(usual)) ? usual : undefined;
    const dialect = findDialect(sample, { delimiter: options.delimiter ?? usualThere, quote });
    const opened = await openTables([{ name: null, rows: () => readRows(input.lines(), dialect, fail) }], options);
    return { ...opened, delimiter: dialect.delimiter };
  },
});

export const csv = delimited('csv', ['.csv']);
export const tsv = delimited('tsv', ['.tsv', '.tab'], '\t');

async function firstLines(lines: AsyncGenerator<Line[]>): Promise<string[]> {
  const found: string[] = [];
  let characters = 0;
  for await (const batch of lines) {
    for (const line of batch) {
      if ('fault' in line) continue;
      found.push(line.text);
      characters += line.text.length;
      if (found.length >= SAMPLE_LINES || characters > SAMPLE_CHARACTERS) return found;
    }
  }
  return found;
}

/** Records, streamed. A line that cannot be read is named, and the next one is tried. */
async function* readRows(lines: AsyncIterable<Line[]>, dialect: Dialect, fail: (fault: string) => Error): AsyncGenerator<Row[]> {
  const skipped: Row[] = [];
  let unclosed = false;
  let lastLine = 0;
  let lastSkipped = 0;
  const parser = parse({
    bom: true,
    info: true,
    delimiter: dialect.delimiter ?? NO_DELIMITER,
    quote: dialect.quote,
    escape: dialect.quote,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    on_skip: (error: CsvError | undefined) => {
      if (error?.code === 'CSV_QUOTE_NOT_CLOSED') unclosed = true;
      const line = lineOf(error);
      // The parser complains of every quotation mark in a line; the line is left out once.
      if (line !== lastSkipped) skipped.push({ line, fault: `is not CSV: ${plain(error)}.` });
      lastSkipped = line;
      return undefined;
    },
  });
  void feed(lines, dialect, parser, skipped);
  let batch: Row[] = [];
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      batch.push(...skipped.splice(0));
      lastLine = info.lines;
      batch.push({ line: info.lines, cells: record });
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
  } finally {
    parser.destroy();
  }
  // All that follows the quotation mark would count as one bad line; that is no list of prompts.
  if (unclosed) throw fail(`After line ${lastLine} a quotation mark is opened and never closed.`);
  yield [...batch, ...skipped];
}

async function feed(lines: AsyncIterable<Line[]>, { sepLine }: Dialect, parser: ReturnType<typeof parse>, skipped: Row[]): Promise<void> {
  try {
    for await (const batch of lines) {
      for (const line of batch) {
        if (parser.destroyed) return;
        // An undecodable line still counts as one, so that the numbers of those after it stay right.
        if ('fault' in line) skipped.push(line);
        const text = 'text' in line && !(sepLine && line.line === 1) ? line.text : '';
        if (!parser.write(`${text}\n`)) await drained(parser);
      }
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

function drained(parser: ReturnType<typeof parse>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      parser.off('drain', done).off('close', done);
      resolve();
    };
    parser.on('drain', done).on('close', done);
  });
}

function lineOf(error: CsvError | undefined): number {
  const lines = (error as { lines?: unknown } | undefined)?.lines;
  return typeof lines === 'number' && lines >= 1 ? lines : 1;
}

function plain(error: CsvError | undefined): string {
  if (error?.code === 'INVALID_OPENING_QUOTE') return 'a quotation mark stands inside an unquoted cell';
  return (error?.message ?? 'it cannot be read').replace(/\.$/, '');
}
