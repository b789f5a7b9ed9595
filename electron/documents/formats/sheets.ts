/** XLSX: its visible sheets, a row a line with tabs between the cells. */
import type { Archive } from '../../archives/archive.ts';
import { openSheets } from '../../archives/xlsx.ts';
import type { TextSink } from '../text-sink.ts';

const MAX_COLUMNS = 512;

export async function readSheets(archive: Archive, sink: TextSink, notes: string[]): Promise<void> {
  const { sheets, hidden } = await openSheets(archive, MAX_COLUMNS);
  for (const { name, rows } of sheets) {
    if (sink.isFull) break;
    sink.push(`# ${name}\n\n`);
    for await (const batch of rows()) {
      for (const { cells } of batch) sink.push(`${Array.from(cells, (cell) => (cell ?? '').replace(/\s+/g, ' ')).join('\t')}\n`);
      if (sink.isFull) break;
    }
    sink.push('\n');
  }
  if (hidden > 0) notes.push(`${hidden} hidden ${hidden === 1 ? 'sheet was' : 'sheets were'} left out.`);
}
