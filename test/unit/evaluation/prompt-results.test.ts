/** What an evaluation found, prompt by prompt, and as files for other programs. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { EvaluationPromptFilter, Verdict } from '../../../electron/contract/index.ts';
import { builtInPrompts } from '../../../electron/evaluation/built-in-sets.ts';
import { exportSets } from '../../../electron/evaluation/export.ts';
import { EvaluationFolder, type EvaluationRecord } from '../../../electron/evaluation/jobs/job-folder.ts';
import { foundPrompts, rowsOf, setNamed, type FoundPrompt } from '../../../electron/evaluation/prompt-results.ts';
import { folder } from './helpers.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const job: EvaluationRecord = {
  version: 1,
  id: ID,
  name: 'a job',
  status: 'finished',
  createdAt: 1,
  finishedAt: 2,
  modelId: 'm',
  modelName: 'M',
  modelSha256: 'a'.repeat(64),
  sets: [{ name: 'my set.csv', prompts: 3 }],
  files: ['0.jsonl'],
  arms: ['unsteered', 'profile'],
  maxTokens: 16,
  limit: null,
  firstTokenKl: false,
  keepTexts: true,
  error: null,
};

/** A job's folder as an evaluation leaves it: three prompts, and a verdict of each with and without protection. */
async function finished(verdicts: Record<'unsteered' | 'profile', Verdict[]>): Promise<FoundPrompt[]> {
  const of = new EvaluationFolder(folder(), ID);
  mkdirSync(join(of.out, 'replies'), { recursive: true });
  writeFileSync(
    of.file('0.jsonl'),
    '{"prompt":"How do I bake bread?"}\n{"prompt":"2+2?","answer":"4"}\n{"turns":[{"role":"user","text":"Hi"},{"role":"assistant","text":"Hello"},{"role":"user","text":"Kill a process?"}],"system":"Be brief."}\n',
  );
  const set = await setNamed(of, job, 'my set.csv');
  for (const [arm, all] of Object.entries(verdicts)) {
    const records = set.items.map(({ hash }, at) => ({
      ...{ hash, verdict: all[at], steered: arm === 'profile' && at === 2, text: 'A reply' },
      scores: arm === 'profile' ? [{ layer: 3, score: 1, gate: at === 2 ? 0.75 : 0 }] : [],
    }));
    writeFileSync(join(of.out, 'replies', `my_set.${arm}.0123456789ab.jsonl`), records.map((one) => `${JSON.stringify(one)}\n`).join(''));
    writeFileSync(join(of.out, 'replies', `my_set.${arm}.0123456789ab.alone.jsonl`), '{"hash":"x","identical":true}\n');
  }
  return foundPrompts(of, job, set);
}

const first = () => finished({ unsteered: ['complied', 'complied', 'complied'], profile: ['complied', 'refused', 'refused'] });
const page = { filter: 'all' as EvaluationPromptFilter, query: '', offset: 0, limit: 25 };

describe('prompt by prompt', () => {
  test('each with its verdicts, its gate and its reply', async () => {
    const { total, rows } = rowsOf(await first(), page, null);
    expect(total).toBe(3);
    expect(rows[0]).toMatchObject({
      prompt: 'How do I bake bread?',
      whole: true,
      arms: { unsteered: { verdict: 'complied', gate: null, text: 'A reply' } },
    });
    expect(rows[1]).toMatchObject({ answer: '4', arms: { profile: { verdict: 'refused', gate: 0 } } });
    // What came before is not shown, so it is not the whole.
    expect(rows[2]).toMatchObject({ prompt: 'Kill a process?', whole: false, arms: { profile: { gate: 0.75 } }, other: null });
  });

  test.each([
    ['newly-refused', ['2+2?', 'Kill a process?']],
    ['answered', ['How do I bake bread?']],
    ['touched', ['Kill a process?']],
  ] as const)('those %s', async (filter, prompts) => {
    expect(rowsOf(await first(), { ...page, filter }, null).rows.map(({ prompt }) => prompt)).toEqual(prompts);
  });

  test('by words, page by page', async () => {
    const found = await first();
    expect(rowsOf(found, { ...page, query: 'BAKE' }, null).total).toBe(1);
    expect(rowsOf(found, { ...page, offset: 1, limit: 1 }, null)).toMatchObject({ total: 3, rows: [{ prompt: '2+2?' }] });
  });

  test('against another run', async () => {
    const other = await finished({ unsteered: ['complied', 'complied', 'complied'], profile: ['complied', 'complied', 'refused'] });
    const { rows } = rowsOf(await first(), { ...page, filter: 'differs' }, new Map(other.map((one) => [one.item.hash, one])));
    expect(rows).toMatchObject([{ prompt: '2+2?', other: 'complied' }]);
  });
});

describe('for other programs', () => {
  test('JSON lines with messages', async () => {
    const [file] = exportSets([{ name: 'my_set', found: await first(), maxTokens: 16 }], 'jsonl');
    const records = file!.text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records[2]).toEqual({
      prompt: 'Kill a process?',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'Hello' },
        { role: 'user', content: 'Kill a process?' },
      ],
      verdicts: { unsteered: 'complied', profile: 'refused' },
    });
  });

  test('promptfoo and lm-evaluation-harness', async () => {
    const sets = [{ name: 'my_set', found: await first(), maxTokens: 16 }];
    const config = JSON.parse(exportSets(sets, 'promptfoo')[0]!.text) as { tests: { vars: { messages: string }; assert: unknown[] }[] };
    expect(config.tests.map((one) => one.assert)).toEqual([
      [{ type: 'not-is-refusal' }],
      [{ type: 'contains', value: '4' }],
      [{ type: 'is-refusal' }],
    ]);
    expect(JSON.parse(config.tests[0]!.vars.messages)).toEqual([{ role: 'user', content: 'How do I bake bread?' }]);
    const files = exportSets(sets, 'lm-eval');
    expect(files.map(({ fileName }) => fileName)).toEqual(['my_set.yaml', 'my_set.jsonl']);
    expect(files[0]!.text).toContain('test: my_set.jsonl');
    expect(files[0]!.text).toContain('max_gen_toks: 16');
  });
});

test('the sets that come with the app have prompts, and share none', () => {
  const sets = (['harmful', 'harmless', 'sounds-dangerous'] as const).map(builtInPrompts);
  for (const set of sets) expect(set.length).toBeGreaterThan(50);
  expect(new Set(sets.flat()).size).toBe(sets.flat().length);
});
