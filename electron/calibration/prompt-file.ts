/** Prompt files: a prompt a line (TXT), a `prompt` or first column (CSV), `{"prompt": …}` or `{"text": …}` a line (JSONL). */
import { extname } from 'node:path';
import { parse as parseRows } from 'csv-parse/sync';
import { z } from 'zod';
import { SteadyError } from '../contract/index.ts';

const MAX_BYTES = 64 * 1024 * 1024;
const jsonLine = z.union([
  z.object({ prompt: z.string() }).transform(({ prompt }) => prompt),
  z.object({ text: z.string() }).transform(({ text }) => text),
]);

/**
 * The prompts of a file, in order, empty lines left out.
 * @throws SteadyError `bad-input`, naming the file, the line and its fault
 */
export function readPromptFile(name: string, bytes: Uint8Array): string[] {
  if (bytes.length > MAX_BYTES) throw bad(name, `It has ${Math.round(bytes.length / 1e6)} MB; ${MAX_BYTES / 1024 / 1024} MiB are read.`);
  if (bytes.includes(0)) throw bad(name, 'It is not a text file.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw bad(name, 'It is not encoded in UTF-8. Save it as UTF-8.');
  }
  const prompts = parse(name, text)
    .map((prompt) => prompt.trim())
    .filter((prompt) => prompt !== '');
  if (prompts.length === 0) throw bad(name, 'It has no prompts.');
  return prompts;
}

function parse(name: string, text: string): string[] {
  const extension = extname(name).toLowerCase();
  if (extension === '.jsonl' || extension === '.ndjson')
    return text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [parseJson(name, line, index + 1)]));
  if (extension === '.csv') return parseCsv(name, text);
  return text.split('\n');
}

function parseJson(name: string, line: string, number: number): string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw bad(name, `Line ${number} is not JSON.`);
  }
  const parsed = jsonLine.safeParse(value);
  if (!parsed.success) throw bad(name, `Line ${number} has no "prompt" or "text".`);
  return parsed.data;
}

/** The column called "prompt" or "text" where there is a header, else the first. */
function parseCsv(name: string, text: string): string[] {
  let rows: string[][];
  try {
    rows = parseRows(text, { bom: true, relax_column_count: true, skip_empty_lines: true }) as string[][];
  } catch (error) {
    throw bad(name, (error as Error).message);
  }
  const header = (rows[0] ?? []).map((cell) => cell.trim().toLowerCase());
  const column = ['prompt', 'text'].map((wanted) => header.indexOf(wanted)).find((at) => at >= 0);
  return (column === undefined ? rows : rows.slice(1)).map((cells) => cells[column ?? 0] ?? '');
}

function bad(name: string, fault: string): SteadyError {
  return new SteadyError('bad-input', `The prompts in ${name} could not be read. ${fault}`, {
    hint: 'Use a TXT, CSV or JSONL file with one prompt a line.',
  });
}
