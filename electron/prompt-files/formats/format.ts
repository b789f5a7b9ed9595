/** What every format of prompt files provides. */
import type { PromptFormat } from '../../contract/index.ts';
import type { Archive } from '../../archives/archive.ts';
import type { ParsedLine } from '../entry.ts';
import type { Line } from '../lines.ts';

export type PromptFormatName = PromptFormat;

/** Which of a conversation's requests are prompts: the last one, or every one, each with what came before it. */
export type TurnsWanted = 'last' | 'every';

/** What a person can say of a file instead of having it found out. */
export interface FormatOptions {
  /** A column's or a field's name, whatever its case, or a column's number from 1. */
  column?: string | undefined;
  delimiter?: string | undefined;
  quote?: string | undefined;
  /** Whether a table's first row names its columns. */
  header?: boolean | undefined;
  turns?: TurnsWanted | undefined;
  encoding?: string | undefined;
}

export interface ReadOptions extends FormatOptions {
  /** Whether system prompts, conversations and answers are wanted; else a line's prompt is all that is looked at. */
  conversations: boolean;
  /** Makes the error for a file that is not of the format at all. */
  fail(fault: string): Error;
}

/** What was found out of a file before it is read, and what is in it. */
export interface OpenedFile {
  /** Null where it is not one text. */
  encoding: string | null;
  delimiter: string | null;
  /** The columns or fields there are; null where there is nothing to choose from. */
  columns: string[] | null;
  /** The one that holds the prompts. */
  column: string | null;
  /** Whether the first row names the columns; null where there is no table. */
  header: boolean | null;
  /** Whether there are conversations with several requests. */
  conversations: boolean;
  /** Sentences about what was found and what was left out; complete when the last batch was read. */
  notes: string[];
  batches: AsyncIterable<ParsedLine[]>;
}

/** A file that was opened, by whatever format it is of. */
export interface PromptFile extends Omit<OpenedFile, 'batches'> {
  format: PromptFormatName;
  /** In the order of the file, with pauses that let others run. @throws SteadyError `bad-input`, `cancelled` by the signal */
  entries: AsyncGenerator<ParsedLine>;
  /** Lets go of the file, for who does not read to the end. */
  close(): void;
}

export const NOTHING_FOUND = {
  encoding: null,
  delimiter: null,
  columns: null,
  column: null,
  header: null,
  conversations: false,
} as const satisfies Omit<OpenedFile, 'notes' | 'batches'>;

/** A file of text. Its lines can be read again and again, each time from the first. */
export interface TextInput {
  lines(): AsyncGenerator<Line[]>;
}

/** A format whose files are text. */
export interface TextFormat {
  readonly kind: 'text';
  readonly name: PromptFormatName;
  /** Endings of file names that settle the format, with their dot. */
  readonly endings: readonly string[];
  /** Whether its files are UTF-8 by definition. */
  readonly utf8?: boolean;
  open(input: TextInput, options: ReadOptions): Promise<Omit<OpenedFile, 'encoding'>>;
}

/** A format whose files are ZIP archives. */
export interface ArchiveFormat {
  readonly kind: 'archive';
  readonly name: PromptFormatName;
  /** Whether an archive is of this format. */
  holds(archive: Archive): boolean;
  /** @param openMember opens a file that was inside */
  open(archive: Archive, options: ReadOptions, openMember: (name: string, bytes: Uint8Array) => Promise<PromptFile>): Promise<OpenedFile>;
}

/** A format in which every line stands for itself. */
export async function* eachLine(
  batches: AsyncIterable<Line[]>,
  parse: (text: string, line: number) => ParsedLine | ParsedLine[],
): AsyncGenerator<ParsedLine[]> {
  for await (const batch of batches) {
    const filled = batch.filter((line) => 'fault' in line || line.text.trim() !== '');
    yield filled.flatMap((line) => ('fault' in line ? line : parse(line.text, line.line)));
  }
}
