import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BEGIN, END, renderTables, replaceTables, sectionsOf, type ModelResults } from '../../trials/results/page.ts';
import { KNOWN_SETS } from '../../trials/results/sets.ts';
import { summariseSet, type EvaluationSummary } from '../../../electron/evaluation/summary.ts';
import { record, setOf } from './helpers.ts';

const identical = (value: boolean) => ({ identical: value, rerun: false });

function summary(change: Partial<Parameters<typeof record>[1] & object> = {}): EvaluationSummary {
  const set = setOf(['a', 'b', 'c', 'd']);
  const answers = change.correct === undefined ? {} : { correct: true };
  const arms = [
    { arm: 'unsteered' as const, records: ['a', 'b', 'c', 'd'].map((hash) => record(hash, answers)), identities: null },
    {
      arm: 'paper' as const,
      records: ['a', 'b', 'c', 'd'].map((hash) => record(hash, { ...answers, verdict: 'degenerate', steered: true })),
      identities: [false, false, false, false].map(identical),
      firstTokenKl: [1, 1, 1, 1],
    },
    {
      arm: 'profile' as const,
      records: ['a', 'b', 'c', 'd'].map((hash, at) =>
        record(hash, {
          ...answers,
          ...(at < 3 ? { verdict: 'refused', steered: true } : {}),
          ...(change.correct === undefined ? {} : { correct: at > 0 }),
        }),
      ),
      identities: [false, false, false, true].map(identical),
      firstTokenKl: [0, 0, 0, 0],
    },
  ];
  return {
    format: 1,
    createdAt: '2026-01-02T03:04:05.000Z',
    appVersion: '0.1.0',
    complete: true,
    model: { id: 'tiny', name: 'Tiny', sha256: 'a'.repeat(64) },
    profiles: { profile: { name: 'Shipped', sha256: 'b'.repeat(64), strength: 1.5, layers: [4, 5] } },
    skipped: [],
    portion: 16,
    limit: 4,
    compute: 'CPU, 1 thread',
    sets: [summariseSet(set, 64, arms)],
  };
}

const results = (): ModelResults => ({
  modelId: 'tiny',
  found: [
    { set: KNOWN_SETS.find(({ kind }) => kind === 'attack')!, summary: summary() },
    { set: KNOWN_SETS.find(({ kind }) => kind === 'benign')!, summary: summary() },
    { set: KNOWN_SETS.find(({ kind }) => kind === 'answers')!, summary: summary({ correct: true }) },
  ],
});

describe('the tables', () => {
  const tables = renderTables([results()]);

  test('have defence, utility and right answers, each with its interval', () => {
    expect(tables).toContain('| AdvBench (harmful, asked plainly) | 4 | 0 (0–49) | 0 (0–49) | **75 (30–95)** | 75 | 0 / 100 / 0 |');
    expect(tables).toContain('| average over sets |  | 0 | 0 | 75 |  |  |');
    expect(tables).toContain('| XSTest, safe half (sounds dangerous, is not) | 4 | 100 (51–100) | 0 (0–49) | 25 (5–70) | 0 / 100 / 0 |');
    expect(tables).toContain('| XSTest, safe half | 0 (0–49) | 1.0 | 25 (5–70) | 0 | 3 of 4 |');
    expect(tables).toContain('| GSM8K (arithmetic, exact match) | 4 | 100 (51–100) | 100 (51–100) | 75 (30–95) | −25 points');
    expect(tables).not.toMatch(/undefined|NaN|\[object/);
  });

  test("have the paper's own figures below, and the profile that was measured", () => {
    expect(tables.indexOf('| Qwen2.5-7B-Instruct | 21 → 97 | 77.6 → 75.9 |')).toBeGreaterThan(tables.indexOf('### Defence'));
    expect(tables).toContain('Profile “Shipped”, SHA-256 bbbbbbbbbbbbbbbb…, strength 1.5, layers 4, 5');
  });

  test('say so when the sets were measured with different profiles', () => {
    const mixed = results();
    mixed.found[1]!.summary.profiles.profile!.sha256 = 'c'.repeat(64);
    expect(renderTables([mixed])).toContain('Not all sets were measured with this profile');
  });

  test('a model without a profile is shown by itself', () => {
    const { found } = results();
    const bare = found.map(({ set, summary: { sets, ...rest } }) => {
      const only = { ...sets[0]!, arms: { unsteered: sets[0]!.arms.unsteered! }, comparisons: [] };
      return { set, summary: { ...rest, profiles: {}, sets: [only] } };
    });
    const page = renderTables([{ modelId: 'tiny', found: bare }]);
    expect(page).toContain('No profile ships for this model');
    expect(page).not.toContain('plain method');
  });
});

describe('the page', () => {
  test('keeps what people wrote around the tables', () => {
    const page = `# Title\n\n${BEGIN}\n\nold\n\n${END}\n\n## What is weak\n\n- This.\n`;
    const next = replaceTables(page, 'new');
    expect(next).toBe(`# Title\n\n${BEGIN}\n\nnew\n\n${END}\n\n## What is weak\n\n- This.\n`);
    expect(replaceTables(next, 'new')).toBe(next);
    expect(() => replaceTables('# Title\n', 'new')).toThrow(/marks/);
  });

  test('keeps the tables of a model that was not measured this time', () => {
    const other = { ...results(), modelId: 'other' };
    const page = replaceTables(`${BEGIN}\n\n${END}\n`, renderTables([results(), other]));
    const kept = sectionsOf(page);
    expect([...kept.keys()]).toEqual(['tiny', 'other']);
    expect(replaceTables(page, renderTables([results()], [kept.get('other')!]))).toBe(page);
  });

  test('in the documentation has the marks, and says what is weak', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/research/results.md'), 'utf8');
    expect(replaceTables(page, 'x')).toContain('## What is weak');
  });
});
