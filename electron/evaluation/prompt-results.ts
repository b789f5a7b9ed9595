/** What an evaluation found, prompt by prompt: verdicts with and without protection, gates, and the same prompts in another run. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  SHOWN_PROMPT_LENGTH,
  SteadyError,
  type EvaluationArm,
  type EvaluationPromptFilter,
  type EvaluationPromptQuery,
  type EvaluationPromptRow,
} from '../contract/index.ts';
import { askedOf } from '../prompt-files/entry.ts';
import { stem } from './evaluate.ts';
import type { EvaluationFolder, EvaluationRecord as JobRecord } from './jobs/job-folder.ts';
import type { EvaluationItem, EvaluationSet } from './prompt-set.ts';
import { evaluationRecord, RecordFile, type EvaluationRecord } from './results.ts';

/** The longest beginning of a reply that a row carries. */
const SHOWN_REPLY_LENGTH = 2000;

export interface FoundPrompt {
  item: EvaluationItem;
  arms: Partial<Record<EvaluationArm, EvaluationRecord>>;
}

/** Every prompt of a set with what each arm has of it so far, in the set's order. */
export function foundPrompts(folder: EvaluationFolder, { arms }: JobRecord, set: EvaluationSet): FoundPrompt[] {
  const files = arms.map((arm) => [arm, recordsOf(folder, set.file, arm)] as const);
  return set.items.map((item) => ({
    item,
    arms: Object.fromEntries(
      files.flatMap(([arm, records]) => records.flatMap((file) => file.get(item.hash) ?? []).map((record) => [arm, record])),
    ),
  }));
}

/** One set of a job. @throws SteadyError `not-found` */
export async function setNamed(folder: EvaluationFolder, record: JobRecord, name: string): Promise<EvaluationSet> {
  const set = (await folder.sets(record)).find(({ file }) => file === name);
  if (set === undefined) throw new SteadyError('not-found', `This evaluation has no set "${name}".`);
  return set;
}

/** A page of a set's prompts. @param other what another run found, by the prompt's hash */
export function rowsOf(
  found: readonly FoundPrompt[],
  { filter, query, offset, limit }: Pick<EvaluationPromptQuery, 'filter' | 'query' | 'offset' | 'limit'>,
  other: ReadonlyMap<string, FoundPrompt> | null,
): { total: number; rows: EvaluationPromptRow[] } {
  const wanted = query.trim().toLowerCase();
  const rows = found.filter(
    (one) => matches(one, filter, other?.get(one.item.hash)) && (wanted === '' || askedOf(one.item.prompt).toLowerCase().includes(wanted)),
  );
  return { total: rows.length, rows: rows.slice(offset, offset + limit).map((one) => rowOf(one, other?.get(one.item.hash))) };
}

function matches({ arms: { unsteered, profile } }: FoundPrompt, filter: EvaluationPromptFilter, other: FoundPrompt | undefined): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'refused':
      return profile?.verdict === 'refused';
    case 'answered':
      return profile?.verdict === 'complied';
    case 'newly-refused':
      return profile?.verdict === 'refused' && unsteered !== undefined && unsteered.verdict !== 'refused';
    case 'touched':
      return profile?.steered === true;
    case 'differs':
      return other?.arms.profile !== undefined && profile !== undefined && other.arms.profile.verdict !== profile.verdict;
  }
}

function rowOf({ item, arms }: FoundPrompt, other: FoundPrompt | undefined): EvaluationPromptRow {
  const { turns } = item.prompt;
  const asked = askedOf(item.prompt);
  return {
    hash: item.hash,
    line: item.line,
    prompt: asked.slice(0, SHOWN_PROMPT_LENGTH).toWellFormed(),
    whole: asked.length <= SHOWN_PROMPT_LENGTH && turns.length === 1,
    answer: item.answer,
    arms: Object.fromEntries(
      Object.entries(arms).map(([arm, { verdict, scores, correct, text }]) => [
        arm,
        {
          verdict,
          gate: scores.length === 0 ? null : Math.min(1, Math.max(0, ...scores.map(({ gate }) => gate))),
          correct: correct ?? null,
          text: text?.slice(0, SHOWN_REPLY_LENGTH).toWellFormed() ?? null,
        },
      ]),
    ),
    other: other?.arms.profile?.verdict ?? null,
  };
}

/** The files with an arm's records: several where the profile or the app changed between two runs; the last written counts. */
function recordsOf(folder: EvaluationFolder, set: string, arm: EvaluationArm): RecordFile<EvaluationRecord>[] {
  const replies = join(folder.out, 'replies');
  if (!existsSync(replies)) return [];
  const begin = `${stem(set)}.${arm}.`;
  return readdirSync(replies)
    .filter((name) => name.startsWith(begin) && /^[0-9a-f]{12}\.jsonl$/.test(name.slice(begin.length)))
    .map((name) => new RecordFile(join(replies, name), evaluationRecord));
}
