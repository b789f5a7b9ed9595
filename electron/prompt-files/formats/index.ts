/** The formats of prompt files. A new one is a file beside this one and a line in the table. */
import { extname } from 'node:path';
import { csv } from './csv.ts';
import type { PromptFormat, PromptFormatName } from './format.ts';
import { isJsonObject, jsonl } from './jsonl.ts';
import { text } from './text.ts';

export type { PromptFormat, PromptFormatName, ReadOptions } from './format.ts';

export const FORMATS: Readonly<Record<PromptFormatName, PromptFormat>> = { text, csv, jsonl };

/** By the name's ending; else JSONL where the first line that is not empty is a JSON object, and a prompt a line otherwise. */
export function formatOf(name: string, firstLine: string): PromptFormatName {
  const ending = extname(name).toLowerCase();
  const named = Object.values(FORMATS).find(({ endings }) => endings.includes(ending));
  return named?.name ?? (isJsonObject(firstLine) ? 'jsonl' : 'text');
}
