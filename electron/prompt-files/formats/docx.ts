/** DOCX: the rows of its tables; without tables its paragraphs, headings left out. */
import type { Archive } from '../../archives/archive.ts';
import { singlePrompt } from '../entry.ts';
import { MAX_COLUMNS } from '../tables/columns.ts';
import { openTables, type Row } from '../tables/table.ts';
import { attribute, readXml } from '../../archives/xml.ts';
import { NOTHING_FOUND, type ArchiveFormat } from './format.ts';

const DOCUMENT = 'word/document.xml';
const MAX_TABLES = 100;

export const docx: ArchiveFormat = {
  kind: 'archive',
  name: 'docx',
  holds: (archive) => archive.has(DOCUMENT),
  async open(archive, options) {
    let [tables, paragraphs] = [0, 0];
    for await (const piece of content(archive)) {
      tables = Math.max(tables, ...piece.rows.map(({ table }) => table + 1));
      paragraphs += piece.paragraphs.length;
    }
    if (tables === 0) {
      return {
        ...NOTHING_FOUND,
        notes: [],
        batches: mapped(archive, (piece) => piece.paragraphs.map(({ line, text }) => singlePrompt(line, text))),
      };
    }
    const opened = await openTables(
      Array.from({ length: Math.min(tables, MAX_TABLES) }, (_, at) => ({
        name: tables === 1 ? null : `Table ${at + 1}`,
        rows: () => mapped(archive, (piece) => piece.rows.filter(({ table }) => table === at).map(({ row }) => row)),
      })),
      options,
    );
    if (paragraphs > 0)
      opened.notes.unshift(
        `${paragraphs} ${paragraphs === 1 ? 'paragraph' : 'paragraphs'} beside the tables ${paragraphs === 1 ? 'was' : 'were'} left out.`,
      );
    return { ...NOTHING_FOUND, ...opened };
  },
};

async function* mapped<T>(archive: Archive, take: (piece: Piece) => T[]): AsyncGenerator<T[]> {
  for await (const piece of content(archive)) yield take(piece);
}

interface Piece {
  rows: { table: number; row: Row }[];
  /** Outside of tables, with their number in the document. */
  paragraphs: { line: number; text: string }[];
}

async function* content(archive: Archive): AsyncGenerator<Piece> {
  let piece: Piece = { rows: [], paragraphs: [] };
  let cells: string[] = [];
  /** Tables may stand in cells of tables; theirs is the cell's text. */
  let depth = 0;
  let [table, row, paragraph, span, cell, text, inText, heading] = [-1, 0, 0, 1, '', '', false, false];
  const handlers = {
    open: (name: string, attributes: Readonly<Record<string, string>>) => {
      if (name === 'tbl' && depth++ === 0) {
        table++;
        row = 0;
      } else if (name === 'tr' && depth === 1) cells = [];
      else if (name === 'tc' && depth === 1) [cell, span] = ['', 1];
      else if (name === 'gridSpan' && depth === 1) span = spanOf(attribute(attributes, 'val'));
      else if (name === 'p') [text, heading] = ['', false];
      else if (name === 'pStyle') heading = /^(?:heading|title|subtitle|toc)/i.test(attribute(attributes, 'val') ?? '');
      else if (name === 't') inText = true;
      else if (name === 'tab') text += '\t';
      else if (name === 'br' || name === 'cr') text += '\n';
    },
    close: (name: string) => {
      if (name === 't') inText = false;
      else if (name === 'p') {
        if (depth > 0) cell += cell === '' ? text : `\n${text}`;
        else {
          paragraph++;
          if (text.trim() !== '' && !heading) piece.paragraphs.push({ line: paragraph, text: text.trim() });
        }
        text = '';
      } else if (name === 'tc' && depth === 1) {
        const room = Math.min(span, MAX_COLUMNS - cells.length);
        for (let at = 0; at < room; at++) cells.push(at === 0 ? cell.trim() : '');
      } else if (name === 'tr' && depth === 1) piece.rows.push({ table, row: { line: ++row, cells } });
      else if (name === 'tbl') depth--;
    },
    text: (written: string) => {
      if (inText) text += written;
    },
  };
  archive.again();
  yield* readXml(archive.read(DOCUMENT), handlers, () => {
    const done = piece;
    piece = { rows: [], paragraphs: [] };
    return done;
  });
}

const spanOf = (value: string | undefined): number => (value !== undefined && /^\d{1,3}$/.test(value) ? Math.max(1, Number(value)) : 1);
