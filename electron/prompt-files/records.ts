/**
 * Prompts in JSON objects, in the shapes that the field uses: `prompt`, `text`, `question`, `instruction` with its `input`,
 * and conversations as `turns`, `messages` (OpenAI: role, content) or `conversations` (ShareGPT: from, value).
 */
import { z } from 'zod';
import { MAX_MESSAGE_LENGTH } from '../contract/index.ts';
import type { ParsedLine, PromptEntry } from './entry.ts';
import type { TurnsWanted } from './formats/format.ts';
import { columnNamed, likelihoods, SAMPLE_ROWS } from './tables/columns.ts';

/** More turns than any context holds. */
const MAX_TURNS = 1000;
/** The longest right answer and the longest system prompt, in UTF-16 units. */
const MAX_ANSWER_LENGTH = 10_000;
const MAX_SYSTEM_LENGTH = 100_000;
/** The most fields that are shown to choose from. */
const MAX_FIELDS = 100;
/** The longest answer to a `question` that a reply can be compared with; longer ones are explanations. */
const LONGEST_COMPARED_ANSWER = 100;

const LISTS = ['turns', 'messages', 'conversations', 'conversation'] as const;
/** Fields that hold a prompt, the first that is there counts. */
const FIELDS = ['prompt', ...LISTS, 'instruction', 'question', 'text'] as const;
/** Fields that hold a list of records in a file that is one object. */
const WRAPPERS = ['data', 'prompts', 'examples', 'items', 'rows', 'records', 'questions'];

const text = z.string().refine((value) => value.trim() !== '', 'is empty');
const answer = z
  .union([text, z.number()])
  .transform(String)
  .refine((value) => value.length <= MAX_ANSWER_LENGTH)
  .nullish();
const system = z.string().max(MAX_SYSTEM_LENGTH).nullish();
const ROLES: Readonly<Record<string, 'system' | 'user' | 'assistant' | 'tool'>> = {
  ...{ system: 'system', developer: 'system', user: 'user', human: 'user', prompter: 'user' },
  ...{ assistant: 'assistant', gpt: 'assistant', model: 'assistant', bot: 'assistant', chatgpt: 'assistant', ai: 'assistant' },
  ...{ tool: 'tool', function: 'tool', function_call: 'tool', observation: 'tool' },
};

interface Turn {
  role: 'system' | 'user' | 'assistant';
  text: string;
}

class RecordFault extends Error {}

interface RecordOptions {
  /** The field to take; undefined: the one that is there. */
  field: string | undefined;
  turns: TurnsWanted;
  /** Whether system prompts, earlier turns and answers are wanted. */
  conversations: boolean;
}

/** A value's prompts: of a conversation the last request or every one. A fault is the rest of a sentence that begins with "Line 3". */
export function entriesOf(value: unknown, line: number, options: RecordOptions): ParsedLine[] {
  try {
    return read(value, options).map((entry) => ({ ...entry, line }));
  } catch (error) {
    if (error instanceof RecordFault) return [{ line, fault: `${error.message}.` }];
    throw error;
  }
}

function read(value: unknown, options: RecordOptions): Omit<PromptEntry, 'line'>[] {
  if (typeof value === 'string') return single(limited(value, options), '', null);
  if (!isObject(value)) throw new RecordFault('is not an object');
  const { conversations } = options;
  const found = fieldOf(value, options.field);
  if (found === undefined) throw new RecordFault('has no "prompt", "text", "question", "instruction", "messages" or "turns"');
  if (options.field === undefined && own(value, 'prompt') !== undefined && own(value, 'turns') !== undefined)
    throw new RecordFault('has both "prompt" and "turns"');
  const right = conversations ? answerOf(value, found) : null;
  const leading = conversations ? systemOf(value) : '';
  const content = own(value, found);
  if (Array.isArray(content)) return conversationOf(content, found, leading, right, options);
  const asked = promptOf(content, found, options);
  const input = found === 'instruction' ? own(value, 'input') : undefined;
  return single(typeof input === 'string' && input.trim() !== '' ? `${asked}\n\n${limited(input, options)}` : asked, leading, right);
}

