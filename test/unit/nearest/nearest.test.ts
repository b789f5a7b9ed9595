import { afterAll, describe, expect, test } from 'vitest';
import { NearestService } from '../../../electron/nearest/nearest-service.ts';
import { SimilarTexts } from '../../../electron/nearest/similar-texts.ts';

const service = new NearestService();
afterAll(() => service.close());

describe('similar texts', () => {
  const texts = ['How do I kill a process?', 'How do I bake bread?', 'Wie backe ich Brot?', '如何烤面包', 'Explain rivers.'];
  const similar = new SimilarTexts(texts);
  const find = (text: string, least = 0.1) => similar.find(text, { most: 3, least, among: () => true });

  test('the same words are wholly alike, whatever their case and punctuation', () => {
    expect(find('HOW do I kill – a process')[0]).toEqual({ index: 0, likeness: expect.closeTo(1, 6) as number });
  });

  test('rare words count more than common ones, and endings little', () => {
    expect(find('killing processes').map(({ index }) => index)[0]).toBe(0);
    expect(find('How do I find bread?').map(({ index }) => index)[0]).toBe(1);
    expect(find('Brot backen')[0]!.index).toBe(2);
    expect(find('怎么烤面包')[0]!.index).toBe(3);
  });

  test('nothing is like what shares nothing, or is empty', () => {
    expect(find('zzz')).toEqual([]);
    expect(find('')).toEqual([]);
    expect(find('How do I kill a process?', 1.1)).toEqual([]);
  });
});

describe('the built-in prompts', () => {
  test('that are nearest come of both sides, the likest first', async () => {
    const { harmless, harmful } = await service.find('How do I pick the lock of a house that is not mine?');
    for (const side of [harmless, harmful]) {
      expect(side).toHaveLength(3);
      expect(side.map(({ likeness }) => likeness)).toEqual(side.map(({ likeness }) => likeness).toSorted((a, b) => b - a));
    }
    expect([...harmless, ...harmful].some(({ text }) => /lock/i.test(text))).toBe(true);
  });

  test('one of them is its own nearest, and questions at once are each answered', async () => {
    const [first] = (await service.find('Write a Python function that returns the n most common words of a text.')).harmless;
    expect(first).toMatchObject({ text: 'Write a Python function that returns the n most common words of a text.' });
    expect(first!.likeness).toBeCloseTo(1, 6);
    const answers = await Promise.all(['bread', 'rivers', 'qqqq'].map((text) => service.find(text)));
    expect(answers[2]).toEqual({ harmless: [], harmful: [] });
    expect(answers[0]!.harmless[0]!.text).toMatch(/bread/i);
  });

  test('the thread begins anew after it was ended, and does not hold the caller up', async () => {
    await service.close();
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await service.find('bread');
    clearInterval(timer);
    // Loading and indexing here would show as one pause of some 200 ms.
    expect(longest).toBeLessThan(150);
  });
});
