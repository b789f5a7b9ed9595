/** The one reader of prompt files: whatever the format and the encoding, entries and named faults come out of it. */
import type { SteadyError } from '../contract/index.ts';
import { Archive, BadArchive } from '../archives/archive.ts';
import { encodingNamed, findEncoding } from './encoding.ts';
import type { ParsedLine } from './entry.ts';
import { ARCHIVE_FORMATS, formatOf, textFormat, type FormatOptions, type PromptFile, type PromptFormatName } from './formats/index.ts';
import { decodeLines, type Line } from './lines.ts';
import { fromBytes, type PromptSource } from './source.ts';
import { Slices } from './slices.ts';
import { unreadable } from './unreadable.ts';

export interface ReadPromptFileOptions extends FormatOptions {
  /** Instead of what the name and the first lines say. */
  format?: PromptFormatName | undefined;
  /** Whether system prompts, conversations and answers are wanted. */
  conversations?: boolean;
  /** `office`: archives other than those of office programs are refused. */
  archives?: 'all' | 'office';
  signal?: AbortSignal | undefined;
}

/** Lines that a format is found out from. */
const FIRST_LINES = 20;
/** How other files begin, and what to do with them. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['d0cf11e0', 'It is a file of an older office program, or one with a password. Save it as XLSX, DOCX or CSV without a password.'],
  ['25504446', 'It is a PDF. Copy its text into a TXT file with a prompt a line.'],
  ['1f8b', 'It is compressed with gzip. Unpack it first.'],
  ['50415231', 'It is a Parquet file. Export it as JSON lines or CSV.'],
];

/** Opens a file and finds out what it is. @throws SteadyError `bad-input` for what cannot be read or is no text */
export async function readPromptFile(source: PromptSource, options: ReadPromptFileOptions = {}): Promise<PromptFile> {
  const fail = (fault: string): SteadyError => unreadable(source.name, fault);
  const begin = Buffer.from(await firstBytes(source)).toString('hex');
  const foreign = FOREIGN.find(([magic]) => begin.startsWith(magic));
  if (foreign !== undefined) throw fail(foreign[1]);
  const archive = begin.startsWith('504b0304') || begin.startsWith('504b0506');
  return archive && !(options.format !== undefined && textFormat(options.format) !== undefined)
    ? readArchive(source, options, fail)
    : readText(source, options, fail);
}

async function readText(source: PromptSource, options: ReadPromptFileOptions, fail: (fault: string) => SteadyError): Promise<PromptFile> {
  const found = options.encoding === undefined ? await findEncoding(source) : { encoding: encodingNamed(options.encoding), guessed: false };
  let { encoding } = found;
  const linesIn = (name: string) => decodeLines(source.chunks(), name, fail);
  const format =
    (options.format === undefined ? undefined : textFormat(options.format)) ?? formatOf(source.name, await firstLines(linesIn(encoding)));
  const guessed = found.guessed && format.utf8 !== true;
  if (found.guessed && !guessed) encoding = 'utf-8';
  const opened = await format.open({ lines: () => linesIn(encoding) }, { conversations: false, ...options, fail });
  if (guessed)
    opened.notes.unshift('It is not UTF-8 and was read as Windows-1252. If accents or umlauts look wrong, choose another encoding.');
  return {
    ...opened,
    format: format.name === 'csv' && opened.delimiter === '\t' ? 'tsv' : format.name,
    encoding: encoding.startsWith('utf-16') ? 'utf-16' : encoding,
    entries: inSlices(opened.batches, new Slices(options.signal)),
    close: () => undefined,
  };
}

async function readArchive(
  source: PromptSource,
  options: ReadPromptFileOptions,
  fail: (fault: string) => SteadyError,
): Promise<PromptFile> {
  const clear = (error: unknown) => (error instanceof BadArchive ? fail(error.message) : error);
  let archive: Archive | null = null;
  try {
    const opened = await Archive.open(source);
    archive = opened;
    const format = ARCHIVE_FORMATS.find((one) => one.holds(opened))!;
    if (format.name === 'zip' && options.archives === 'office') throw fail('It is an archive inside an archive.');
    const file = await format.open(opened, { conversations: false, ...options, fail }, (name, bytes) =>
      readPromptFile(fromBytes(name, bytes), { ...options, archives: 'office' }),
    );
    const entries = async function* () {
      try {
        yield* inSlices(file.batches, new Slices(options.signal));
      } catch (error) {
        throw clear(error);
      } finally {
        opened.close();
      }
    };
    return { ...file, format: format.name, entries: entries(), close: () => opened.close() };
  } catch (error) {
    archive?.close();
    throw clear(error);
  }
}

async function firstBytes(source: PromptSource): Promise<Uint8Array> {
  for await (const chunk of source.chunks()) return chunk.subarray(0, 8);
  return new Uint8Array();
}

/** The first lines that have something in them. */
async function firstLines(lines: AsyncGenerator<Line[]>): Promise<string[]> {
  const found: string[] = [];
  for await (const batch of lines) {
    for (const line of batch) {
      if ('fault' in line ? found.length > 0 : line.text.trim() === '') continue;
      found.push('fault' in line ? '' : line.text);
      if (found.length >= FIRST_LINES) return found;
    }
  }
  return found;
}

async function* inSlices(batches: AsyncIterable<ParsedLine[]>, slices: Slices): AsyncGenerator<ParsedLine> {
  for await (const batch of batches) {
    for (const entry of batch) {
      if (slices.isOver) await slices.pause();
      yield entry;
    }
  }
}
