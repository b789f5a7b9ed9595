/** Prompts for evaluation: every prompt file's entries, each known by a hash of all that it says. A faulty line fails the file. */
import { createHash } from 'node:crypto';
import type { EnginePrompt } from '../engine/protocol.ts';
import type { PromptEntry } from '../prompt-files/entry.ts';
import type { FormatOptions, PromptFile, PromptFormatName } from '../prompt-files/formats/index.ts';
import { readPromptFile } from '../prompt-files/read.ts';
import { fromFile, type PromptSource } from '../prompt-files/source.ts';
import { unreadable } from '../prompt-files/unreadable.ts';

export interface EvaluationItem {
  /** Where it stands in its file, from 1. */
  line: number;
  /** SHA-256 (hex) of everything that makes it what it is. */
  hash: string;
  prompt: EnginePrompt;
  /** What a right reply ends with, where the file says so. */
  answer: string | null;
}

export interface EvaluationSet {
  /** As it was given. */
  file: string;
  items: EvaluationItem[];
  /** Lines that repeat an earlier one; they are asked once. */
  duplicates: number;
  /** Sentences about what was found in the file and what was left out. */
  notes: string[];
}

/** More faults than this are counted rather than named. */
const NAMED_FAULTS = 10;
/** More prompts than any evaluation gets through. */
export const MAX_EVALUATION_PROMPTS = 1_000_000;

export interface ReadSetOptions extends FormatOptions {
  /** Instead of what the name and the first lines say. */
  format?: PromptFormatName;
  /** Stops after so many prompts, without looking at the rest of the file. */
  limit?: number | undefined;
  /** Stands for the file in what is said of it. */
  name?: string;
}

/** Reads a set into memory. @throws SteadyError `bad-input` that names the file and the line of each fault */
export async function readEvaluationSet(file: string, { limit, name = file, ...options }: ReadSetOptions = {}): Promise<EvaluationSet> {
  const items: EvaluationItem[] = [];
  const { duplicates, notes } = await eachItem(fromFile(file, name), options, (item) => {
    items.push(item);
    return items.length !== limit;
  });
  return { file: name, items, duplicates, notes };
}

/**
 * Goes through a set item by item, the repeated ones left out.
 * @param visit answers whether to go on
 * @returns how many lines repeat an earlier one, and what else is to be said
 * @throws SteadyError `bad-input` that names the file and the line of each fault
 */
export async function eachItem(
  source: PromptSource,
  options: FormatOptions & { format?: PromptFormatName },
  visit: (item: EvaluationItem) => boolean | Promise<boolean>,
): Promise<{ duplicates: number } & Omit<PromptFile, 'entries' | 'close'>> {
  const { entries, close: _close, ...found } = await readPromptFile(source, { ...options, conversations: true });
  const known = new Set<string>();
  const faults: string[] = [];
  let faulty = 0;
  let duplicates = 0;
  for await (const entry of entries) {
    if ('fault' in entry) {
      faulty++;
      if (faults.length < NAMED_FAULTS)
        faults.push(`${entry.file === undefined ? '' : `${entry.file}: `}Line ${entry.line} ${entry.fault}`);
      continue;
    }
    const item = itemOf(entry);
    if (known.has(item.hash)) {
      duplicates++;
      continue;
    }
    known.add(item.hash);
    if (known.size > MAX_EVALUATION_PROMPTS) throw unreadable(source.name, `It has more than ${MAX_EVALUATION_PROMPTS} prompts.`);
    if (!(await visit(item))) break;
  }
  if (faulty > 0) {
    const more = faulty > faults.length ? ` And ${faulty - faults.length} more.` : '';
    throw unreadable(source.name, `${faults.join(' ')}${more}`, { faults, count: faulty });
  }
  if (known.size === 0) throw unreadable(source.name, 'It has no prompts.');
  return { duplicates, ...found };
}

/** An item as a line of JSON that is read to the same item. */
export function lineOf({ prompt, answer }: Pick<EvaluationItem, 'prompt' | 'answer'>): string {
  const { systemPrompt, turns } = prompt;
  const asked = turns.length === 1 ? { prompt: turns[0]!.text } : { turns: turns.map(({ role, text }) => ({ role, text })) };
  return JSON.stringify({
    ...asked,
    ...(systemPrompt === '' ? {} : { system: systemPrompt }),
    ...(answer === null ? {} : { answer }),
  });
}

function itemOf({ line, systemPrompt, turns, answer }: PromptEntry): EvaluationItem {
  const hash = createHash('sha256')
    .update(JSON.stringify([systemPrompt, turns.map(({ role, text }) => [role, text]), answer]))
    .digest('hex');
  return { line, hash, prompt: { systemPrompt, turns }, answer };
}
