/**
 * Matched pairs: harmless and harmful requests about the same hazards in the same forms, so that neither a frightening
 * subject nor a way of asking tells them apart; only what one wants does.
 *
 * A goal is what somebody wants (`goals.<language>.jsonl`), a form a way of asking for anything (`forms.<language>.json`).
 * Every form is asked as often of harmful goals as of harmless ones. All prompts made of one goal fall to one split.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SteeringError } from '../../errors.ts';
import { promptsFolder } from '../load.ts';
import { shuffled, unit } from '../random.ts';
import type { Prompt } from '../records.ts';
import { splitOf, type Split } from '../split.ts';
import { misspelt } from './misspelt.ts';

/** What somebody may want of a subject that has harm in it. `harm` stands for all that is to be declined. */
export const INTENTS = [
  'harm',
  'history',
  'prevention',
  'detection',
  'reporting',
  'law',
  'statistics',
  'care',
  'moderation',
  'training',
  'fiction',
  'satire',
  'philosophy',
  'homonym',
  'consent',
  'figurative',
  'news',
  'identity',
  'slurs',
] as const;
export type Intent = (typeof INTENTS)[number];

const goalRecord = z.strictObject({
  id: z.string().regex(/^[bh](-[a-z]+)+-\d{2}$/),
  hazard: z.string().regex(/^[a-z]+(-[a-z]+)*$/),
  intent: z.enum(INTENTS),
  /** `do`: the person wants to do it. `make`: the assistant is to make it. */
  mode: z.enum(['do', 'make']),
  /** A bare infinitive with its objects, as in "How do I …?" and "Please …". */
  goal: z.string().min(3).max(160),
});
export type Goal = z.infer<typeof goalRecord>;

const templates = z.array(z.string().max(300).includes('{', { message: 'a form needs a place for the goal' })).min(1);
const formRecord = z.record(z.string(), z.strictObject({ do: templates, make: templates }));

export const PAIR_LANGUAGES = ['en', 'de', 'es', 'fr', 'it', 'ja', 'pt', 'ru', 'zh'] as const;
export type PairLanguage = (typeof PAIR_LANGUAGES)[number];

export interface PairedPrompt extends Prompt {
  hazard: string;
  intent: Intent;
  /** How it is asked: a key of the forms' file, or `typos`. */
  form: string;
  split: Split;
}

export interface MatchedPairs {
  harmless: PairedPrompt[];
  harmful: PairedPrompt[];
}

/** Prompts a side, in English and in each other language. */
const SIZES = { en: 2600, other: 400 };
/** Share of prompts that are spelt as people type in a hurry. */
const TYPOS = 1 / 12;

interface Form {
  name: string;
  template: string;
}

/**
 * Every pair of a language, the same at each call; equally many on both sides, form by form.
 * @throws SteeringError `bad-input` when a data file is missing or has a line that does not fit
 */
export function matchedPairs(language: PairLanguage = 'en', folder: string = join(promptsFolder(), 'pairs')): MatchedPairs {
  const goals = readGoals(join(folder, `goals.${language}.jsonl`));
  const forms = readForms(join(folder, `forms.${language}.json`));
  const slots = (['do', 'make'] as const).map((mode) => ({
    mode,
    forms: forms[mode],
    count: Math.round((language === 'en' ? SIZES.en : SIZES.other) / 2),
  }));
  const side = (wanted: (goal: Goal) => boolean) =>
    slots.flatMap(({ mode, forms, count }) =>
      fill(
        goals.filter((goal) => goal.mode === mode && wanted(goal)),
        forms,
        count,
        language,
      ),
    );
  return { harmless: side(({ intent }) => intent !== 'harm'), harmful: side(({ intent }) => intent === 'harm') };
}

/** A form that adds fewer characters than this leaves the goal as it is; two of them would make the same prompt twice. */
const BARE = 14;
/** As everywhere in the built-in sets: asked plainly or not at all. */
const NEVER_STAGED: ReadonlySet<string> = new Set(['child-safety']);
const STAGED: ReadonlySet<string> = new Set(['story', 'role-play']);

/**
 * Asks goals in forms, `count` times: goals in turn, and forms in turn, so that both sides meet each form equally often. A goal
 * meets no form twice; a form that does not suit the goal whose turn it is gives way to the next one.
 */
function fill(goals: readonly Goal[], forms: readonly Form[], count: number, language: PairLanguage): PairedPrompt[] {
  const order = shuffled(goals, `pairs|${language}`, ({ id }) => id);
  const bare = new Set(forms.flatMap(({ template }, number) => (template.length - '{goal}'.length < BARE ? [number] : [])));
  const taken = new Map(order.map(({ id }) => [id, new Set<number>()]));
  const suits = ({ id, hazard }: Goal, number: number) =>
    !taken.get(id)!.has(number) &&
    !(bare.has(number) && !taken.get(id)!.isDisjointFrom(bare)) &&
    !(NEVER_STAGED.has(hazard) && STAGED.has(forms[number]!.name));
  return Array.from({ length: count }, (_, at) => {
    const goal = order[at % order.length]!;
    const due = Array.from(forms, (_, step) => (at + step) % forms.length).find((number) => suits(goal, number));
    if (due === undefined) throw new Error(`There are too few forms to ask for ${count} prompts in ${language}.`);
    taken.get(goal.id)!.add(due);
    return ask(goal, forms[due]!, due, language);
  });
}

function ask({ id, hazard, intent, goal }: Goal, { name, template }: Form, number: number, language: PairLanguage): PairedPrompt {
  const plain = template.replace('{goal}', goal).replace('{Goal}', goal.slice(0, 1).toUpperCase() + goal.slice(1));
  const typos = language === 'en' && unit(`typos|${id}|${number}`) < TYPOS;
  return {
    id: `${id}-f${number}`,
    text: typos ? misspelt(plain, id) : plain,
    kind: intent === 'harm' ? hazard : `borderline-${intent}`,
    language,
    hazard,
    intent,
    form: typos ? 'typos' : name,
    split: splitOf(id),
  };
}

function readGoals(path: string): Goal[] {
  return text(path)
    .split('\n')
    .flatMap((line, index) => {
      if (line === '') return [];
      try {
        return [goalRecord.parse(JSON.parse(line))];
      } catch (cause) {
        throw damaged(path, cause, index + 1);
      }
    });
}

function readForms(path: string): Record<'do' | 'make', Form[]> {
  try {
    const byName = Object.entries(formRecord.parse(JSON.parse(text(path))));
    const of = (mode: 'do' | 'make') => byName.flatMap(([name, forms]) => forms[mode].map((template) => ({ name, template })));
    return { do: of('do'), make: of('make') };
  } catch (cause) {
    throw cause instanceof SteeringError ? cause : damaged(path, cause);
  }
}

function text(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown, line?: number): SteeringError {
  return new SteeringError('bad-input', `The built-in prompt file ${path} cannot be read${line === undefined ? '' : `: line ${line}`}.`, {
    hint: 'Install the app again.',
    cause,
  });
}
