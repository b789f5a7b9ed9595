/** Prompt files for evaluation: JSONL with a prompt, a prompt and its answer, or a conversation a line. Read as a stream. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { SteadyError } from '../contract/index.ts';
import { engineTurn, type EnginePrompt } from '../engine/protocol.ts';

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
}

const text = z.string().refine((value) => value.trim() !== '', 'is empty');
const answer = z.union([text, z.number()]).transform(String).nullish();
const role = z.enum(['system', 'user', 'assistant']);
const turn = z.union([
  z.object({ role, text }).transform(({ role, text }) => ({ role, text })),
  z.object({ role, content: text }).transform(({ role, content }) => ({ role, text: content })),
]);
const line = z.union([
  z.object({ prompt: text, answer, system: z.string().nullish(), turns: z.undefined().optional() }),
  z.object({ turns: z.array(turn).min(1), answer, system: z.string().nullish(), prompt: z.undefined().optional() }),
]);

/** More faults than this are counted rather than named. */
const NAMED_FAULTS = 10;
/** One line longer than this is no prompt. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;

/** Between two chunks others get their turn: what is in one is parsed in a few milliseconds. */
const CHUNK_BYTES = 128 * 1024;
const SLICE_MS = 10;

class LineFault extends Error {}

/**
 * Reads a set. `limit` stops after so many prompts, without looking at the rest of the file; `name` stands for the file in
 * what is said of it.
 * @throws SteadyError `bad-input` that names the file and the line of each fault
 */
export async function readEvaluationSet(file: string, options: { limit?: number | undefined; name?: string } = {}): Promise<EvaluationSet> {
  const name = options.name ?? file;
  const set: EvaluationSet = { file: name, items: [], duplicates: 0 };
  const known = new Set<string>();
  const faults: string[] = [];
  let faulty = 0;
  let since = performance.now();
  for await (const { text: source, number } of linesOf(file, name)) {
    if (source.trim() === '') continue;
    // The app reads what a page hands in; it must not be held up by half a million lines.
    if (performance.now() - since > SLICE_MS) {
      await setImmediate();
      since = performance.now();
    }
    try {
      const item = parseLine(source, number);
      if (known.has(item.hash)) set.duplicates++;
      else set.items.push(item);
      known.add(item.hash);
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      faulty++;
      if (faults.length < NAMED_FAULTS) faults.push(`Line ${number} ${error.message}.`);
    }
    if (set.items.length === options.limit) break;
  }
  if (faulty > 0) {
    const more = faulty > faults.length ? ` And ${faulty - faults.length} more.` : '';
    throw unreadable(name, `${faults.join(' ')}${more}`, { faults, count: faulty });
  }
  if (set.items.length === 0) throw unreadable(name, 'It has no prompts.');
  return set;
}

function parseLine(source: string, number: number): EvaluationItem {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch {
    throw new LineFault('is not JSON');
  }
  const data = plainPrompt(value) ?? checked(value);
  const prompt = data.prompt === undefined ? conversation(data.turns, data.system ?? '') : asked(data.prompt, data.system ?? '');
  const right = data.answer ?? null;
  const hash = createHash('sha256')
    .update(JSON.stringify([prompt.systemPrompt, prompt.turns.map(({ role, text }) => [role, text]), right]))
    .digest('hex');
  return { line: number, hash, prompt, answer: right };
}

/** The commonest line, without the schema's detours; null for any other. */
function plainPrompt(value: unknown): z.infer<typeof line> | null {
  if (typeof value !== 'object' || value === null) return null;
  const { prompt, answer: right, system, turns } = value as Record<string, unknown>;
  const plain = typeof prompt === 'string' && prompt.trim() !== '' && right === undefined && system === undefined && turns === undefined;
  return plain ? { prompt } : null;
}

function checked(value: unknown): z.infer<typeof line> {
  const parsed = line.safeParse(value);
  if (!parsed.success) throw new LineFault(faultOf(value));
  return parsed.data;
}

function asked(prompt: string, systemPrompt: string): EnginePrompt {
  return { systemPrompt, turns: [{ role: 'user', text: prompt }] };
}

function conversation(turns: readonly z.infer<typeof turn>[], system: string): EnginePrompt {
  const [first, ...rest] = turns;
  const leading = first!.role === 'system' ? first! : null;
  if (leading !== null && system !== '') throw new LineFault('has two system prompts');
  const spoken = leading === null ? turns : rest;
  const engineTurns = spoken.map(({ role, text }, at) => {
    const wanted = at % 2 === 0 ? 'user' : 'assistant';
    if (role !== wanted) throw new LineFault(`has turns that do not alternate: turn ${at + 1} is the ${role}'s`);
    return engineTurn.parse({ role, text });
  });
  if (engineTurns.at(-1)?.role !== 'user') throw new LineFault("has turns that do not end with the user's");
  return { systemPrompt: leading?.text ?? system, turns: engineTurns };
}

/** What is wrong with a line that is JSON, as the rest of a sentence. */
function faultOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'is not an object';
  const { prompt, turns, answer: right, system } = value as Record<string, unknown>;
  if (prompt === undefined && turns === undefined) return 'has neither "prompt" nor "turns"';
  if (prompt !== undefined && turns !== undefined) return 'has both "prompt" and "turns"';
  if (!answer.safeParse(right).success) return 'has an "answer" that is neither text nor a number';
  if (!z.string().nullish().safeParse(system).success) return 'has a "system" that is no text';
  if (prompt !== undefined) return typeof prompt === 'string' ? 'has an empty "prompt"' : 'has a "prompt" that is no text';
  if (!Array.isArray(turns)) return 'has "turns" that are no list';
  if (turns.length === 0) return 'has no turns';
  const at = turns.findIndex((candidate) => !turn.safeParse(candidate).success);
  return `has a turn ${at + 1} that is not {"role": "system", "user" or "assistant", "text": …}`;
}

/** The lines of a UTF-8 file, numbered from 1, without ever holding more than one of them and a chunk. */
export async function* linesOf(file: string, name: string): AsyncGenerator<{ text: string; number: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const stream = createReadStream(file, { highWaterMark: CHUNK_BYTES });
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of stream) {
      const lines = (rest + decode(name, decoder, chunk as Uint8Array)).split('\n');
      rest = lines.pop()!;
      if (rest.length > MAX_LINE_CHARACTERS) throw unreadable(name, `Line ${number + lines.length + 1} is too long.`);
      for (const text of lines) yield { text, number: ++number };
    }
    rest += decode(name, decoder, null);
  } catch (cause) {
    if (cause instanceof SteadyError) throw cause;
    throw unreadable(name, reasonOf(cause as NodeJS.ErrnoException));
  } finally {
    stream.destroy();
  }
  if (rest !== '') yield { text: rest, number: ++number };
}

function decode(file: string, decoder: InstanceType<typeof TextDecoder>, chunk: Uint8Array | null): string {
  try {
    return chunk === null ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw unreadable(file, 'It is not encoded in UTF-8. Save it as UTF-8.');
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'There is no such file.';
  if (code === 'EISDIR') return 'It is a folder.';
  return code === 'EACCES' ? 'It may not be read.' : message;
}

function unreadable(file: string, fault: string, details?: Record<string, unknown>): SteadyError {
  return new SteadyError('bad-input', `The prompts in ${file} could not be read. ${fault}`, {
    hint: 'Use a JSONL file: {"prompt": …}, {"prompt": …, "answer": …} or {"turns": […]} on each line.',
    ...(details === undefined ? {} : { details }),
  });
}
