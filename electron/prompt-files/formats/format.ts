/** What every format of prompt files provides. */
import type { ParsedLine } from '../entry.ts';
import type { Line } from '../lines.ts';

export type PromptFormatName = 'text' | 'csv' | 'jsonl';

export interface ReadOptions {
  /** Whether system prompts, conversations and answers are wanted; else a line's prompt is all that is looked at. */
  conversations: boolean;
  /** Makes the error for a file that is not of the format at all. */
  fail(fault: string): Error;
}

export interface PromptFormat {
  readonly name: PromptFormatName;
  /** Endings of file names that settle the format, with their dot. */
  readonly endings: readonly string[];
  /** Reads lines in batches; empty ones are left out, and every fault names its line. */
  read(lines: AsyncIterable<Line[]>, options: ReadOptions): AsyncIterable<ParsedLine[]>;
}

/** A format in which every line stands for itself. */
export async function* eachLine(
  batches: AsyncIterable<Line[]>,
  parse: (text: string, line: number) => ParsedLine,
): AsyncGenerator<ParsedLine[]> {
  for await (const batch of batches) {
    const filled = batch.filter((line) => 'fault' in line || line.text.trim() !== '');
    yield filled.map((line) => ('fault' in line ? line : parse(line.text, line.line)));
  }
}
