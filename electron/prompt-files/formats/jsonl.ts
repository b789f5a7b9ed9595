/** JSON lines: an object a line, in the shapes of records.ts. */
import type { ParsedLine } from '../entry.ts';
import { entriesOf, findField, isObject, parseJson, unwrapped } from '../records.ts';
import { SAMPLE_ROWS } from '../tables/columns.ts';
import { eachLine, NOTHING_FOUND, type TextFormat, type TextInput } from './format.ts';

export const jsonl: TextFormat = {
  kind: 'text',
  name: 'jsonl',
  endings: ['.jsonl', '.ndjson'],
  utf8: true,
  async open(input, { column, turns = 'last', conversations, fail }) {
    const found = findField(await sample(input), column, fail);
    const parse = (source: string, line: number): ParsedLine[] => {
      const value = parseJson(source);
      if (value === undefined || typeof value === 'string')
        return [{ line, fault: value === undefined ? 'is not JSON.' : 'is not an object.' }];
      return unwrapped(value).flatMap((record) => entriesOf(record, line, { field: found.field, turns, conversations }));
    };
    return {
      ...NOTHING_FOUND,
      columns: found.columns,
      column: found.column,
      conversations: found.conversations,
      notes: [],
      batches: eachLine(input.lines(), parse),
    };
  },
};

/** Whether a line is a JSON object, whatever is in it. */
export function isJsonObject(line: string): boolean {
  return line.trimStart().startsWith('{') && isObject(parseJson(line));
}

async function sample(input: TextInput): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const batch of input.lines()) {
    for (const line of batch) {
      if ('fault' in line || line.text.trim() === '') continue;
      records.push(...unwrapped(parseJson(line.text)).slice(0, SAMPLE_ROWS));
      if (records.length >= SAMPLE_ROWS) return records;
    }
  }
  return records;
}
