/** JSONL: `{"prompt": …}` or `{"text": …}` a line, and where they are wanted `"answer"`, `"system"` and `{"turns": […]}`. */
import { z } from 'zod';
import { MAX_MESSAGE_LENGTH } from '../../contract/index.ts';
import { singlePrompt, type ParsedLine, type PromptEntry } from '../entry.ts';
import { eachLine, type PromptFormat } from './format.ts';

/** More turns than any context holds. */
const MAX_TURNS = 1000;
/** The longest right answer and the longest system prompt, in UTF-16 units. */
const MAX_ANSWER_LENGTH = 10_000;
const MAX_SYSTEM_LENGTH = 100_000;

const text = z.string().refine((value) => value.trim() !== '', 'is empty');
const answer = z
  .union([text, z.number()])
  .transform(String)
  .refine((value) => value.length <= MAX_ANSWER_LENGTH)
  .nullish();
const system = z.string().max(MAX_SYSTEM_LENGTH).nullish();
const role = z.enum(['system', 'user', 'assistant']);
const turn = z.union([
  z.object({ role, text }).transform(({ role, text }) => ({ role, text })),
  z.object({ role, content: text }).transform(({ role, content }) => ({ role, text: content })),
]);
type Turn = z.infer<typeof turn>;

class LineFault extends Error {}

export const jsonl: PromptFormat = {
  name: 'jsonl',
  endings: ['.jsonl', '.ndjson'],
  read: (lines, { conversations }) => eachLine(lines, conversations ? parseConversation : parsePrompt),
};

/** Whether a line is a JSON object, whatever is in it. */
export function isJsonObject(line: string): boolean {
  return line.trimStart().startsWith('{') && isObject(parseJson(line));
}

/** A line's prompt, whatever else it says. */
function parsePrompt(source: string, line: number): ParsedLine {
  const value = parseJson(source);
  if (value === undefined) return { line, fault: 'is not JSON.' };
  const found = isObject(value) ? [value['prompt'], value['text']].find((candidate) => typeof candidate === 'string') : undefined;
  return found === undefined ? { line, fault: 'has no "prompt" or "text".' } : singlePrompt(line, found as string);
}

/** All that a line says. */
function parseConversation(source: string, line: number): ParsedLine {
  const value = parseJson(source);
  try {
    return { ...entryOf(value), line };
  } catch (error) {
    if (error instanceof LineFault) return { line, fault: `${error.message}.` };
    throw error;
  }
}

function entryOf(value: unknown): Omit<PromptEntry, 'line'> {
  if (value === undefined) throw new LineFault('is not JSON');
  if (!isObject(value)) throw new LineFault('is not an object');
  const { turns } = value;
  const prompt = value['prompt'] ?? value['text'];
  if (prompt === undefined && turns === undefined) throw new LineFault('has neither "prompt" nor "turns"');
  if (prompt !== undefined && turns !== undefined) throw new LineFault('has both "prompt" and "turns"');
  const right = answer.safeParse(value['answer']);
  if (!right.success) throw new LineFault(`has an "answer" that is neither a number nor text of up to ${MAX_ANSWER_LENGTH} characters`);
  const leading = system.safeParse(value['system']);
  if (!leading.success) throw new LineFault(`has a "system" that is no text of up to ${MAX_SYSTEM_LENGTH} characters`);
  const spoken = prompt === undefined ? turnsOf(turns) : [{ role: 'user' as const, text: promptOf(prompt) }];
  return { ...conversation(spoken, leading.data ?? ''), answer: right.data ?? null };
}

function promptOf(value: unknown): string {
  if (typeof value !== 'string') throw new LineFault('has a "prompt" that is no text');
  if (value.trim() === '') throw new LineFault('has an empty "prompt"');
  return limited(value);
}

function turnsOf(value: unknown): Turn[] {
  if (!Array.isArray(value)) throw new LineFault('has "turns" that are no list');
  if (value.length === 0) throw new LineFault('has no turns');
  if (value.length > MAX_TURNS) throw new LineFault(`has ${value.length} turns; up to ${MAX_TURNS} are read`);
  return value.map((candidate, at) => {
    const parsed = turn.safeParse(candidate);
    if (!parsed.success) throw new LineFault(`has a turn ${at + 1} that is not {"role": "system", "user" or "assistant", "text": …}`);
    return { ...parsed.data, text: limited(parsed.data.text) };
  });
}

function conversation(turns: readonly Turn[], system: string): Pick<PromptEntry, 'systemPrompt' | 'turns'> {
  const [first, ...rest] = turns;
  const leading = first!.role === 'system' ? first! : null;
  if (leading !== null && system !== '') throw new LineFault('has two system prompts');
  const spoken = (leading === null ? turns : rest).map(({ role, text }, at) => {
    const wanted = at % 2 === 0 ? ('user' as const) : ('assistant' as const);
    if (role !== wanted) throw new LineFault(`has turns that do not alternate: turn ${at + 1} is the ${role}'s`);
    return { role: wanted, text };
  });
  if (spoken.at(-1)?.role !== 'user') throw new LineFault("has turns that do not end with the user's");
  return { systemPrompt: leading?.text ?? system, turns: spoken };
}

function limited(value: string): string {
  if (value.length > MAX_MESSAGE_LENGTH)
    throw new LineFault(`has ${value.length} characters; messages of up to ${MAX_MESSAGE_LENGTH} are sent`);
  return value;
}

/** Undefined for what is no JSON. */
function parseJson(source: string): unknown {
  try {
    return JSON.parse(source) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
