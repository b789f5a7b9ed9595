/** Options by which a person says of a prompt file what would else be found out. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { encodingNamed } from '../prompt-files/encoding.ts';
import type { FormatOptions, TurnsWanted } from '../prompt-files/formats/index.ts';

export interface PromptFileOptions {
  column?: string;
  delimiter?: string;
  encoding?: string;
  header?: boolean;
  turns?: TurnsWanted;
}

const NAMED_DELIMITERS: Readonly<Record<string, string>> = { tab: '\t', '\\t': '\t', comma: ',', semicolon: ';', pipe: '|', space: ' ' };

/** For every command that reads files of prompts. */
export function withPromptFileOptions(command: Command): Command {
  return command
    .option('--column <name>', 'the column or field that holds the prompts: its name, or its number from 1')
    .option('--delimiter <character>', 'what separates the cells of a CSV file; "tab" for a tabulator', delimiter)
    .option('--encoding <name>', 'the encoding of a text file, such as utf-8, windows-1252 or utf-16le', encoding)
    .addOption(new Option('--header', 'the first row of a table names its columns').hideHelp())
    .option('--no-header', 'the first row of a table is a row like the others')
    .addOption(new Option('--turns <which>', 'of a conversation, which requests are prompts').choices(['last', 'every']));
}

/** As the reader takes them. */
export const formatOptionsOf = ({ column, delimiter, encoding, header, turns }: PromptFileOptions): FormatOptions => ({
  column,
  delimiter,
  encoding,
  header,
  turns,
});

function delimiter(value: string): string {
  const meant = Object.hasOwn(NAMED_DELIMITERS, value) ? NAMED_DELIMITERS[value]! : value;
  if (meant.length !== 1 || /["'\r\n]/.test(meant)) throw new InvalidArgumentError('Give one character, or "tab".');
  return meant;
}

function encoding(value: string): string {
  try {
    return encodingNamed(value);
  } catch (error) {
    const { message, hint } = error as { message: string; hint: string };
    throw new InvalidArgumentError(`${message} ${hint}`);
  }
}
