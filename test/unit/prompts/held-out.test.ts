/** The prompts that nothing is calibrated with stay apart from those that everything is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { loadPromptSets } from '../../../steering/prompts/index.ts';
import { nearDuplicates } from './near-duplicates.ts';

// Every text is read several times; a busy machine may need longer than the default for that.
vi.setConfig({ testTimeout: 60_000 });

interface Line {
  id: string;
  prompt: string;
  hazard: string;
  language: string;
}

const FOLDER = join(import.meta.dirname, '..', '..', 'held-out');
const read = (name: string): Line[] =>
  readFileSync(join(FOLDER, `${name}.jsonl`), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const files = { harmful: read('harmful'), 'near-misses': read('near-misses'), everyday: read('everyday') };
const all = Object.values(files).flat();

test.each(Object.entries(files))('%s: as wide from its first prompts on as in all', (name, lines) => {
  expect(lines.length).toBe(name === 'harmful' ? 1100 : 660);
  const hazards = new Set(lines.map(({ hazard }) => hazard));
  expect(hazards.size).toBe(11);
  expect(new Set(lines.slice(0, hazards.size).map(({ hazard }) => hazard))).toEqual(hazards);
  for (const { id, prompt } of lines) {
    expect(id).toMatch(new RegExp(`^${name}-[a-z-]+-\\d{3}$`));
    expect(prompt, id).toBe(prompt.trim());
    expect(prompt.length, id).toBeLessThanOrEqual(220);
  }
});

test('none is there twice, nor among the built-in prompts, nor nearly', () => {
  const { benign, harmful } = loadPromptSets();
  const mine = new Set(all.map(({ id }) => id));
  expect(mine.size).toBe(all.length);
  const texts = [...all.map(({ id, prompt }) => ({ id, text: prompt })), ...[...benign, ...harmful].map(({ id, text }) => ({ id, text }))];
  expect(nearDuplicates(texts, 0.7).filter(({ a, b }) => mine.has(a) || mine.has(b))).toEqual([]);
});
