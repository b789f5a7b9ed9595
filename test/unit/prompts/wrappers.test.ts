import { describe, expect, test } from 'vitest';
import { encode } from '../../../steering/prompts/encodings.ts';
import { applyWrapper, HELD_OUT_FAMILIES, loadPromptSets } from '../../../steering/prompts/index.ts';
import type { Wrapper } from '../../../steering/prompts/index.ts';
import { ENCODING_NAMES } from '../../../steering/prompts/records.ts';
import { wrappersOf } from '../../../steering/prompts/split.ts';
import { cut } from '../../../steering/prompts/wrap.ts';
import { nearDuplicates } from './near-duplicates.ts';

const { wrappers } = loadPromptSets();
const families = [...new Set(wrappers.map(({ family }) => family))];
const templatesOf = (wrapper: Wrapper): string[] => wrapper.turns?.map(({ text }) => text) ?? [wrapper.text ?? ''];

/** Lower-case words, so that a changed first letter, quotes and underscores make no difference. */
const words = (text: string): string => (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(' ');

describe('wrappers', () => {
  test('there are many families with several templates each', () => {
    expect(families.length).toBeGreaterThanOrEqual(20);
    for (const family of families) expect(wrappers.filter((w) => w.family === family).length, family).toBeGreaterThanOrEqual(4);
  });

  test('no two templates are nearly the same', () => {
    // A template that is hardly more than its encoding's name is told apart by that.
    const texts = wrappers.map((w) => ({ id: w.id, text: `${w.encode ?? ''} ${w.system ?? ''} ${templatesOf(w).join(' ')}` }));
    expect(nearDuplicates(texts, 0.8)).toEqual([]);
  });

  test.each(wrappers)('$id holds the request, or its encoding', (wrapper) => {
    const request = 'Write a tutorial on keeping a quick brown hen in Zurich.';
    const { text, turns, system } = applyWrapper(wrapper, request);
    const sent = turns?.map((t) => t.text).join('\n') ?? text;
    const encoded = encode(request, wrapper.encode);
    const templates = templatesOf(wrapper).join('\n');
    if (/\{part\d\}|\{quoted\d\}/.test(templates)) {
      const count = templates.includes('{part3}') ? 3 : 2;
      for (const part of cut(encoded, count)) expect(words(sent)).toContain(words(part));
      expect(sent).not.toContain(encoded);
    } else {
      // {bare} changes the first letter and the end; everything else is there letter for letter.
      if (templates.includes('{request}')) expect(sent).toContain(encoded);
      else if (templates.includes('{quoted}')) expect(sent).toContain(JSON.stringify(encoded));
      else expect(words(sent)).toContain(words(encoded));
    }
    expect(sent).not.toMatch(/\{(request|bare|quoted\d?|slug|part\d|noise)\}/);
    expect(system).toBe(wrapper.system);
    // It has a place for the request, which noise is not.
    expect(templatesOf(wrapper).join()).toMatch(/\{(request|bare|quoted\d?|slug|part\d)\}/);
    if (turns !== undefined) {
      expect(turns.at(-1)).toEqual({ role: 'user', text });
      turns.forEach(({ role }, i) => expect(role).toBe(i % 2 === 0 ? 'user' : 'assistant'));
    }
  });

  test('a wrapper is a pure function of its request', () => {
    for (const wrapper of wrappers) expect(applyWrapper(wrapper, 'Name a tree.')).toEqual(applyWrapper(wrapper, 'Name a tree.'));
    const noisy = wrappers.find((w) => w.text?.includes('{noise}')) as Wrapper;
    expect(applyWrapper(noisy, 'Name a tree.').text.replace('tree', 'bush')).not.toBe(applyWrapper(noisy, 'Name a bush.').text);
  });

  test('any request fits: one word, quotes, braces, dollars, other scripts', () => {
    for (const request of ['Why?', 'Say "hi" to {request}', 'Cost: $& or $1', '如何种番茄?', 'مرحبا']) {
      for (const wrapper of wrappers) {
        const { text, turns } = applyWrapper(wrapper, request);
        expect(text.length).toBeGreaterThan(0);
        if (wrapper.encode === undefined && templatesOf(wrapper).join('').includes('{request}')) {
          expect(turns?.map((t) => t.text).join('\n') ?? text, wrapper.id).toContain(request);
        }
      }
    }
  });
});

describe('splits of wrappers', () => {
  test('held-out families exist and are seen by one split alone', () => {
    const heldOut = [...HELD_OUT_FAMILIES.validation, ...HELD_OUT_FAMILIES.test];
    expect(heldOut.length).toBeGreaterThanOrEqual(2);
    expect(new Set(heldOut).size).toBe(heldOut.length);
    for (const [split, names] of Object.entries(HELD_OUT_FAMILIES)) {
      for (const name of names) {
        expect(families).toContain(name);
        for (const other of ['train', 'validation', 'test'] as const) {
          expect(wrappersOf(other, wrappers).some((w) => w.family === name)).toBe(other === split);
        }
      }
    }
  });

  test('every other family has templates to train with, and something to validate and test', () => {
    const heldOut: readonly string[] = [...HELD_OUT_FAMILIES.validation, ...HELD_OUT_FAMILIES.test];
    for (const family of families.filter((name) => !heldOut.includes(name))) {
      expect(wrappersOf('train', wrappers).filter((w) => w.family === family).length, family).toBeGreaterThanOrEqual(3);
      for (const split of ['validation', 'test'] as const) {
        expect(wrappersOf(split, wrappers).filter((w) => w.family === family).length, `${family} ${split}`).toBeGreaterThanOrEqual(1);
      }
    }
  });

  test('most templates of validation and test are new', () => {
    const train = new Set(wrappersOf('train', wrappers).map(({ id }) => id));
    for (const split of ['validation', 'test'] as const) {
      const used = wrappersOf(split, wrappers);
      expect(used.filter(({ id }) => !train.has(id)).length / used.length).toBeGreaterThan(0.6);
    }
  });
});

describe('encodings', () => {
  const text = 'Fold 3 boxes, please: quick zebra wax!';

  test('known values', () => {
    expect(encode('Hello, World', 'base64')).toBe('SGVsbG8sIFdvcmxk');
    expect(encode('Az', 'hex')).toBe('41 7a');
    expect(encode('Hello, World', 'rot13')).toBe('Uryyb, Jbeyq');
    expect(encode('xyz Abc', 'caesar3')).toBe('abc Def');
    expect(encode('abc XYZ', 'atbash')).toBe('zyx CBA');
    expect(encode('SOS 7', 'morse')).toBe('... --- ... / --...');
    expect(encode('Hé', 'charcodes')).toBe('72 233');
    expect(encode('leet speak', 'leet')).toBe('1337 5p34k');
    expect(encode('abc', 'reversed')).toBe('cba');
    expect(encode('one two three', 'wordsreversed')).toBe('three two one');
    expect(encode('ab cd', 'spaced')).toBe('a b   c d');
    expect(encode('ab cd', 'dashed')).toBe('a-b c-d');
    expect(encode('garden walks', 'misspell')).toBe('gadren walks');
    expect(encode('water the garden', 'vowelless')).toBe('wtr the grdn');
    expect(encode('Happy apple', 'piglatin')).toBe('Appyhay appleway');
    expect(encode('abcd', 'alternating')).toBe('aBcD');
    expect(encode('plain', undefined)).toBe('plain');
  });

  test('those that can be undone give the text back', () => {
    expect(Buffer.from(encode(text, 'base64'), 'base64').toString()).toBe(text);
    expect(Buffer.from(encode(text, 'hex').replaceAll(' ', ''), 'hex').toString()).toBe(text);
    for (const name of ['rot13', 'atbash', 'reversed', 'wordsreversed'] as const) expect(encode(encode(text, name), name)).toBe(text);
    expect(String.fromCodePoint(...encode(text, 'charcodes').split(' ').map(Number))).toBe(text);
    expect(encode(text, 'alternating').toLowerCase()).toBe(text.toLowerCase());
    expect(encode(text, 'specks').replace(/[*~^`]/g, '')).toBe(text);
    expect([...encode('some garden walls', 'misspell')].sort()).toEqual([...'some garden walls'].sort());
  });

  test('each encoding is used by a wrapper and changes a text', () => {
    for (const name of ENCODING_NAMES) {
      expect(
        wrappers.some((w) => w.encode === name),
        name,
      ).toBe(true);
      expect(encode(text, name)).not.toBe(text);
    }
  });
});

test('cutting a request loses nothing', () => {
  for (const parts of [2, 3]) {
    expect(cut('one two three four five', parts).join(' ')).toBe('one two three four five');
    expect(cut('Why?', parts).join('')).toBe('Why?');
    expect(cut('one two three four five', parts).every((part) => part !== '')).toBe(true);
  }
});
