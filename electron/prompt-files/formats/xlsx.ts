/** XLSX: one column of its sheets' rows. */
import { isXlsx, openSheets } from '../../archives/xlsx.ts';
import { MAX_COLUMNS } from '../tables/columns.ts';
import { openTables } from '../tables/table.ts';
import { NOTHING_FOUND, type ArchiveFormat } from './format.ts';

export const xlsx: ArchiveFormat = {
  kind: 'archive',
  name: 'xlsx',
  holds: isXlsx,
  async open(archive, options) {
    const { sheets, hidden } = await openSheets(archive, MAX_COLUMNS);
    const opened = await openTables(sheets, options);
    if (hidden > 0) opened.notes.unshift(`${hidden} hidden ${hidden === 1 ? 'sheet was' : 'sheets were'} left out.`);
    return { ...NOTHING_FOUND, ...opened };
  },
};
