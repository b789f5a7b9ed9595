/** The one reader of prompt files: whatever the format and the encoding, entries and named faults come out of it. */
import type { SteadyError } from '../contract/index.ts';
import type { ParsedLine } from './entry.ts';
import { FORMATS, formatOf, type PromptFormatName } from './formats/index.ts';
import { decodeLines, type Encoding, type Line } from './lines.ts';
import type { PromptSource } from './source.ts';
import { Slices } from './slices.ts';
import { unreadable } from './unreadable.ts';

export interface ReadPromptFileOptions {
  /** Instead of what the name and the first line say. */
  format?: PromptFormatName | undefined;
  /** Whether system prompts, conversations and answers are wanted. */
  conversations?: boolean;
  signal?: AbortSignal | undefined;
}

export interface PromptFile {
  format: PromptFormatName;
  encoding: Encoding;
  /** In the order of the file, with pauses that let others run. @throws SteadyError `bad-input`, `cancelled` by the signal */
  entries: AsyncGenerator<ParsedLine>;
}

/** Opens a file and finds out what it is. @throws SteadyError `bad-input` for what cannot be read or is no text */
export async function readPromptFile(source: PromptSource, options: ReadPromptFileOptions = {}): Promise<PromptFile> {
  const fail = (fault: string): SteadyError => unreadable(source.name, fault);
  const { encoding, lines } = await decodeLines(source.chunks(), fail);
  const begun = await peek(lines);
  const format = options.format ?? formatOf(source.name, begun.firstLine);
  const batches = FORMATS[format].read(begun.lines, { conversations: options.conversations ?? false, fail });
  return { format, encoding, entries: inSlices(batches, new Slices(options.signal)) };
}

/** The first line that has something in it, and all lines, that one included. */
async function peek(lines: AsyncGenerator<Line[]>): Promise<{ firstLine: string; lines: AsyncGenerator<Line[]> }> {
  const seen: Line[][] = [];
  let firstLine: string | undefined;
  while (firstLine === undefined) {
    const next = await lines.next();
    if (next.done === true) break;
    seen.push(next.value);
    const filled = next.value.find((line) => 'fault' in line || line.text.trim() !== '');
    if (filled !== undefined) firstLine = 'text' in filled ? filled.text : '';
  }
  const all = async function* () {
    try {
      for (const batch of seen.splice(0)) yield batch;
      for await (const batch of lines) yield batch;
    } finally {
      await lines.return(undefined);
    }
  };
  return { firstLine: firstLine ?? '', lines: all() };
}

async function* inSlices(batches: AsyncIterable<ParsedLine[]>, slices: Slices): AsyncGenerator<ParsedLine> {
  for await (const batch of batches) {
    for (const entry of batch) {
      if (slices.isOver) await slices.pause();
      yield entry;
    }
  }
}
