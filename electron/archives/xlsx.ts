/** XLSX: the rows of its sheets. Formulas count by their last value; what is hidden is left out. */
import type { Archive } from './archive.ts';
import { attribute, readXml } from './xml.ts';

const WORKBOOK = 'xl/workbook.xml';
const RELATIONS = 'xl/_rels/workbook.xml.rels';
const STRINGS = 'xl/sharedStrings.xml';
/** More sheets than anyone hands in. */
const MAX_SHEETS = 100;

/** Numbered as in the sheet, from 1. */
export interface SheetRow {
  line: number;
  cells: string[];
}

export interface Sheet {
  name: string;
  /** In batches, from the first row each time. */
  rows(): AsyncGenerator<SheetRow[]>;
}

export const isXlsx = (archive: Archive): boolean => archive.has(WORKBOOK);

/** The visible sheets, and how many are hidden. @param columns of a row that are read @throws BadArchive */
export async function openSheets(archive: Archive, columns: number): Promise<{ sheets: Sheet[]; hidden: number }> {
  const { sheets, hidden } = await sheetsOf(archive);
  const strings = archive.has(STRINGS) ? await sharedStrings(archive) : [];
  return { sheets: sheets.map(({ name, path }) => ({ name, rows: () => rows(archive, path, strings, columns) })), hidden };
}

async function sheetsOf(archive: Archive): Promise<{ sheets: { name: string; path: string }[]; hidden: number }> {
  const listed: { name: string; relation: string }[] = [];
  let hidden = 0;
  await all(archive, WORKBOOK, (name, attributes) => {
    if (name !== 'sheet') return;
    if ((attribute(attributes, 'state') ?? 'visible') !== 'visible') hidden++;
    else listed.push({ name: attribute(attributes, 'name') ?? '', relation: attributes['r:id'] ?? attribute(attributes, 'id') ?? '' });
  });
  const paths = new Map<string, string>();
  await all(archive, RELATIONS, (name, attributes) => {
    if (name === 'Relationship') paths.set(attributes['Id'] ?? '', target(attributes['Target'] ?? ''));
  });
  const sheets = listed.slice(0, MAX_SHEETS).flatMap(({ name, relation }) => {
    const path = paths.get(relation) ?? '';
    return archive.has(path) ? [{ name, path }] : [];
  });
  return { sheets, hidden };
}

/** Within the archive, whatever is written: a path that leads elsewhere names no member. */
const target = (path: string): string => (path.startsWith('/') ? path.slice(1) : `xl/${path}`);

async function all(
  archive: Archive,
  member: string,
  open: (name: string, attributes: Readonly<Record<string, string>>) => void,
): Promise<void> {
  const handlers = { open, close: () => undefined, text: () => undefined };
  for await (const _ of readXml(archive.read(member), handlers, () => null));
}

/** The texts that cells name by number. Reading hints of Japanese (`rPh`) are no part of them. */
async function sharedStrings(archive: Archive): Promise<string[]> {
  const strings: string[] = [];
  let [current, inText, hint] = ['', false, false];
  const handlers = {
    open: (name: string) => {
      if (name === 'si') current = '';
      else if (name === 'rPh') hint = true;
      else if (name === 't') inText = !hint;
    },
    close: (name: string) => {
      if (name === 'si') strings.push(current);
      else if (name === 'rPh') hint = false;
      else if (name === 't') inText = false;
    },
    text: (text: string) => {
      if (inText) current += text;
    },
  };
  for await (const _ of readXml(archive.read(STRINGS), handlers, () => null));
  return strings;
}

async function* rows(archive: Archive, path: string, strings: readonly string[], columns: number): AsyncGenerator<SheetRow[]> {
  let done: SheetRow[] = [];
  let cells: string[] = [];
  let [row, column, type, value, inValue, hint] = [0, 0, '', '', false, false];
  const handlers = {
    open: (name: string, attributes: Readonly<Record<string, string>>) => {
      if (name === 'row') {
        cells = [];
        column = -1;
        // Rows may be left out, and then the next one says its number.
        row = rowNumber(attributes['r'], row + 1);
      } else if (name === 'c') {
        column = columnNumber(attributes['r'], column + 1);
        type = attributes['t'] ?? 'n';
        value = '';
      } else if (name === 'rPh') hint = true;
      else if (name === 'v' || name === 't') inValue = !hint;
    },
    close: (name: string) => {
      if (name === 'v' || name === 't') inValue = false;
      else if (name === 'rPh') hint = false;
      else if (name === 'c' && column < columns && value !== '') {
        while (cells.length < column) cells.push('');
        cells[column] = type === 's' ? (strings[Number(value)] ?? '') : type === 'e' ? '' : value;
      } else if (name === 'row' && cells.length > 0) done.push({ line: row, cells });
    },
    text: (text: string) => {
      if (inValue) value += text;
    },
  };
  archive.again();
  yield* readXml(archive.read(path), handlers, () => {
    const batch = done;
    done = [];
    return batch;
  });
}

function rowNumber(reference: string | undefined, otherwise: number): number {
  return reference !== undefined && /^\d{1,7}$/.test(reference) ? Number(reference) : otherwise;
}

/** "AB12" is column 27, from 0. */
function columnNumber(reference: string | undefined, otherwise: number): number {
  const letters = /^([A-Z]{1,3})\d+$/.exec(reference ?? '')?.[1];
  if (letters === undefined) return otherwise;
  return [...letters].reduce((number, letter) => number * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}
