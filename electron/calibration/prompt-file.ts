/**
 * Prompts from a file or from pasted text: a prompt a line (text), a `prompt`, `text` or first column (CSV), or
 * `{"prompt": …}` or `{"text": …}` a line (JSONL). A bad line is named and left out; a file that is no text at all, or
 * has no good line, is an error. Works in slices, so that a large file never holds up the app.
 */
import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { z } from 'zod';
import { MAX_BENIGN_PROMPT_LENGTH, MAX_PROMPT_FILE_BYTES, MAX_SET_PROMPTS, SteadyError, type BadLine } from '../contract/index.ts';
import { readCsv } from './benign-sets/csv.ts';
import { decodeLines, type DecodedLine, type Encoding, type ParsedLine } from './benign-sets/decode.ts';
import { Slices } from './benign-sets/slices.ts';

export type PromptFormat = 'text' | 'csv' | 'jsonl';

export interface PromptReading {
  format: PromptFormat;
  encoding: Encoding;
  /** Distinct prompts, trimmed, in order. */
  prompts: string[];
  /** Lines that repeat an earlier prompt. */
  duplicates: number;
  /** The first bad lines; `badLineCount` of them in all. */
  badLines: BadLine[];
  badLineCount: number;
  notes: string[];
}

const SHOWN_BAD_LINES = 100;
/** With more bad lines than this share, the file is not what it is taken for. */
const MOST_BAD = 0.5;

const jsonLine = z.union([
  z.object({ prompt: z.string() }).transform(({ prompt }) => prompt),
  z.object({ text: z.string() }).transform(({ text }) => text),
]);

/**
 * Reads a file's bytes; its name decides the format unless `format` does.
 * @throws SteadyError `bad-input`: too large, binary, wrong encoding, no prompts, mostly bad lines. `cancelled` by `signal`.
 */
export async function readPrompts(
  name: string,
  bytes: Uint8Array,
  options: { format?: PromptFormat | undefined; signal?: AbortSignal | undefined } = {},
): Promise<PromptReading> {
  if (bytes.length > MAX_PROMPT_FILE_BYTES)
    throw bad(name, `It has ${Math.round(bytes.length / 1e6)} MB; ${MAX_PROMPT_FILE_BYTES / 1024 / 1024} MiB are read.`);
  if (bytes.length === 0) throw bad(name, 'It is empty: it has no prompts.');
  const slices = new Slices(options.signal);
  const { encoding, lines } = decodeLines(bytes, (fault) => bad(name, fault));
  const format = options.format ?? formatOf(name, bytes);
  const parsed = format === 'csv' ? readCsv(lines, (fault) => bad(name, fault)) : format === 'jsonl' ? jsonLines(lines) : textLines(lines);
  return collect(name, { format, encoding }, parsed, slices);
}

async function collect(
  name: string,
  how: { format: PromptFormat; encoding: Encoding },
  parsed: Iterable<ParsedLine> | AsyncIterable<ParsedLine>,
  slices: Slices,
): Promise<PromptReading> {
  const reading: PromptReading = { ...how, prompts: [], duplicates: 0, badLines: [], badLineCount: 0, notes: [] };
  const seen = new Set<string>();
  let beyond = 0;
  const fail = (line: number, fault: string) => {
    reading.badLineCount++;
    if (reading.badLines.length < SHOWN_BAD_LINES) reading.badLines.push({ line, fault });
  };
  for await (const item of parsed) {
    await slices.pause();
    if ('fault' in item) {
      fail(item.line, item.fault);
      continue;
    }
    const text = item.text.trim();
    if (text === '') continue;
    if (text.length > MAX_BENIGN_PROMPT_LENGTH) {
      fail(item.line, `has ${text.length} characters; prompts of up to ${MAX_BENIGN_PROMPT_LENGTH} are used.`);
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
  judge(name, reading);
  if (beyond > 0) reading.notes.push(`Only the first ${MAX_SET_PROMPTS} prompts were taken; ${beyond} more were left out.`);
  return reading;
}

/** Refuses what is no list of prompts, and notes what looks odd in one that is. */
function judge(name: string, { prompts, duplicates, badLines, badLineCount, notes }: PromptReading): void {
  const first = badLines[0];
  if (prompts.length === 0 && first === undefined) throw bad(name, 'It has no prompts.');
  if (first !== undefined && badLineCount > MOST_BAD * (badLineCount + prompts.length + duplicates)) {
    const where = badLineCount === 1 ? `Line ${first.line}` : `${badLineCount} lines are bad; the first is line ${first.line}, which`;
    throw bad(name, `${where} ${first.fault}`, {
      badLines,
      badLineCount,
    });
  }
  if (badLineCount > 0) notes.push(`${badLineCount} ${badLineCount === 1 ? 'line was' : 'lines were'} left out.`);
  if (prompts.length === 1 && duplicates > 0) notes.push('Every line is the same prompt; it counts once.');
  else if (duplicates > 0)
    notes.push(`${duplicates} ${duplicates === 1 ? 'line repeats' : 'lines repeat'} an earlier prompt and count once.`);
}

function* textLines(lines: Iterable<DecodedLine>): Generator<ParsedLine> {
  for (const line of lines) yield line;
}

function* jsonLines(lines: Iterable<DecodedLine>): Generator<ParsedLine> {
  for (const line of lines) {
    if ('fault' in line || line.text.trim() === '') {
      yield line;
      continue;
    }
    yield { line: line.line, ...parseJson(line.text) };
  }
}

function parseJson(text: string): { text: string } | { fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'is not JSON.' };
  }
  const parsed = jsonLine.safeParse(value);
  return parsed.success ? { text: parsed.data } : { fault: 'has no "prompt" or "text".' };
}

/** By the name's ending; else JSONL where the first line is an object that fits, and plain text otherwise. */
function formatOf(name: string, bytes: Uint8Array): PromptFormat {
  const extension = extname(name).toLowerCase();
  if (extension === '.jsonl' || extension === '.ndjson') return 'jsonl';
  if (extension === '.csv') return 'csv';
  if (extension === '.txt') return 'text';
  const end = bytes.indexOf(0x0a);
  const first = Buffer.from(bytes.subarray(0, end < 0 ? undefined : end)).toString('utf8');
  return 'text' in parseJson(first.replace(/^\uFEFF/, '')) ? 'jsonl' : 'text';
}

function bad(name: string, fault: string, details?: Record<string, unknown>): SteadyError {
  return new SteadyError('bad-input', `The prompts in ${name} could not be read. ${fault}`, {
    hint: 'Use a TXT, CSV or JSONL file with one prompt a line, in UTF-8.',
    ...(details === undefined ? {} : { details }),
  });
}
