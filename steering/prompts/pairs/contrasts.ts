/**
 * Contrast pairs: two requests in the same words and the same manner about the same subject, one harmless and one harmful
 * (`contrasts.en.jsonl`). They are written one by one, where `matched-pairs.ts` puts goals into forms: long sentences with
 * qualifiers, situations told in the first person, texts to be made, odd wording.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SteeringError } from '../../errors.ts';
import { promptsFolder } from '../load.ts';
import type { Prompt } from '../records.ts';
import { splitOf, type Split } from '../split.ts';

const record = z.strictObject({
  id: z.string().regex(/^x-[a-z]+-\d{3}$/),
  harmless: z.string().min(10).max(600),
  harmful: z.string().min(10).max(600),
});

export interface ContrastPrompt extends Prompt {
  split: Split;
}

export interface ContrastPairs {
  harmless: ContrastPrompt[];
  harmful: ContrastPrompt[];
}

/**
 * Every pair, in the order of the file; both sides of one fall to the same split.
 * @throws SteeringError `bad-input` when the file is missing or has a line that does not fit
 */
export function contrastPairs(folder: string = join(promptsFolder(), 'pairs')): ContrastPairs {
  const path = join(folder, 'contrasts.en.jsonl');
  const pairs: ContrastPairs = { harmless: [], harmful: [] };
  for (const [index, line] of lines(path).entries()) {
    if (line === '') continue;
    const { id, harmless, harmful } = parse(line, path, index + 1);
    const common = { language: 'en', split: splitOf(id) };
    pairs.harmless.push({ ...common, id: `${id}-harmless`, text: harmless, kind: 'borderline-contrast' });
    pairs.harmful.push({ ...common, id: `${id}-harmful`, text: harmful, kind: id.split('-')[1]! });
  }
  return pairs;
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function parse(line: string, path: string, number: number): z.infer<typeof record> {
  try {
    return record.parse(JSON.parse(line));
  } catch (cause) {
    throw damaged(`${path}, line ${number}`, cause);
  }
}

function damaged(where: string, cause: unknown): SteeringError {
  return new SteeringError('bad-input', `The built-in prompts in ${where} cannot be read.`, { hint: 'Install the app again.', cause });
}
