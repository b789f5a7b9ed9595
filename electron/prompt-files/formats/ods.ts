/** ODS: the rows of its sheets. What is said to be repeated is read once. */
import type { Archive } from '../../archives/archive.ts';
import { MAX_COLUMNS } from '../tables/columns.ts';
import { openTables, type Row } from '../tables/table.ts';
import { attribute, readXml } from '../../archives/xml.ts';
import { NOTHING_FOUND, type ArchiveFormat } from './format.ts';

const CONTENT = 'content.xml';
const MAX_SHEETS = 100;

export const ods: ArchiveFormat = {
  kind: 'archive',
  name: 'ods',
  holds: (archive) => archive.has(CONTENT) && archive.has('mimetype'),
  async open(archive, options) {
    const names: string[] = [];
    for await (const sheet of sheets(archive)) names.push(...sheet.names);
    const tables = names.slice(0, MAX_SHEETS).map((name, at) => ({ name, rows: () => rowsOf(archive, at) }));
    return { ...NOTHING_FOUND, ...(await openTables(tables, options)) };
  },
};

async function* rowsOf(archive: Archive, wanted: number): AsyncGenerator<Row[]> {
  for await (const { rows } of sheets(archive)) yield rows.filter(({ sheet }) => sheet === wanted).map(({ row }) => row);
}

interface Piece {
  names: string[];
  rows: { sheet: number; row: Row }[];
}

async function* sheets(archive: Archive): AsyncGenerator<Piece> {
  let piece: Piece = { names: [], rows: [] };
  let cells: string[] = [];
  /** Tables may stand in cells of tables; theirs is the cell's text. */
  let depth = 0;
  let [sheet, row, repeatRow, repeatCell, cell, inText, aside] = [-1, 0, 1, 1, null as string | null, 0, 0];
  const handlers = {
    open: (name: string, attributes: Readonly<Record<string, string>>) => {
      if (name === 'table' && depth++ === 0) {
        sheet++;
        row = 0;
        piece.names.push(attribute(attributes, 'name') ?? `Sheet ${sheet + 1}`);
      } else if (name === 'annotation') aside++;
      if (depth !== 1 || aside > 0) return;
      if (name === 'table-row') {
        cells = [];
        repeatRow = count(attribute(attributes, 'number-rows-repeated'));
      } else if (name === 'table-cell' || name === 'covered-table-cell') {
        cell = '';
        repeatCell = count(attribute(attributes, 'number-columns-repeated'));
      } else if (name === 'p' && cell !== null) {
        if (cell !== '') cell += '\n';
        inText++;
      } else if (inText > 0 && cell !== null) {
        if (name === 's') cell += ' '.repeat(Math.min(count(attribute(attributes, 'c')), 100));
        else if (name === 'tab') cell += '\t';
        else if (name === 'line-break') cell += '\n';
      }
    },
    close: (name: string) => {
      if (name === 'annotation') aside--;
      else if (name === 'table') depth--;
      if (depth !== 1 || aside > 0) return;
      if (name === 'p' && inText > 0) inText--;
      else if ((name === 'table-cell' || name === 'covered-table-cell') && cell !== null) {
        const room = Math.min(repeatCell, MAX_COLUMNS - cells.length);
        for (let at = 0; at < room; at++) cells.push(cell);
        cell = null;
      } else if (name === 'table-row') {
        if (cells.some((text) => text !== '')) piece.rows.push({ sheet, row: { line: row + 1, cells } });
        row = Math.min(row + repeatRow, Number.MAX_SAFE_INTEGER - 10_000_000);
      }
    },
    text: (text: string) => {
      if (inText > 0 && cell !== null && aside === 0) cell += text;
    },
  };
  archive.again();
  yield* readXml(archive.read(CONTENT), handlers, () => {
    const done = piece;
    piece = { names: [], rows: [] };
    return done;
  });
}

const count = (value: string | undefined): number => (value !== undefined && /^\d{1,7}$/.test(value) ? Math.max(1, Number(value)) : 1);
