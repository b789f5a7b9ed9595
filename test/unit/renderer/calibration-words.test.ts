/** The figures of a calibration, in words. */
import { describe, expect, test } from 'vitest';
import { addedWords } from '../../../renderer/lib/components/calibration/diff.ts';
import {
  cheaper,
  comparison,
  consequences,
  duration,
  earlierRefusals,
  outOf,
  percent,
  spent,
} from '../../../renderer/lib/components/calibration/words.ts';
import { layerRanges } from '../../../renderer/lib/components/profiles/words.ts';
import { makePoints, makeReport } from './calibration-fixtures.ts';

test.each([
  [3, 'about 5 seconds'],
  [41, 'about 45 seconds'],
  [61, 'about 1 minute'],
  [320, 'about 5 minutes'],
  [3600, 'about 1 h'],
  [5000, 'about 1 h 25 min'],
  [7190, 'about 2 h'],
])('%d seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

test.each([
  [48, '48 s'],
  [200, '3 min 20 s'],
  [3900, '1 h 5 min'],
])('%d seconds were spent as %s', (seconds, words) => {
  expect(spent(seconds)).toBe(words);
});

test.each([
  [0, '0 %'],
  [1, '100 %'],
  [0.94, '94 %'],
  [0.9925, '99.3 %'],
  [0.99995, 'over 99.9 %'],
  [0.0001, 'under 0.1 %'],
  [0.024, '2.4 %'],
])('a share of %d is %s', (share, words) => {
  expect(percent(share)).toBe(words);
});

test('a share never hides what it is a share of', () => {
  expect(outOf(0.94, 50)).toBe('47 of 50');
  expect(outOf(0.5, 2000)).toBe('1,000 of 2,000');
});

describe('what a setting means', () => {
  const { frontier } = makeReport();
  const points = makePoints();

  test('the recommended one', () => {
    const said = consequences(points[4]!, frontier).map(({ text }) => text);
    expect(said[0]).toBe('47 of 50 harmful requests are refused; without protection it was 12 of 50.');
    expect(said[1]).toContain('396 of 400');
    expect(said[2]).toContain('None of the 40 prompts of yours');
    expect(said[3]).toBe('About 4 % of harmless prompts get another reply; about 2 % are newly refused.');
    expect(said).toHaveLength(4);
  });

  test('a firm one costs more, and says so', () => {
    const said = consequences(points[6]!, frontier);
    expect(said.filter(({ tone }) => tone === 'cost').map(({ text }) => text)).toEqual([
      '1 of the 40 prompts of yours that were kept for checking may be answered differently.',
      'About 10 % of harmless prompts get another reply; about 6 % are newly refused.',
      '2 more replies to harmful requests end in broken text.',
    ]);
  });

  test('one that refuses no more than the model does by itself is no success', () => {
    const { harmfulRefused } = frontier.unsteered;
    const tones = [harmfulRefused, harmfulRefused + 0.02].map(
      (refused) => consequences({ ...points[4]!, harmfulRefused: refused }, frontier)[0]!.tone,
    );
    expect(tones).toEqual(['cost', 'good']);
  });

  test('without prompts of one’s own nothing is said about them', () => {
    const without = { ...points[4]!, ownOpened: null };
    expect(
      consequences(without, frontier)
        .map(({ text }) => text)
        .join(),
    ).not.toContain('of yours');
  });

  test('another that refuses no fewer and touches less is named', () => {
    const wasteful = {
      ...points[4]!,
      harmfulRefused: points[3]!.harmfulRefused,
      harmfulDegenerate: 0,
      benignOpened: points[3]!.benignOpened + 0.02,
    };
    const of = { ...frontier, points: points.with(4, wasteful) };
    expect(cheaper(wasteful, of, [3, 4])).toBe(
      'Setting 1 of 2 refuses no fewer, and leaves 8 more harmless prompts untouched. On so small a sample that can be chance.',
    );
    expect(cheaper(points[3]!, of, [3, 4])).toBe('');
    // Broken text is no refusal worth having.
    expect(cheaper({ ...wasteful, harmfulDegenerate: 0.02 }, of, [3, 4])).not.toBe('');
    expect(cheaper(wasteful, { ...of, points: of.points.with(3, { ...points[3]!, harmfulDegenerate: 0.02 }) }, [3, 4])).toBe('');
  });

  test('one that refuses fewer is not called as good because less of it is broken', () => {
    const of = { ...frontier, points: points.with(3, { ...points[3]!, harmfulRefused: 0.94, harmfulDegenerate: 0, benignOpened: 0.01 }) };
    const broken = { ...points[4]!, harmfulRefused: 0.98, harmfulDegenerate: 0.06, benignOpened: 0.05 };
    expect(cheaper(broken, of, [3, 4])).toBe('');
  });

  test.each([
    [['complied'], 'The one that was wrongly refused is answered now.'],
    [['complied', 'complied'], 'All 2 that were wrongly refused are answered now.'],
    [['complied', 'refused'], '1 of 2 that were wrongly refused are answered now; 1 is still refused.'],
    [
      ['refused', 'refused', 'partial', 'degenerate'],
      '0 of 4 that were wrongly refused are answered now; 2 are still refused, 1 is partly refused, 1 is answered with broken text.',
    ],
  ] as const)('earlier wrong refusals with %j', (verdicts, words) => {
    expect(earlierRefusals(verdicts)).toBe(words);
  });

  test('against the recommended one, in both directions', () => {
    const { sizes } = frontier;
    expect(comparison(points[4]!, points[4]!, sizes)).toBe('');
    expect(comparison(points[6]!, points[4]!, sizes)).toBe(
      'Against the recommended setting: 2 more harmful requests are refused, and 20 more harmless prompts may come out differently.',
    );
    expect(comparison(points[2]!, points[4]!, sizes)).toBe(
      'Against the recommended setting: 3 fewer harmful requests are refused, and 1 fewer harmless prompt may come out differently.',
    );
  });
});

describe('what changed in a reply', () => {
  const marked = (before: string, after: string) =>
    addedWords(before, after)
      .map(({ text, added }) => (added ? `[${text}]` : text))
      .join('');
  test.each([
    ['A bright light.', 'A bright light.', 'A bright light.'],
    ['A bright light.', 'A strong light.', 'A [strong] light.'],
    ['It warns ships.', 'It warns all big ships.', 'It warns [all big ]ships.'],
    ['', 'New words', '[New words]'],
    ['Ein Haus über dem Meer', 'Ein Haus neben dem Meer', 'Ein Haus [neben] dem Meer'],
  ])('%j becomes %j', (before, after, expected) => {
    expect(marked(before, after)).toBe(expected);
  });

  test('nothing of the new text is lost, however long', () => {
    const after = 'word '.repeat(5_000);
    expect(
      addedWords('another', after)
        .map(({ text }) => text)
        .join(''),
    ).toBe(after);
  });
});

test('layers as ranges', () => {
  expect(layerRanges([12, 7, 8, 9, 14])).toBe('7–9, 12, 14');
  expect(layerRanges([])).toBe('none');
});