const single = (prompt: string, systemPrompt: string, right: string | null): Omit<PromptEntry, 'line'>[] => [
  { systemPrompt, turns: [{ role: 'user', text: prompt }], answer: right },
];

/** The field that holds the prompt; undefined where there is none. */
function fieldOf(value: Record<string, unknown>, wanted: string | undefined): string | undefined {
  if (wanted !== undefined) {
    const keys = Object.keys(value);
    const at = columnNamed(keys, wanted);
    return at < 0 ? undefined : keys[at];
  }
  return FIELDS.find((field) => own(value, field) !== undefined && own(value, field) !== null);
}

function promptOf(value: unknown, field: string, options: RecordOptions): string {
  if (typeof value !== 'string') throw new RecordFault(`has a "${field}" that is no text`);
  if (options.conversations && value.trim() === '') throw new RecordFault(`has an empty "${field}"`);
  return limited(value, options);
}

function answerOf(value: Record<string, unknown>, field: string): string | null {
  const right = answer.safeParse(own(value, 'answer'));
  if (field === 'question') {
    // Questions often come with an explanation that ends with the answer, or with an answer in many words.
    const marked = right.data?.split('####').at(-1)?.trim() ?? '';
    return right.success && marked !== '' && marked.length <= LONGEST_COMPARED_ANSWER ? marked : null;
  }
  if (!right.success) throw new RecordFault(`has an "answer" that is neither a number nor text of up to ${MAX_ANSWER_LENGTH} characters`);
  return right.data ?? null;
}

function systemOf(value: Record<string, unknown>): string {
  const leading = system.safeParse(own(value, 'system'));
  if (!leading.success) throw new RecordFault(`has a "system" that is no text of up to ${MAX_SYSTEM_LENGTH} characters`);
  return leading.data ?? '';
}

function conversationOf(
  list: unknown[],
  field: string,
  leading: string,
  right: string | null,
  options: RecordOptions,
): Omit<PromptEntry, 'line'>[] {
  if (list.length === 0) throw new RecordFault(field === 'turns' ? 'has no turns' : `has no turns in "${field}"`);
  if (list.length > MAX_TURNS) throw new RecordFault(`has ${list.length} turns; up to ${MAX_TURNS} are read`);
  const spoken = list.flatMap((candidate, at) => turnOf(candidate, at, field, options));
  const { systemPrompt, turns } = field === 'turns' ? strict(spoken, leading) : lenient(spoken, leading);
  if (options.turns === 'last') return [{ systemPrompt, turns, answer: right }];
  return turns.flatMap(({ role }, at) =>
    role === 'user' ? [{ systemPrompt, turns: turns.slice(0, at + 1), answer: at === turns.length - 1 ? right : null }] : [],
  );
}

/** A turn in any of the shapes; none for what a tool said and for a turn without words. */
function turnOf(value: unknown, at: number, field: string, options: RecordOptions): Turn[] {
  const wrong = () => new RecordFault(`has a turn ${at + 1} that is not {"role": "system", "user" or "assistant", "text": …}`);
  if (!isObject(value)) throw wrong();
  const named = own(value, 'role') ?? own(value, 'from');
  const role = typeof named === 'string' && Object.hasOwn(ROLES, named.toLowerCase()) ? ROLES[named.toLowerCase()] : undefined;
  if (role === undefined) throw wrong();
  if (role === 'tool') return [];
  const words = wordsOf(own(value, 'text') ?? own(value, 'content') ?? own(value, 'value'));
  if (words === undefined || words.trim() === '') {
    if (field === 'turns' || role === 'user') throw wrong();
    return [];
  }
  return [{ role, text: limited(words, options) }];
}

/** OpenAI's content may be a list of parts, of which the text counts. */
function wordsOf(content: unknown): string | undefined {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return undefined;
  return content.flatMap((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? [part['text']] : [])).join('\n');
}

/** As Steady's own files are: alternating, to the user's. */
function strict(turns: readonly Turn[], leading: string): Pick<PromptEntry, 'systemPrompt' | 'turns'> {
  const first = turns[0]?.role === 'system' ? turns[0] : null;
  if (first !== null && leading !== '') throw new RecordFault('has two system prompts');
  const spoken = (first === null ? turns : turns.slice(1)).map(({ role, text }, at) => {
    const wanted = at % 2 === 0 ? ('user' as const) : ('assistant' as const);
    if (role !== wanted) throw new RecordFault(`has turns that do not alternate: turn ${at + 1} is the ${role}'s`);
    return { role: wanted, text };
  });
  if (spoken.at(-1)?.role !== 'user') throw new RecordFault("has turns that do not end with the user's");
  return { systemPrompt: first?.text ?? leading, turns: spoken };
}

