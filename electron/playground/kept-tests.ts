/** Prompts that an admin keeps as tests, in sets by name: a file each, which an evaluation reads like any other. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MAX_TEST_SET_NAME, SteadyError, type PlaygroundPrompt, type TestSet } from '../contract/index.ts';
import { readJson, writeJson } from '../json-file.ts';
import { lineOf } from '../evaluation/prompt-set.ts';
import { parseBoundedJson } from '../../steering/files/bounded-json.ts';
import { readRegularFile } from '../../steering/files/regular-file.ts';
import { writeFileAtomic } from '../../steering/files/write-file-atomic.ts';

const MAX_SETS = 100;
const MAX_PROMPTS = 10_000;
const MAX_BYTES = 64 * 1024 * 1024;
const INDEX = 'sets.json';

const index = z.array(z.object({ id: z.uuid(), name: z.string().min(1).max(MAX_TEST_SET_NAME) })).max(MAX_SETS);
type Index = z.infer<typeof index>;

export class KeptTests {
  readonly #folder: string;
  readonly #onChange: () => void;
  /** One change at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(folder: string, onChange: () => void) {
    this.#folder = folder;
    this.#onChange = onChange;
  }

  /** By name. */
  async list(): Promise<TestSet[]> {
    const sets = await this.#index();
    const counted = await Promise.all(sets.map(async ({ id, name }) => ({ id, name, prompts: (await this.#lines(id)).length })));
    return counted.sort((a, b) => a.name.localeCompare(b.name, 'en'));
  }

  /** See `tests.keep`. */
  keep(name: string, prompt: PlaygroundPrompt): Promise<TestSet> {
    return this.#exclusive(async () => {
      const sets = await this.#index({ toBeWritten: true });
      const known = sets.find((set) => set.name.toLowerCase() === name.toLowerCase());
      if (known === undefined && sets.length >= MAX_SETS) throw full(`There are ${MAX_SETS} sets of tests already.`);
      const set = known ?? { id: randomUUID(), name };
      const lines = known === undefined ? [] : await this.#lines(set.id);
      const line = lineOf({ prompt, answer: null });
      if (!lines.includes(line)) {
        const bytes = lines.reduce((sum, one) => sum + Buffer.byteLength(one) + 1, Buffer.byteLength(line) + 1);
        if (lines.length >= MAX_PROMPTS || bytes > MAX_BYTES) throw full(`“${set.name}” is full.`);
        lines.push(line);
        await mkdir(this.#folder, { recursive: true, mode: 0o700 });
        await writeFileAtomic(this.path(set.id), lines.map((one) => `${one}\n`).join(''), 0o600);
      }
      if (known === undefined) await writeJson(join(this.#folder, INDEX), [...sets, set]);
      this.#onChange();
      return { ...set, prompts: lines.length };
    });
  }

  /** @throws `not-found` */
  discard(id: string): Promise<void> {
    return this.#exclusive(async () => {
      const sets = await this.#index({ toBeWritten: true });
      if (!sets.some((set) => set.id === id)) throw missing();
      await writeJson(
        join(this.#folder, INDEX),
        sets.filter((set) => set.id !== id),
      );
      await rm(this.path(id), { force: true });
      this.#onChange();
    });
  }

  /** A set's name, and its prompts as lines of JSON. @throws `not-found` */
  async read(id: string): Promise<{ name: string; lines: string[] }> {
    const set = (await this.#index()).find((one) => one.id === id);
    if (set === undefined) throw missing();
    return { name: set.name, lines: await this.#lines(id) };
  }

  /** Where a set's prompts lie, one JSON object a line. */
  path(id: string): string {
    return join(this.#folder, `${id}.jsonl`);
  }

  /** None where there is no list yet. @throws `store-damaged` where a damaged one would be written over */
  async #index({ toBeWritten = false } = {}): Promise<Index> {
    const path = join(this.#folder, INDEX);
    const parsed = index.safeParse(await readJson(path));
    if (parsed.success) return parsed.data;
    if (toBeWritten && existsSync(path)) {
      throw new SteadyError('store-damaged', `The list of test sets in ${path} cannot be read.`, {
        hint: 'Move it away to begin anew; the prompts lie beside it.',
      });
    }
    return [];
  }

  /** Lines that can be read; none where the file is gone. */
  async #lines(id: string): Promise<string[]> {
    try {
      const text = (await readRegularFile(this.path(id), MAX_BYTES)).toString('utf8');
      return text.split('\n').filter((line) => line !== '' && isJson(line));
    } catch {
      return [];
    }
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function isJson(line: string): boolean {
  try {
    parseBoundedJson(line);
    return true;
  } catch {
    return false;
  }
}

const full = (sentence: string) => new SteadyError('conflict', sentence, { hint: 'Keep it under another name, or remove a set.' });
const missing = () => new SteadyError('not-found', 'These tests are not there any more.', { hint: 'Look at the list again.' });
