/** Markdown: the items of its lists; without lists its tables, and without those every line that is no heading. */
import { singlePrompt, type ParsedLine } from '../entry.ts';
import type { Line } from '../lines.ts';
import { openTables, type Row, type Table } from '../tables/table.ts';
import { eachLine, NOTHING_FOUND, type TextFormat } from './format.ts';

const ITEM = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?(?=\S)/;
const TABLE_ROW = /^\s*\|.*\|\s*$/;
const TABLE_RULE = /^\s*\|(?:\s*:?-+:?\s*\|)+\s*$/;
const FENCE = /^\s*(?:```|~~~)/;
/** Headings, rules, quotation marks by themselves, comments, and the fence of what stands before the text. */
const NO_PROMPT = /^\s*(?:#{1,6}(?:\s|$)|(?:[-*_]\s*){3,}$|>|<!--|={3,}\s*$)/;

export const markdown: TextFormat = {
  kind: 'text',
  name: 'markdown',
  endings: ['.md', '.markdown'],
  async open(input, options) {
    let [items, rows] = [0, 0];
    for await (const batch of input.lines()) {
      for (const line of batch) {
        if ('fault' in line) continue;
        if (ITEM.test(line.text)) items++;
        else if (TABLE_ROW.test(line.text)) rows++;
      }
    }
    if (items === 0 && rows > 1) return openTables([table(input.lines)], options);
    const notes: string[] = [];
    return { ...NOTHING_FOUND, notes, batches: items > 0 ? listItems(input.lines(), notes) : paragraphs(input.lines()) };
  },
};

/** An item goes on in lines that are indented; code inside it is part of it. Everything else is left out and counted. */
async function* listItems(batches: AsyncIterable<Line[]>, notes: string[]): AsyncGenerator<ParsedLine[]> {
  let item: { line: number; text: string } | null = null;
  let [fenced, others] = [false, 0];
  const ended: ParsedLine[] = [];
  const end = () => {
    if (item !== null) ended.push(singlePrompt(item.line, item.text.trim()));
    item = null;
  };
  for await (const batch of batches) {
    for (const line of batch) {
      if ('fault' in line) {
        ended.push(line);
        continue;
      }
      const { text } = line;
      if (FENCE.test(text)) fenced = !fenced;
      if (!fenced && ITEM.test(text)) {
        end();
        item = { line: line.line, text: text.replace(ITEM, '') };
      } else if (item !== null && (fenced || /^\s+\S/.test(text) || FENCE.test(text))) {
        item = { line: item.line, text: `${item.text}\n${text.trim()}` };
      } else if (text.trim() === '') {
        // An item may go on behind an empty line.
      } else {
        end();
        others++;
      }
    }
    yield ended.splice(0);
  }
  end();
  yield ended;
  if (others > 0) notes.push(`${others} ${others === 1 ? 'line' : 'lines'} beside the lists ${others === 1 ? 'was' : 'were'} left out.`);
}

function paragraphs(batches: AsyncIterable<Line[]>): AsyncGenerator<ParsedLine[]> {
  return eachLine(batches, (text, line) => (NO_PROMPT.test(text) || FENCE.test(text) ? [] : singlePrompt(line, text.trim())));
}

function table(lines: () => AsyncGenerator<Line[]>): Table {
  return {
    name: null,
    rows: async function* () {
      for await (const batch of lines()) {
        yield batch.flatMap((line): Row[] => {
          if ('fault' in line) return [line];
          if (!TABLE_ROW.test(line.text) || TABLE_RULE.test(line.text)) return [];
          const cells = line.text
            .trim()
            .slice(1, -1)
            .split(/(?<!\\)\|/);
          return [{ line: line.line, cells: cells.map((cell) => cell.replaceAll('\\|', '|').trim()) }];
        });
      }
    },
  };
}
