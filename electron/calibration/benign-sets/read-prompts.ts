/**
 * Benign prompts from a file or from pasted text: distinct, trimmed, bounded. A bad line is named and left out; a file that
 * is no text at all, or is mostly bad lines, is an error.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { MAX_BENIGN_PROMPT_LENGTH, MAX_PROMPT_FILE_BYTES, MAX_SET_PROMPTS, type BadLine } from '../../contract/index.ts';
import { askedOf } from '../../prompt-files/entry.ts';
import type { PromptFile } from '../../prompt-files/formats/index.ts';
import { readPromptFile, type ReadPromptFileOptions } from '../../prompt-files/read.ts';
import { fromBytes, fromFile, type PromptSource } from '../../prompt-files/source.ts';
import { unreadable } from '../../prompt-files/unreadable.ts';

export interface PromptReading extends Pick<
  PromptFile,
  'format' | 'encoding' | 'delimiter' | 'columns' | 'column' | 'header' | 'conversations'
> {
  /** Distinct prompts, trimmed, in order. */
  prompts: string[];
  /** Lines that repeat an earlier prompt. */
  duplicates: number;
  /** The first bad lines; `badLineCount` of them in all. */
  badLines: BadLine[];
  badLineCount: number;
  notes: string[];
}

export type ReadPromptsOptions = Omit<ReadPromptFileOptions, 'conversations' | 'archives'>;

const SHOWN_BAD_LINES = 100;
/** With more bad lines than this share, the file is not what it is taken for. */
const MOST_BAD = 0.5;

/** @throws SteadyError `bad-input`: too large, binary, wrong encoding, no prompts, mostly bad lines. `cancelled` by the signal. */
export async function readPrompts(name: string, bytes: Uint8Array, options: ReadPromptsOptions = {}): Promise<PromptReading> {
  return collect(fromBytes(name, bytes), bytes.length, options);
}

/** The same for a file on disk. */
export async function readPromptsFrom(path: string, name = path, options: ReadPromptsOptions = {}): Promise<PromptReading> {
  // A file that is not there is named when it is opened.
  const size = await stat(path).then(
    (found) => (found.isFile() ? found.size : null),
    () => null,
  );
  return collect(fromFile(path, name), size, options);
}

async function collect(source: PromptSource, size: number | null, options: ReadPromptsOptions): Promise<PromptReading> {
  const { name } = source;
  if (size !== null && size > MAX_PROMPT_FILE_BYTES)
    throw unreadable(name, `It has ${Math.round(size / 1e6)} MB; ${MAX_PROMPT_FILE_BYTES / 1024 / 1024} MiB are read.`);
  if (size === 0) throw unreadable(name, 'It is empty: it has no prompts.');
  const { entries, notes, format, encoding, delimiter, columns, column, header, conversations } = await readPromptFile(source, options);
  const found = { format, encoding, delimiter, columns, column, header, conversations };
  const reading: PromptReading = { ...found, prompts: [], duplicates: 0, badLines: [], badLineCount: 0, notes: [] };
  const seen = new Set<string>();
  let beyond = 0;
  const fail = (bad: BadLine) => {
    reading.badLineCount++;
    if (reading.badLines.length < SHOWN_BAD_LINES) reading.badLines.push(bad);
  };
  for await (const entry of entries) {
    if ('fault' in entry) {
      fail(entry);
      continue;
    }
    const text = askedOf(entry).trim();
    if (text === '') continue;
    if (text.length > MAX_BENIGN_PROMPT_LENGTH) {
      fail({ line: entry.line, fault: `has ${text.length} characters; prompts of up to ${MAX_BENIGN_PROMPT_LENGTH} are used.` });
      continue;
    }
    // Hashes rather than texts: a set of long prompts is not held twice.
    const key = createHash('sha1').update(text).digest('base64');
    if (seen.has(key)) reading.duplicates++;
    else if (reading.prompts.length >= MAX_SET_PROMPTS) beyond++;
    else {
      seen.add(key);
      reading.prompts.push(text);
    }
  }
  reading.notes.push(...notes);
  judge(name, reading);
  if (beyond > 0) reading.notes.push(`Only the first ${MAX_SET_PROMPTS} prompts were taken; ${beyond} more were left out.`);
  return reading;
}

/** Refuses what is no list of prompts, and notes what looks odd in one that is. */
function judge(name: string, { prompts, duplicates, badLines, badLineCount, notes }: PromptReading): void {
  const first = badLines[0];
  if (prompts.length === 0 && first === undefined) throw unreadable(name, 'It has no prompts.');
  if (first !== undefined && badLineCount > MOST_BAD * (badLineCount + prompts.length + duplicates)) {
    const where = badLineCount === 1 ? `Line ${first.line}` : `${badLineCount} lines are bad; the first is line ${first.line}, which`;
    throw unreadable(name, `${where} ${first.fault}`, { badLines, badLineCount });
  }
  if (badLineCount > 0) notes.push(`${badLineCount} ${badLineCount === 1 ? 'line was' : 'lines were'} left out.`);
  if (prompts.length === 1 && duplicates > 0) notes.push('Every line is the same prompt; it counts once.');
  else if (duplicates > 0)
    notes.push(`${duplicates} ${duplicates === 1 ? 'line repeats' : 'lines repeat'} an earlier prompt and count once.`);
}
