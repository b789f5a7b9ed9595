/** JSON: a list of objects or texts, an object that holds one, or objects one after another; over as many lines as it likes. */
import type { ParsedLine } from '../entry.ts';
import { MAX_LINE_BYTES, type Line } from '../lines.ts';
import { entriesOf, findField, parseJson, unwrapped } from '../records.ts';
import { SAMPLE_ROWS } from '../tables/columns.ts';
import { NOTHING_FOUND, type TextFormat } from './format.ts';

export const json: TextFormat = {
  kind: 'text',
  name: 'json',
  endings: ['.json'],
  utf8: true,
  async open(input, { column, turns = 'last', conversations, fail }) {
    const found = findField(await sample(values(input.lines(), fail)), column, fail);
    return {
      ...NOTHING_FOUND,
      columns: found.columns.length === 0 ? null : found.columns,
      column: found.column,
      conversations: found.conversations,
      notes: [],
      batches: entries(values(input.lines(), fail), (value, line) =>
        unwrapped(value).flatMap((record) => entriesOf(record, line, { field: found.field, turns, conversations })),
      ),
    };
  },
};

type Value = { line: number; value: unknown } | { line: number; fault: string };

async function sample(batches: AsyncIterable<Value[]>): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const batch of batches) {
    for (const one of batch) if ('value' in one) records.push(...unwrapped(one.value).slice(0, SAMPLE_ROWS));
    if (records.length >= SAMPLE_ROWS) break;
  }
  return records;
}

async function* entries(
  batches: AsyncIterable<Value[]>,
  parse: (value: unknown, line: number) => ParsedLine[],
): AsyncGenerator<ParsedLine[]> {
  for await (const batch of batches) yield batch.flatMap((one) => ('fault' in one ? [one] : parse(one.value, one.line)));
}

/**
 * The members of the outermost list, or the values of a file that is none, each parsed by itself: no more than one is held,
 * and one that is wrong costs no other. They are told apart by brackets and quotation marks alone.
 * @throws what `fail` makes, for a file that ends in the middle
 */
async function* values(lines: AsyncIterable<Line[]>, fail: (fault: string) => Error): AsyncGenerator<Value[]> {
  const scanner = new ValueScanner();
  for await (const batch of lines) {
    const found: Value[] = [];
    for (const line of batch) {
      // A line break that stands in a text is not JSON either; the value it stands in is then named.
      if ('fault' in line) found.push(line);
      else found.push(...scanner.push(`${line.text}\n`, line.line));
    }
    yield found;
  }
  const { last, open } = scanner.end();
  yield last;
  if (open) throw fail('It ends in the middle: a bracket or a quotation mark is never closed.');
}

class ValueScanner {
  #isList: boolean | null = null;
  #depth = 0;
  #inText = false;
  #escaped = false;
  #pieces: string[] = [];
  #length = 0;
  #line = 1;

  push(text: string, line: number): Value[] {
    const found: Value[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.#inText) {
        if (this.#escaped) this.#escaped = false;
        else if (code === 0x5c) this.#escaped = true;
        else if (code === 0x22) this.#inText = false;
        continue;
      }
      // Most characters of a file mean nothing here.
      if (code !== 0x22 && code !== 0x2c && code !== 0x5b && code !== 0x5d && code !== 0x7b && code !== 0x7d) continue;
      if (this.#isList === null) {
        this.#isList = code === 0x5b;
        if (this.#isList) {
          this.#depth = 1;
          from = at + 1;
          continue;
        }
      }
      if (code === 0x22) this.#inText = true;
      else if (code === 0x5b || code === 0x7b) this.#depth++;
      else if (code === 0x2c) {
        if (this.#depth !== (this.#isList ? 1 : 0)) continue;
        this.#keep(text.slice(from, at), line);
        found.push(...this.#value());
        from = at + 1;
      } else {
        this.#depth--;
        const closesList = this.#isList && this.#depth === 0;
        if (this.#depth > 0) continue;
        this.#keep(text.slice(from, closesList ? at : at + 1), line);
        found.push(...this.#value());
        from = at + 1;
        if (this.#depth < 0) this.#depth = 0;
        // What follows a list is another value.
        if (closesList) this.#isList = null;
      }
    }
    this.#keep(text.slice(from), line);
    return found;
  }

  end(): { last: Value[]; open: boolean } {
    const open = this.#depth > 0 || this.#inText;
    return { last: open ? [] : this.#value(), open };
  }

  #keep(piece: string, line: number): void {
    if (this.#length === 0) {
      if (piece.trim() === '') return;
      this.#line = line;
    }
    this.#length += piece.length;
    // Of a value that is too long nothing is kept but its length.
    if (this.#length > MAX_LINE_BYTES * 4) this.#pieces = [];
    else this.#pieces.push(piece);
  }

  #value(): Value[] {
    const [source, length, line] = [this.#pieces.join(''), this.#length, this.#line];
    this.#pieces = [];
    this.#length = 0;
    if (length === 0) return [];
    if (source === '') return [{ line, fault: 'begins a value that is too long.' }];
    const value = parseJson(source);
    return [value === undefined ? { line, fault: 'begins something that is not JSON.' } : { line, value }];
  }
}
