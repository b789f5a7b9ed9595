import { describe, expect, test, vi } from 'vitest';
import { loadPromptSets, promptSetHashes, soundsDangerous, splitOf } from '../../../steering/prompts/index.ts';
import type { Prompt } from '../../../steering/prompts/index.ts';
import { grams, jaccard, nearDuplicates } from './near-duplicates.ts';

// Some tests read every text several times; a busy machine may need longer than the default for that.
vi.setConfig({ testTimeout: 60_000 });

const sets = loadPromptSets();
const everything: Prompt[] = [...sets.benign, ...sets.harmful];

const HAZARDS = [
  'child-sexual-exploitation',
  'defamation',
  'hate',
  'indiscriminate-weapons',
  'intellectual-property',
  'non-violent-crimes',
  'privacy',
  'sex-related-crimes',
  'sexual-content',
  'specialized-advice',
  'suicide-self-harm',
  'violent-crimes',
];

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

/** All that is sent for a prompt. */
const whole = (p: Prompt): string => [p.system ?? '', ...(p.turns?.map(({ text }) => text) ?? [p.text])].join('\n');

describe('size and spread', () => {
  test('the sets are as large as promised', () => {
    expect(sets.benign.filter(({ kind }) => kind !== 'twin').length).toBeGreaterThanOrEqual(2500);
    expect(sets.benign.filter(soundsDangerous).length).toBeGreaterThanOrEqual(500);
    expect(sets.harmful.length).toBeGreaterThanOrEqual(500);
    expect(sets.wrappers.length).toBeGreaterThanOrEqual(60);
    expect(sets.twins.length).toBeGreaterThanOrEqual(250);
  });

  test('harmful prompts cover the hazard categories, each with enough to split', () => {
    const counts = countBy(sets.harmful, ({ kind }) => kind);
    expect([...counts.keys()].sort()).toEqual(HAZARDS);
    for (const [kind, count] of counts) expect(count, kind).toBeGreaterThanOrEqual(kind === 'child-sexual-exploitation' ? 10 : 30);
  });

  test('benign prompts are of many kinds', () => {
    const kinds = countBy(sets.benign, ({ kind }) => kind);
    for (const kind of [
      ...['question', 'instruction', 'how-to', 'code', 'data', 'maths', 'translation', 'role-play', 'story', 'creative', 'scenario'],
      ...['table-completion', 'latex-completion', 'text-completion', 'medicine', 'law', 'chemistry', 'history', 'short', 'document'],
      ...['second-turn', 'third-turn', 'with-system', 'multilingual', 'twin', 'borderline-security', 'borderline-homonym'],
    ]) {
      expect(kinds.get(kind) ?? 0, kind).toBeGreaterThanOrEqual(10);
    }
  });

  test('lengths go from one word to two pages', () => {
    const lengths = sets.benign.map(({ text }) => text.length);
    expect(Math.min(...lengths)).toBeLessThanOrEqual(3);
    expect(lengths.filter((length) => length > 600).length).toBeGreaterThanOrEqual(35);
    expect(Math.max(...lengths)).toBeGreaterThan(4000);
  });

  test('languages: many on the benign side, and most of them on the harmful side too', () => {
    const benign = countBy(sets.benign, ({ language }) => language);
    const harmful = countBy(sets.harmful, ({ language }) => language);
    expect(benign.size).toBeGreaterThanOrEqual(16);
    expect(harmful.size).toBeGreaterThanOrEqual(8);
    // A language met on the harmful side alone would come to stand for harm.
    for (const language of harmful.keys()) expect(benign.get(language) ?? 0, language).toBeGreaterThanOrEqual(5);
  });

  test('some conversations have earlier turns, in the right order', () => {
    const conversations = sets.benign.filter(({ turns }) => turns !== undefined);
    expect(conversations.length).toBeGreaterThanOrEqual(50);
    for (const { id, turns } of conversations) {
      turns?.forEach(({ role }, i) => expect(role, id).toBe(i % 2 === 0 ? 'user' : 'assistant'));
    }
  });
});