/** As training files are: what the assistant says first or last is no request, and turns of one side in a row are one. */
function lenient(turns: readonly Turn[], leading: string): Pick<PromptEntry, 'systemPrompt' | 'turns'> {
  const systemPrompt = [leading, ...turns.filter(({ role }) => role === 'system').map(({ text }) => text)]
    .filter((one) => one !== '')
    .join('\n\n');
  const spoken: { role: 'user' | 'assistant'; text: string }[] = [];
  for (const { role, text } of turns) {
    if (role === 'system' || (role === 'assistant' && spoken.length === 0)) continue;
    const last = spoken.at(-1);
    if (last?.role === role) last.text += `\n\n${text}`;
    else spoken.push({ role, text });
  }
  while (spoken.at(-1)?.role === 'assistant') spoken.pop();
  if (spoken.length === 0) throw new RecordFault('has no turn of a user');
  return { systemPrompt, turns: spoken };
}

/** The fields of some records, the one that holds prompts, and whether there are conversations with several requests. */
interface FoundFields {
  columns: string[];
  column: string | null;
  /** The field to read; undefined: each record says itself. */
  field: string | undefined;
  conversations: boolean;
}

/**
 * @param wanted what a person says
 * @throws what `fail` makes, where no record has the field that is wanted
 */
export function findField(records: readonly unknown[], wanted: string | undefined, fail: (fault: string) => Error): FoundFields {
  const objects = records.filter(isObject).slice(0, SAMPLE_ROWS);
  const columns = [...new Set(objects.flatMap((record) => Object.keys(record)))].slice(0, MAX_FIELDS);
  const conversations = objects.some((record) =>
    LISTS.some((list) => Array.isArray(own(record, list)) && requests(own(record, list) as unknown[]) > 1),
  );
  if (wanted !== undefined) {
    const at = columnNamed(columns, wanted);
    if (at < 0)
      throw fail(
        `It has no field "${wanted}". It has ${
          columns
            .slice(0, 20)
            .map((name) => `"${name}"`)
            .join(', ') || 'none'
        }.`,
      );
    return { columns, column: columns[at]!, field: columns[at], conversations };
  }
  const counts = new Map<string, number>();
  for (const record of objects) {
    const field = fieldOf(record, undefined);
    if (field !== undefined) counts.set(field, (counts.get(field) ?? 0) + 1);
  }
  const usual = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
  if (usual !== undefined || columns.length === 0) return { columns, column: usual ?? null, field: undefined, conversations };
  const rows = objects.map((record) => columns.map((name) => (typeof own(record, name) === 'string' ? (own(record, name) as string) : '')));
  const scores = likelihoods(columns, rows, true);
  const best = Math.max(...scores);
  const column = best > 0 ? columns[scores.indexOf(best)]! : null;
  return { columns, column, field: column ?? undefined, conversations };
}

const requests = (turns: readonly unknown[]): number =>
  turns.filter((turn) => isObject(turn) && ROLES[String(own(turn, 'role') ?? own(turn, 'from')).toLowerCase()] === 'user').length;

/** The records of an object that holds nothing but a list of them under a usual name; else the object itself. */
export function unwrapped(value: unknown): unknown[] {
  if (!isObject(value) || fieldOf(value, undefined) !== undefined) return [value];
  const list = WRAPPERS.map((name) => own(value, name)).find(Array.isArray) as unknown[] | undefined;
  return list ?? [value];
}

function limited(value: string, { conversations }: RecordOptions): string {
  if (conversations && value.length > MAX_MESSAGE_LENGTH)
    throw new RecordFault(`has ${value.length} characters; messages of up to ${MAX_MESSAGE_LENGTH} are sent`);
  return value;
}

/** Undefined for what is no JSON. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of the object itself: nothing that it inherits. */
function own(value: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}
