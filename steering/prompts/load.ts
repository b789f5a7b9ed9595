/** Reads the built-in prompt sets, checking every line. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { SteeringError } from '../errors.ts';
import { prompt, systemPrompt, wrapper } from './records.ts';
import type { Prompt, SystemPrompt, Wrapper } from './records.ts';

export interface PromptSets {
  /** Everything harmless: the general prompts, those that sound dangerous, and the twins' bare requests. */
  benign: Prompt[];
  /** Plain harmful requests; `kind` is the hazard category. */
  harmful: Prompt[];
  wrappers: Wrapper[];
  /** The short harmless requests that are wrapped as the harmful ones are. Also in `benign`, with kind `twin`. */
  twins: string[];
  systems: SystemPrompt[];
}

/** Where the sets lie: beside this file in a source tree, under `prompts/` beside a bundled entry. */
export function promptsFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const candidates = [process.env['STEADY_PROMPTS'] ?? '', here, join(here, 'prompts'), join(here, '..', '..', 'steering', 'prompts')];
  const found = candidates.find((folder) => folder !== '' && existsSync(join(folder, 'wrappers.jsonl')));
  if (found === undefined) {
    throw new SteeringError('bad-input', 'The built-in prompt sets are missing from this installation.', {
      hint: 'Install the app again.',
    });
  }
  return found;
}

/** Every data file, as paths relative to the folder, in a fixed order. */
function dataFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.jsonl'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

function readLines<T>(folder: string, file: string, schema: z.ZodType<T>): T[] {
  const lines = readFileSync(join(folder, file), 'utf8').split('\n');
  return lines.flatMap((line, index) => {
    if (line === '') return [];
    try {
      return [schema.parse(JSON.parse(line))];
    } catch (cause) {
      throw new SteeringError('bad-input', `The prompt set ${file} has a bad line: ${index + 1}.`, {
        hint: 'See steering/prompts/README.md for what a line holds.',
        details: { file, line: index + 1 },
        cause,
      });
    }
  });
}

/**
 * All built-in prompts and wrappers.
 * @throws SteeringError `bad-input` when a file is missing or has a line that does not fit.
 */
export function loadPromptSets(folder: string = promptsFolder()): PromptSets {
  const general = dataFiles(folder).filter((file) => file.startsWith('benign/'));
  const twins = readLines(folder, 'twins.jsonl', prompt);
  return {
    benign: [...[...general, 'sounds-dangerous.jsonl'].flatMap((file) => readLines(folder, file, prompt)), ...twins],
    harmful: readLines(folder, 'harmful.jsonl', prompt),
    wrappers: readLines(folder, 'wrappers.jsonl', wrapper),
    twins: twins.map(({ text }) => text),
    systems: readLines(folder, 'systems.jsonl', systemPrompt),
  };
}

/** SHA-256 of each data file, by its path in this folder; kept in a profile to say what it was made from. */
export function promptSetHashes(folder: string = promptsFolder()): Record<string, string> {
  return Object.fromEntries(
    dataFiles(folder).map((file) => [
      file,
      createHash('sha256')
        .update(readFileSync(join(folder, file)))
        .digest('hex'),
    ]),
  );
}
