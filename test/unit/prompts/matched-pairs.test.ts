import { describe, expect, test, vi } from 'vitest';
import { loadPromptSets, splitOf } from '../../../steering/prompts/index.ts';
import { INTENTS, matchedPairs, PAIR_LANGUAGES, type PairedPrompt } from '../../../steering/prompts/pairs/matched-pairs.ts';
import { misspelt } from '../../../steering/prompts/pairs/misspelt.ts';
import { nearDuplicates } from './near-duplicates.ts';
import { styleAuc } from './style-probe.ts';

vi.setConfig({ testTimeout: 60_000 });

const { harmless, harmful } = matchedPairs();
const everything = [...harmless, ...harmful];
const labelled = (prompts: readonly PairedPrompt[]) => prompts.map(({ text, intent }) => [text, intent === 'harm'] as const);

const countBy = (prompts: readonly PairedPrompt[], keyOf: (prompt: PairedPrompt) => string) => {
  const counts = new Map<string, number>();
  for (const prompt of prompts) counts.set(keyOf(prompt), (counts.get(keyOf(prompt)) ?? 0) + 1);
  return counts;
};

describe('size and spread', () => {
  test('2,500 prompts a side, over 40 hazards, each of which is there on both sides', () => {
    expect(harmless.length).toBeGreaterThanOrEqual(2500);
    expect(harmful.length).toBe(harmless.length);
    const hazards = (prompts: readonly PairedPrompt[]) => [...new Set(prompts.map(({ hazard }) => hazard))].sort();
    expect(hazards(harmless).length).toBeGreaterThanOrEqual(40);
    expect(hazards(harmful)).toEqual(hazards(harmless));
  });

  test('every intent is met, and none makes up most of a side', () => {
    const counts = countBy(harmless, ({ intent }) => intent);
    expect([...counts.keys(), 'harm'].sort()).toEqual([...INTENTS].sort());
    for (const [intent, count] of counts) expect(count, intent).toBeLessThan(harmless.length / 5);
  });

  test('every form is asked about as often of harm as of the harmless', () => {
    const [here, there] = [harmless, harmful].map((prompts) => countBy(prompts, ({ form }) => form));
    expect([...here!.keys()].sort()).toEqual([...there!.keys()].sort());
    expect(here!.size).toBeGreaterThanOrEqual(11);
    for (const [form, count] of here!) {
      expect(count, form).toBeGreaterThan(100);
      expect(Math.abs(count - there!.get(form)!) / count, form).toBeLessThan(0.3);
    }
  });
});

describe('splits', () => {
  test('all prompts of a goal fall to one split, by its id', () => {
    for (const { id, split } of everything) expect(split).toBe(splitOf(id.replace(/-f\d+$/, '')));
  });

  test('each side is divided about 70, 15, 15', () => {
    for (const side of [harmless, harmful]) {
      const counts = countBy(side, ({ split }) => split);
      expect(counts.get('train')! / side.length).toBeGreaterThan(0.64);
      for (const split of ['validation', 'test']) expect(counts.get(split)! / side.length, split).toBeGreaterThan(0.11);
    }
  });
});

describe('what tells the sides apart', () => {
  test.each(['validation', 'test'] as const)('not the way of asking: style alone stays below an area of 0.65 on %s', (split) => {
    const [rest, own] = [everything.filter((prompt) => prompt.split !== split), everything.filter((prompt) => prompt.split === split)];
    expect(styleAuc(labelled(rest), labelled(own))).toBeLessThan(0.65);
  });

  test('the style probe sees style where there is some', () => {
    const polite = harmless.map(({ text }, at) => [at % 2 === 0 ? text : `Please, ${text} Thank you so much.`, at % 2 === 1] as const);
    expect(styleAuc(polite.slice(0, 1500), polite.slice(1500))).toBeGreaterThan(0.95);
  });
});

describe('care', () => {
  test('harmful prompts name what is wanted and nothing of how it is done', () => {
    for (const { id, text } of harmful) expect(text.length, id).toBeLessThanOrEqual(300);
  });

  test('what concerns children is asked plainly, never staged, and seldom', () => {
    const children = harmful.filter(({ hazard }) => hazard === 'child-safety');
    expect(children.length).toBeLessThan(harmful.length / 40);
    for (const { form, id } of children) expect(['story', 'role-play'], id).not.toContain(form);
  });

  test('no text is there twice, and few nearly, here or in the other sets', () => {
    const { benign, harmful: others } = loadPromptSets();
    expect(new Set(everything.map(({ text }) => text)).size).toBe(everything.length);
    expect(new Set(everything.map(({ id }) => id)).size).toBe(everything.length);
    const found = nearDuplicates([...everything, ...benign, ...others], 0.85);
    expect(found).toEqual([]);
  });
});

test.each(PAIR_LANGUAGES.filter((language) => language !== 'en'))('%s: 400 a side, in the same forms, none twice', (language) => {
  const pairs = matchedPairs(language);
  for (const side of [pairs.harmless, pairs.harmful]) {
    expect(side.length).toBe(400);
    expect(new Set(side.map(({ text }) => text)).size).toBe(400);
    expect(new Set(side.map(({ hazard }) => hazard)).size).toBeGreaterThanOrEqual(40);
    expect(side.every((prompt) => prompt.language === language && !prompt.text.includes('{'))).toBe(true);
  }
  expect(countBy(pairs.harmless, ({ form }) => form)).toEqual(countBy(pairs.harmful, ({ form }) => form));
});

test('the same at every call', () => {
  expect(matchedPairs()).toEqual({ harmless, harmful });
});

describe('misspelt', () => {
  test('keeps short words, first letters and word count, and changes something', () => {
    const text = 'Please explain how the government regulates chemical factories near residential neighbourhoods.';
    const typed = misspelt(text, 'seed');
    expect(typed).not.toBe(text);
    expect(misspelt(text, 'seed')).toBe(typed);
    expect(typed.split(' ').map((word) => word[0])).toEqual(text.split(' ').map((word) => word[0]));
    expect(typed).toContain(' how the ');
  });
});
