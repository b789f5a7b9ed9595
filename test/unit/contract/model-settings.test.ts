import { describe, expect, test } from 'vitest';
import { AUTOMATIC, conflictOf, contextChoices, isAutomatic } from '../../../electron/contract/index.ts';

describe('the context sizes to choose from', () => {
  test.each([
    [null, []],
    [2048, []],
    [8192, []],
    [10_000, [10_000]],
    [32_768, [16_384, 32_768]],
    [40_960, [16_384, 32_768, 40_960]],
  ])('trained with %j: %j', (trained, choices) => expect(contextChoices(trained)).toEqual(choices));

  test('are few, whatever a file claims', () => {
    const choices = contextChoices(2 ** 31 - 1);
    expect(choices.length).toBeLessThanOrEqual(12);
    expect(choices.at(-1)).toBe(2 ** 22);
  });
});

test('a smaller cache cannot go without flash attention', () => {
  expect(conflictOf({ cacheType: 'q8_0', flashAttention: false })).toMatch(/flash attention/);
  for (const flashAttention of [null, true]) expect(conflictOf({ cacheType: 'q4_0', flashAttention })).toBeNull();
  expect(conflictOf({ cacheType: null, flashAttention: false })).toBeNull();
});

test('automatic is everything null; no layers on the GPU is not', () => {
  expect(isAutomatic(AUTOMATIC)).toBe(true);
  expect(isAutomatic({ ...AUTOMATIC, gpuLayers: 0 })).toBe(false);
  expect(isAutomatic({ ...AUTOMATIC, flashAttention: false })).toBe(false);
});
