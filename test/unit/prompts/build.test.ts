import { describe, expect, test, vi } from 'vitest';
import { buildCalibrationSet, HELD_OUT_FAMILIES, loadPromptSets, soundsDangerous, splitOf } from '../../../steering/prompts/index.ts';
import type { Prompt, Split } from '../../../steering/prompts/index.ts';
import { heldOutFor } from '../../../steering/prompts/split.ts';

// Building a whole set is some hundred thousand draws; a busy machine may need longer than the default for several.
vi.setConfig({ testTimeout: 60_000 });

const sets = loadPromptSets();
const SPLITS: Split[] = ['train', 'validation', 'test'];
const familiesIn = (prompts: readonly Prompt[]): Set<string> =>
  new Set(prompts.flatMap(({ wrapper }) => (wrapper === undefined ? [] : [wrapper])));
const kindsIn = (prompts: readonly Prompt[]): Set<string> => new Set(prompts.map(({ kind }) => kind));
const share = (prompts: readonly Prompt[], is: (prompt: Prompt) => boolean): number => prompts.filter(is).length / prompts.length;
/** The id of the plain prompt within a built one's id: what it is made from decides its split. */
const sourceOf = (id: string): string => /[bht]-[a-z-]+-\d{4}/.exec(id.replace(/^w-[a-z-]+-\d{2}-/, ''))?.[0] ?? '';

describe('a whole set', () => {
  test.each(SPLITS)('%s holds the prompts of its split and no others', (split) => {
    const { benign, harmful } = buildCalibrationSet({ split, seed: 5, sets });
    for (const { id } of [...benign, ...harmful]) expect(splitOf(sourceOf(id)), id).toBe(split);
    const plain = harmful.filter(({ wrapper }) => wrapper === undefined);
    expect(plain.length).toBe(sets.harmful.filter(({ id }) => splitOf(id) === split).length);
    expect(new Set([...benign, ...harmful].map(({ id }) => id)).size).toBe(benign.length + harmful.length);
  });

  test('no prompt of one split is in another', () => {
    const texts = SPLITS.map((split) => {
      const { benign, harmful } = buildCalibrationSet({ split, seed: 5, sets });
      return new Set([...benign, ...harmful].map(({ system, turns, text }) => JSON.stringify([system, turns, text])));
    });
    texts.forEach((one, i) => texts.slice(i + 1).forEach((other) => expect(one.isDisjointFrom(other)).toBe(true)));
  });

  test('every wrapper around harm is around harmless requests as well, as often', () => {
    for (const split of SPLITS) {
      const { benign, harmful } = buildCalibrationSet({ split, seed: 1, sets });
      const count = (prompts: readonly Prompt[]) =>
        Object.entries(
          Object.groupBy(
            prompts.filter(({ wrapper }) => wrapper !== undefined),
            ({ id }) => /^w-[a-z-]+-\d{2}/.exec(id)?.[0] ?? '',
          ),
        )
          .map(([id, members]) => `${id} ${members?.length}`)
          .sort();
      expect(count(benign).length).toBeGreaterThan(0);
      expect(count(benign)).toEqual(count(harmful));
    }
  });

  test('held-out families are absent from training, and each is present where it belongs', () => {
    for (const split of SPLITS) {
      const { benign, harmful } = buildCalibrationSet({ split, seed: 2, sets });
      for (const family of [...familiesIn(benign), ...familiesIn(harmful)]) expect([null, split]).toContain(heldOutFor(family));
      if (split !== 'train') for (const family of HELD_OUT_FAMILIES[split]) expect(familiesIn(harmful)).toContain(family);
    }
  });

  test('requests for the abuse of children are never wrapped', () => {
    for (const split of SPLITS) {
      const { harmful } = buildCalibrationSet({ split, seed: 6, sets });
      expect(harmful.filter(({ kind }) => kind === 'child-sexual-exploitation').every(({ wrapper }) => wrapper === undefined)).toBe(true);
    }
  });

  test('a system prompt says nothing about harm', () => {
    const { benign, harmful } = buildCalibrationSet({ split: 'train', seed: 3, sets });
    const has = (prompt: Prompt) => prompt.system !== undefined;
    expect(share(harmful, has)).toBeGreaterThan(0.1);
    expect(Math.abs(share(benign, has) - share(harmful, has))).toBeLessThan(0.08);
  });
});

describe('drawing', () => {
  test('the same seed gives the same lists, another seed others', () => {
    const limits = { benign: 300, harmful: 200 };
    const first = buildCalibrationSet({ split: 'train', seed: 11, limits });
    expect(buildCalibrationSet({ split: 'train', seed: 11, limits })).toEqual(first);
    const other = buildCalibrationSet({ split: 'train', seed: 12, limits });
    expect(other.harmful.map(({ id }) => id)).not.toEqual(first.harmful.map(({ id }) => id));
  });

  test('the order of the data files does not matter', () => {
    const turned = { ...sets, benign: sets.benign.toReversed(), harmful: sets.harmful.toReversed() };
    const limits = { benign: 100, harmful: 100 };
    const ids = (s: typeof sets) =>
      buildCalibrationSet({ split: 'train', seed: 4, limits, sets: s })
        .benign.map(({ id }) => id)
        .sort();
    expect(ids(turned).length).toBe(100);
    expect(ids({ ...turned })).toEqual(ids(turned));
  });

  test('a small budget still covers every kind, family and language', () => {
    const whole = buildCalibrationSet({ split: 'train', seed: 7, sets });
    const small = buildCalibrationSet({ split: 'train', seed: 7, sets, limits: { benign: 400, harmful: 300 } });
    expect(small.benign.length).toBe(400);
    expect(small.harmful.length).toBe(300);
    expect(familiesIn(small.harmful)).toEqual(familiesIn(whole.harmful));
    expect(familiesIn(small.benign)).toEqual(familiesIn(whole.benign));
    expect(kindsIn(small.harmful)).toEqual(kindsIn(whole.harmful));
    expect([...kindsIn(whole.benign)].filter((kind) => !kindsIn(small.benign).has(kind))).toEqual([]);
    const languages = (prompts: readonly Prompt[]) => new Set(prompts.map(({ language }) => language));
    expect(languages(small.benign)).toEqual(languages(whole.benign));
    expect(share(small.benign, soundsDangerous)).toBeGreaterThan(0.15);
    expect(share(small.benign, ({ wrapper }) => wrapper !== undefined)).toBeGreaterThan(0.3);
    expect(share(small.harmful, ({ wrapper }) => wrapper !== undefined)).toBeGreaterThan(0.5);
  });

  test('limits are kept, however odd', () => {
    for (const [benign, harmful] of [
      [0, 0],
      [1, 1],
      [7, 3],
      [100_000, 100_000],
    ] as const) {
      const set = buildCalibrationSet({ split: 'validation', seed: 1, sets, limits: { benign, harmful } });
      expect(set.benign.length).toBeLessThanOrEqual(benign);
      expect(set.harmful.length).toBeLessThanOrEqual(harmful);
      if (benign < 50) expect([set.benign.length, set.harmful.length]).toEqual([benign, harmful]);
    }
    const plain = buildCalibrationSet({ split: 'train', seed: 1, sets, limits: { perWrapper: 0 } });
    expect(familiesIn(plain.harmful).size).toBe(0);
    expect(plain.benign.length).toBe(sets.benign.filter(({ id }) => splitOf(id) === 'train').length);
  });
});
