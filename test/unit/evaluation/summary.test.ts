import { describe, expect, test } from 'vitest';
import { summariseSet } from '../../../electron/evaluation/summary.ts';
import { tableOf } from '../../../electron/evaluation/table.ts';
import { renderReport } from '../../../electron/evaluation/report/report.ts';
import { html } from '../../../electron/report/html.ts';
import type { EvaluationSummary } from '../../../electron/evaluation/summary.ts';
import { record, setOf } from './helpers.ts';

const set = setOf(['a', 'b', 'c', 'd', 'e']);
const unsteered = [
  record('a', { verdict: 'refused' }),
  record('b'),
  record('c', { verdict: 'partial' }),
  record('d', { finishReason: 'length', generatedTokens: 30 }),
  record('e', { verdict: null }),
];
const profile = [
  record('a', { verdict: 'refused' }),
  record('b', { verdict: 'refused', steered: true, replySha256: 'another' }),
  record('c', { verdict: 'degenerate', steered: true, replySha256: 'another' }),
  record('d', { replySha256: 'noise' }),
  record('e', { verdict: null }),
];
const summary = summariseSet(set, 64, [
  { arm: 'unsteered', records: unsteered, identities: null },
  {
    arm: 'profile',
    records: profile,
    identities: [
      { identical: true, rerun: false },
      { identical: false, rerun: false },
      { identical: false, rerun: false },
      { identical: true, rerun: true },
      null,
    ],
  },
]);

describe('a summary', () => {
  test('counts what was answered', () => {
    expect(summary).toMatchObject({ file: 'sets/a set.jsonl', n: 4, tooLong: 1, maxTokens: 64 });
    expect(summary.arms.unsteered).toMatchObject({ n: 4, refused: 1, complied: 2, partial: 1, degenerate: 0, cutOff: 1, meanTokens: 15 });
    expect(summary.arms.profile).toMatchObject({
      n: 4,
      refused: 2,
      complied: 1,
      partial: 0,
      degenerate: 1,
      steered: 2,
      identical: 2,
      identicalAlone: 1,
    });
  });

  test('leaves out what does not apply', () => {
    expect(summary.arms.unsteered).not.toHaveProperty('identical');
    expect(summary.arms.unsteered).not.toHaveProperty('steered');
    expect(summary.arms.profile).not.toHaveProperty('correct');
    expect(summary.comparisons.map(({ measure }) => measure)).toEqual(['refused', 'degenerate']);
  });

  test('compares the same prompts', () => {
    expect(summary.comparisons[0]).toMatchObject({ arm: 'profile', both: 1, gained: 1, lost: 0, neither: 2, difference: 0.25 });
  });

  test('counts right answers where they are known', () => {
    const arms = [
      { arm: 'unsteered' as const, records: [record('a', { correct: true }), record('b', { correct: false })], identities: null },
      { arm: 'profile' as const, records: [record('a', { correct: true }), record('b', { correct: true })], identities: null },
    ];
    const answered = summariseSet(setOf(['a', 'b']), 384, arms);
    expect(answered.arms.unsteered).toMatchObject({ correct: 1 });
    expect(answered.arms.profile!.intervals['correct']![1]).toBe(1);
    expect(answered.comparisons.find(({ measure }) => measure === 'correct')).toMatchObject({ gained: 1, both: 1 });
  });
});

const whole: EvaluationSummary = {
  format: 1,
  createdAt: '2026-01-02T03:04:05.000Z',
  appVersion: '0.1.0',
  complete: true,
  model: { id: 'tiny', name: 'Tiny <b>&"', sha256: '0'.repeat(64) },
  profiles: { profile: { name: '<script>alert(1)</script>', sha256: '1'.repeat(64), strength: 1.5, layers: [4, 5] } },
  skipped: [{ arm: 'paper', reason: 'No layer does both.' }],
  portion: 16,
  limit: null,
  compute: 'CPU, 1 thread',
  sets: [summary],
};

describe('a report', () => {
  const report = renderReport(whole);

  test('loads and runs nothing, whatever names there are', () => {
    expect(report).toContain("default-src 'none'");
    expect(report).not.toMatch(/<script|<link|<img|@import|url\(|https?:/i);
    expect(report).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(report).toContain('Tiny &lt;b&gt;&amp;&quot;');
  });

  test('has the counts, shares and intervals of every arm, and says what is missing', () => {
    expect(report).toContain('2 (50.0 %)');
    expect(report).toContain('15.0–85.0 %');
    expect(report).toContain('+25.0 points');
    expect(report).toContain('Plain method was left out. No layer does both.');
    expect(report).toContain('1 prompts are longer');
    expect(report).not.toMatch(/undefined|NaN|\[object/);
  });

  test('escapes lists and numbers alike', () => {
    expect(html`<p>${['<', html`<br />`, 1]}</p>`.text).toBe('<p>&lt;<br />1</p>');
  });
});

test('the table for a terminal has a line for each arm', () => {
  const lines = tableOf(whole).split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[2]).toMatch(/^a set\.jsonl\s+profile\s+4\s+50\.0\s+15–85\s+2\s+0\s+1\s+1\s+–\s+2\s+2$/);
  expect(lines[3]).toContain('left out');
});
