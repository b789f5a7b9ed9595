/** The formats of prompt files. A new one is a file beside this one and a line in a list. */
import { extname } from 'node:path';
import { csv, tsv } from './csv.ts';
import { docx } from './docx.ts';
import type { ArchiveFormat, PromptFormatName, TextFormat } from './format.ts';
import { json } from './json.ts';
import { isJsonObject, jsonl } from './jsonl.ts';
import { markdown } from './markdown.ts';
import { ods } from './ods.ts';
import { text } from './text.ts';
import { xlsx } from './xlsx.ts';
import { zip } from './zip.ts';

export type { FormatOptions, PromptFile, PromptFormatName, TurnsWanted } from './format.ts';

export const TEXT_FORMATS: readonly TextFormat[] = [text, csv, tsv, jsonl, json, markdown];
/** In the order in which they are tried. A plain ZIP is what is none of the others. */
export const ARCHIVE_FORMATS: readonly ArchiveFormat[] = [xlsx, docx, ods, zip];

export const textFormat = (name: PromptFormatName): TextFormat | undefined => TEXT_FORMATS.find((format) => format.name === name);

/** By the name's ending; else by how the file begins: JSON, cells between tabs, or a prompt a line. */
export function formatOf(name: string, begin: readonly string[]): TextFormat {
  const ending = extname(name).toLowerCase();
  const first = begin[0] ?? '';
  if (ending === '.json' && isJsonObject(first)) return jsonl;
  const named = TEXT_FORMATS.find(({ endings }) => endings.includes(ending));
  if (named !== undefined) return named;
  if (isJsonObject(first)) return jsonl;
  if (/^\s*\[\s*(?:\{.*)?$/.test(first)) return json;
  // Cells that were copied from a spreadsheet.
  const tabs = begin.map((line) => line.split('\t').length);
  return tabs.length > 1 && tabs[0]! > 1 && tabs.every((count) => count === tabs[0]) ? tsv : text;
}