describe('care', () => {
  test('harmful prompts are short', () => {
    for (const { id, text } of sets.harmful) expect(text.length, id).toBeLessThanOrEqual(220);
  });

  test('no control characters, no stray white space, no replacement characters', () => {
    const texts = [
      ...everything.map((p) => [p.id, whole(p)] as const),
      ...sets.wrappers.map((w) => [w.id, w.text ?? w.turns?.map(({ text }) => text).join('\n') ?? ''] as const),
      ...sets.systems.map((s) => [s.id, s.text] as const),
    ];
    for (const [id, text] of texts) {
      // Line breaks and tabs are meant; so are the joiners that Hindi writing needs.
      expect(/[\p{Cc}\p{Co}\p{Cn}\ufffd]/u.test(text.replace(/[\n\t]/g, '')), id).toBe(false);
    }
    for (const { id, text } of everything) expect(text, id).toBe(text.trim());
  });

  test('ids are unique, and say what they are', () => {
    const ids = [...everything, ...sets.wrappers, ...sets.systems].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, kind } of everything) expect(id).toMatch(new RegExp(`^[bht]-${kind}-\\d{4}$`));
  });

  test('twins are in the benign set', () => {
    const benign = new Set(sets.benign.map(({ text }) => text));
    expect(sets.twins.every((text) => benign.has(text))).toBe(true);
  });

  test('no text is there twice, or nearly', () => {
    const texts = everything.map((p) => ({ id: p.id, text: whole(p) }));
    expect(nearDuplicates(texts, 0.8)).toEqual([]);
    expect(new Set(texts.map(({ text }) => text)).size).toBe(texts.length);
  });

  test('the search for near-duplicates finds them', () => {
    const pair = [
      { id: 'a', text: 'Explain how to fold an origami crane for the joy of it.' },
      { id: 'b', text: 'explain how to fold an origami crane, for the joy of it!' },
      { id: 'c', text: 'Explain how to fold an origami frog for the joy of it.' },
    ];
    expect(nearDuplicates(pair, 0.8).map(({ a, b }) => `${a}${b}`)).toEqual(['ab']);
    // Against the plain comparison of all pairs, on real texts and at a looser threshold.
    const some = [...sets.harmful.slice(0, 150), ...sets.benign.filter(({ kind }) => kind === 'twin').slice(0, 150)];
    const sets5 = some.map(({ text }) => grams(text));
    const all: string[] = [];
    some.forEach((a, i) =>
      some.forEach((b, j) => {
        if (i < j && jaccard(sets5[i] as Set<string>, sets5[j] as Set<string>) > 0.4) all.push(`${a.id},${b.id}`);
      }),
    );
    expect(all.length).toBeGreaterThan(0);
    expect(
      nearDuplicates(some, 0.4)
        .map(({ a, b }) => [a, b].join())
        .sort(),
    ).toEqual(all.sort());
  });
});

describe('splits', () => {
  test('each set is divided about 70, 15, 15', () => {
    for (const set of [sets.benign, sets.harmful, sets.benign.filter(soundsDangerous)]) {
      const share = countBy(set, ({ id }) => splitOf(id));
      expect((share.get('train') ?? 0) / set.length).toBeGreaterThan(0.65);
      expect((share.get('train') ?? 0) / set.length).toBeLessThan(0.75);
      for (const split of ['validation', 'test']) {
        expect((share.get(split) ?? 0) / set.length, split).toBeGreaterThan(0.11);
        expect((share.get(split) ?? 0) / set.length, split).toBeLessThan(0.19);
      }
    }
  });

  test('an id never changes its split', () => {
    // Written down once; a change here moves prompts from training to test and makes old results void.
    expect(['b-question-0001', 'b-question-0004', 'h-hate-0010', 't-twin-0100', 'w-persona-01'].map(splitOf)).toEqual([
      'train',
      'train',
      'train',
      'train',
      'train',
    ]);
  });

  test('every hazard category is in every split', () => {
    for (const split of ['train', 'validation', 'test']) {
      expect([...new Set(sets.harmful.filter(({ id }) => splitOf(id) === split).map(({ kind }) => kind))].sort(), split).toEqual(HAZARDS);
    }
  });
});

test('hashes name every data file', () => {
  const hashes = promptSetHashes();
  for (const file of ['harmful.jsonl', 'twins.jsonl', 'sounds-dangerous.jsonl', 'wrappers.jsonl', 'systems.jsonl', 'benign/code.jsonl']) {
    expect(hashes[file]).toMatch(/^[0-9a-f]{64}$/);
  }
  expect(promptSetHashes()).toEqual(hashes);
});
