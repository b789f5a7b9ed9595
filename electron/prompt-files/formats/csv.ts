/** CSV: the column called "prompt" or "text" where there is a header, else the first. */
import { parse, type CsvError, type Info } from 'csv-parse';
import { singlePrompt, type ParsedLine } from '../entry.ts';
import type { Line } from '../lines.ts';
import type { PromptFormat, ReadOptions } from './format.ts';

const BATCH = 256;

export const csv: PromptFormat = { name: 'csv', endings: ['.csv'], read: readCsv };

/** Records, streamed. A line that cannot be read is named, and the next one is tried. */
async function* readCsv(lines: AsyncIterable<Line[]>, { fail }: ReadOptions): AsyncGenerator<ParsedLine[]> {
  const skipped: ParsedLine[] = [];
  let unclosed = false;
  let lastLine = 0;
  let lastSkipped = 0;
  const parser = parse({
    bom: true,
    info: true,
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
  void feed(lines, parser, skipped);
  let column: number | undefined;
  let first = true;
  let batch: ParsedLine[] = [];
  for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
    batch.push(...skipped.splice(0));
    lastLine = info.lines;
    if (first) {
      first = false;
      column = headerColumn(record);
      if (column !== undefined) continue;
    }
    const text = (record[column ?? 0] ?? '').trim();
    if (text !== '') batch.push(singlePrompt(info.lines, text));
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  // All that follows the quotation mark would count as one bad line; that is no list of prompts.
  if (unclosed) throw fail(`After line ${lastLine} a quotation mark is opened and never closed.`);
  yield [...batch, ...skipped];
}

async function feed(lines: AsyncIterable<Line[]>, parser: ReturnType<typeof parse>, skipped: ParsedLine[]): Promise<void> {
  try {
    for await (const batch of lines) {
      for (const line of batch) {
        // An undecodable line still counts as one, so that the numbers of those after it stay right.
        if ('fault' in line) skipped.push(line);
        if (!parser.write(`${'text' in line ? line.text : ''}\n`)) await new Promise((resolve) => parser.once('drain', resolve));
        if (parser.destroyed) return;
      }
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

function headerColumn(cells: readonly string[]): number | undefined {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  return ['prompt', 'text'].map((wanted) => names.indexOf(wanted)).find((at) => at >= 0);
}

function lineOf(error: CsvError | undefined): number {
  const lines = (error as { lines?: unknown } | undefined)?.lines;
  return typeof lines === 'number' && lines >= 1 ? lines : 1;
}

function plain(error: CsvError | undefined): string {
  if (error?.code === 'INVALID_OPENING_QUOTE') return 'a quotation mark stands inside an unquoted cell';
  return (error?.message ?? 'it cannot be read').replace(/\.$/, '');
}
