/** Contrast pairs: many, told apart by what is wanted alone, and none twice. */
import { expect, test, vi } from 'vitest';
import { loadPromptSets, splitOf } from '../../../steering/prompts/index.ts';
import { contrastPairs } from '../../../steering/prompts/pairs/contrasts.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { styleAuc } from './style-probe.ts';

vi.setConfig({ testTimeout: 60_000 });

const { harmless, harmful } = contrastPairs();
const everything = [...harmless, ...harmful];

test('there are more than 800 pairs, each with both sides of about the same length and in the same split', () => {
  expect(harmless.length).toBeGreaterThan(800);
  expect(harmful.length).toBe(harmless.length);
  harmless.forEach((one, at) => {
    const other = harmful[at]!;
    const pair = one.id.replace(/-harmless$/, '');
    expect(other.id).toBe(`${pair}-harmful`);
    expect([one.split, other.split]).toEqual([splitOf(pair), splitOf(pair)]);
    expect(Math.abs(one.text.length - other.text.length) / Math.max(one.text.length, other.text.length), pair).toBeLessThan(0.35);
  });
});

test('style alone hardly tells the sides apart', () => {
  const labelled = (held: boolean) =>
    everything.filter(({ split }) => (split === 'train') !== held).map(({ id, text }) => [text, id.endsWith('-harmful')] as const);
  expect(styleAuc(labelled(false), labelled(true))).toBeLessThan(0.65);
});

test('harmful ones name what is wanted, and are short', () => {
  for (const { id, text } of harmful) expect(text.length, id).toBeLessThanOrEqual(300);
});

test('no prompt is there twice, here or in the other sets', () => {
  const { benign, harmful: others } = loadPromptSets();
  expect(new Set(everything.map(({ text }) => text)).size).toBe(everything.length);
  expect(new Set(everything.map(({ id }) => id)).size).toBe(everything.length);
  // The two sides of a pair are meant to be alike.
  for (const side of [harmless, harmful]) expect(nearDuplicates([...side, ...benign, ...others], 0.85)).toEqual([]);
});

test('a file that is not there, or broken, says where', () => {
  expect(() => contrastPairs('/nowhere')).toThrow(expect.objectContaining({ code: 'bad-input' }));
});
