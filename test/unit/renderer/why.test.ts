/** Why something was refused: each sentence, the parts of a prompt, and the panel worked by keyboard. */
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import { heatByte, lengthBytes, type HeatedReading } from '../../../electron/contract/index.ts';
import { heatOver, levelOf } from '../../../renderer/lib/components/refusals/why/heat.ts';
import {
  cutWords,
  formatReading,
  LEVEL_WORDS,
  likenessWords,
  looksFor,
  missingHeat,
  NOTHING_READ,
  partWords,
  visible,
  whySentences,
} from '../../../renderer/lib/components/refusals/why/why-words.ts';
import WhyPanel from '../../../renderer/lib/components/refusals/why/WhyPanel.svelte';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const PROMPT = 'How do I kill 🌳 it?';
/** Instructions (1 token), the prompt (8, of which two make the tree), the template behind it (1). */
const LENGTHS = [0, 3, 3, 2, 5, 1, 0, 2, 4, 0];
const SCORES = [-3.5, -3, -3, -2.5, 1.5, -4, -0.5, -1.5, -1.25, 0.25];

function made(change: Partial<HeatedReading> = {}): HeatedReading {
  return {
    tokens: 10,
    text: [1, 9],
    u: 1.2,
    probes: [
      { probe: 0, u: 1.5, at: 4, confirmed: true },
      { probe: 2, u: -2, at: 1, confirmed: false },
    ],
    second: 1.2,
    heat: { first: 0, start: 0, lengths: base64(lengthBytes(LENGTHS)), scores: base64(Uint8Array.from(SCORES, heatByte)) },
    ...change,
  };
}
const probes = (probe: number, u: number, at: number, confirmed: boolean) => [{ probe, u, at, confirmed }];
const sentences = (change: Partial<HeatedReading>, steered = true) => {
  const reading = made(change);
  return whySentences(reading, heatOver(reading, PROMPT), steered);
};

describe('parts', () => {
  test('are the tokens of the text alone; those that make one character together are one', () => {
    const { parts, cutBefore, cutAfter } = heatOver(made(), PROMPT)!;
    expect(parts.map(({ text }) => text)).toEqual(['How', ' do', ' I', ' kill', ' ', '🌳', ' it?']);
    expect(parts.map(({ level }) => level)).toEqual([0, 0, 0, 4, 0, 2, 1]);
    expect(parts.map(({ u }) => u)[5]).toBe(-0.5);
    expect(parts.findIndex(({ decided }) => decided)).toBe(3);
    expect([cutBefore, cutAfter]).toEqual([false, false]);
  });

  test('of a long prompt begin where the kept tokens do', () => {
    const heat = { first: 4, start: 8, lengths: base64(lengthBytes([5, 1])), scores: base64(Uint8Array.from([1, 0], heatByte)) };
    const found = heatOver(made({ heat }), PROMPT)!;
    expect(found).toMatchObject({ cutBefore: true, cutAfter: true });
    expect(found.parts.map(({ text }) => text)).toEqual([' kill', ' ']);
    expect(cutWords(found)).toBe('Of this long message the words around the one that decided are shown.');
    expect(cutWords(heatOver(made(), PROMPT)!)).toBe('');
  });

  test('cannot be shown without text or scores, or where they do not fit the text', () => {
    expect(heatOver(made(), null)).toBeNull();
    expect(heatOver(made({ heat: null }), PROMPT)).toBeNull();
    expect(heatOver(made({ heat: { ...made().heat!, lengths: '' } }), PROMPT)).toBeNull();
    expect(heatOver(made(), 'Short')).toBeNull();
  });

  test('levels change at whole steps, and the threshold is one', () => {
    expect([-9, -2, -1.9, -1, -0.9, 0, 0.1, 1, 1.1, 9].map(levelOf)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  });
});

describe('sentences', () => {
  test('a request whose words and whole both spoke for it', () => {
    expect(sentences({})).toEqual([
      'What stood out most was “kill”, to the part of protection that looks for plain requests.',
      'The request was then looked at as a whole, which confirmed it.',
      'That makes 1.2. The threshold is 0, and from 1 on protection pushes with all its strength.',
    ]);
  });

  test('a frightening word in a harmless request', () => {
    expect(sentences({ u: -0.8, second: -0.8 }, false).slice(1)).toEqual([
      'The request was then looked at as a whole, which did not confirm it.',
      'That makes −0.8, below the threshold of 0, so protection added nothing.',
    ]);
    expect(sentences({ u: -0.8, second: -0.8 }, true).at(-1)).toBe(
      'That makes −0.8, just below the threshold of 0, where protection pushes a little.',
    );
  });

  test('an attack needs no confirmation, wherever it stands', () => {
    expect(sentences({ u: 0.4, probes: probes(2, 0.4, 0, false) })).toEqual([
      'What stood out most, to the part of protection that looks for attempts to break protection itself, was in the instructions before the message.',
      'That needs no confirmation.',
      'That makes 0.4. The threshold is 0; the further above it, up to 1, the more protection pushes.',
    ]);
  });

  test('what stood out at the end, and a request in which nothing did', () => {
    expect(sentences({ u: -2, second: 0.5, probes: probes(1, -2, 9, true) }, false)).toEqual([
      'What stood out most, to the part of protection that looks for requests wrapped in a story, a table, code or the like, was the message as it had been read to its end.',
      'That makes −2.0, below the threshold of 0, so protection added nothing.',
    ]);
    expect(sentences({ u: -2, probes: probes(2, -2, 1, false) }, false)).toHaveLength(2);
  });

  test('a message that is too long to be looked at as a whole', () => {
    expect(sentences({ u: 0.5, second: null })[1]).toBe('The message is too long to be looked at as a whole, so that alone decided.');
    expect(sentences({ u: -0.5, second: null })[1]).toBe(
      'The message is too long to be looked at as a whole, and that alone was not enough.',
    );
  });

  test('a message that is pushed for what came before it', () => {
    const [reach, why] = sentences({ u: -2, opened: 'reply' }).slice(-2);
    expect(reach).toBe('By itself that makes −2.0, below the threshold of 0.');
    expect(why).toMatch(/^But an earlier reply, which was not written here/);
    expect(sentences({ opened: 'system' }).at(-1)).toMatch(/^But the instructions of this conversation/);
    expect(sentences({ opened: 'message' }).at(-1)).toMatch(/^But an earlier message .* was not refused/);
  });

  test('without the words the place is named', () => {
    expect(whySentences(made(), null, true)[0]).toBe(
      'What stood out most stood in the message, to the part of protection that looks for plain requests.',
    );
    expect(missingHeat(made(), null)).toBe('The words cannot be shown, since the text is not kept here.');
    expect(missingHeat(made({ heat: null }), PROMPT)).toBe('Which words stood out was not kept.');
    expect(missingHeat(made(), PROMPT)).toBe('This model reads text in pieces that cannot be laid over the words.');
  });

  test('a message whose letters were hidden', () => {
    const plain = made({ plain: true, heat: { ...made().heat!, lengths: '' } });
    expect(whySentences(plain, heatOver(plain, PROMPT), true)[0]).toBe(
      'It was read without the characters that hid its letters. Something in it stood out to the part of protection that looks for plain requests.',
    );
    expect(missingHeat(plain, PROMPT)).toBe('The words cannot be shown, since they were read in plain letters.');
  });

  test('small words', () => {
    expect(looksFor(5)).toBe('kind 6 of harm');
    expect([0.04, -0.04, 1.25, -0.26].map(formatReading)).toEqual(['0.0', '0.0', '1.3', '−0.3']);
    expect([' a ', ' ', '\n'].map(visible)).toEqual(['a', 'space', 'line break']);
    expect(partWords({ text: ' kill', u: 1.5, level: 4, decided: true })).toBe(
      '“kill”: far over the threshold (1.5), the part that decided',
    );
    expect(Object.values(LEVEL_WORDS)).toEqual([
      'did not stand out',
      'stood out a little',
      'nearly at the threshold',
      'over the threshold',
      'far over the threshold',
    ]);
  });
});

describe('the panel', () => {
  let mounted: Record<string, unknown> | null = null;
  afterEach(() => {
    if (mounted !== null) void unmount(mounted);
    mounted = null;
    document.body.replaceChildren();
  });
  function show(reading: HeatedReading | null, prompt: string | null = PROMPT) {
    const scores = [{ layer: 7, score: 0.8, gate: 1 }];
    const props = { title: 'Why was this refused?', reading, prompt, scores, steered: true, headingLevel: 3 as const };
    mounted = mount(WhyPanel, { target: document.body, props });
    flushSync();
  }
  const said = () => document.querySelector('[role="status"]')?.textContent;
  const list = () => document.querySelector<HTMLElement>('[role="listbox"]')!;
  const press = (key: string) => {
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
    list().dispatchEvent(event);
    flushSync();
    return event;
  };

  test('starts at what decided, goes part by part with the arrow keys, and says each', () => {
    show(made());
    expect(list().textContent).toBe(PROMPT);
    expect(said()).toBe('“kill”: far over the threshold (1.5), the part that decided');
    expect(document.getElementById(list().getAttribute('aria-activedescendant')!)?.textContent).toBe('kill');
    press('ArrowRight');
    press('ArrowRight');
    expect(said()).toBe('“🌳”: nearly at the threshold (−0.5)');
    press('Home');
    press('ArrowLeft');
    expect(said()).toBe('“How”: did not stand out (−3.0)');
    press('End');
    expect(said()).toBe('“it?”: stood out a little (−1.2)');
    // Other keys are the review's.
    expect(press('1').defaultPrevented).toBe(false);
  });

  test('is a list as well, the strongest first, and layers are for experts', () => {
    show(made());
    const items = [...document.querySelectorAll('details ol li')].map(({ textContent }) => textContent);
    expect(items[0]).toContain('“kill”');
    expect(items).toHaveLength(6);
    const [, experts] = document.querySelectorAll('details');
    expect(experts!.querySelector('summary')!.textContent).toBe('For experts: the layers');
    expect(experts!.open).toBe(false);
  });

  test('what was not kept is said', () => {
    show(null);
    expect(document.body.textContent).toContain(NOTHING_READ);
    void unmount(mounted!);
    show(made({ heat: null }), null);
    expect(document.body.textContent).toContain('The words cannot be shown');
    expect(document.querySelector('[role="listbox"]')).toBeNull();
  });
});

describe('built-in prompts in like words', () => {
  const found = { harmless: [{ text: 'How do I kill a process?', likeness: 0.62 }], harmful: [] };
  let mounted: Record<string, unknown> | undefined;
  afterEach(() => {
    if (mounted !== undefined) void unmount(mounted);
    mounted = undefined;
  });

  test('are looked for once they are asked for, harmless ones and harmful ones', async () => {
    const nearest = vi.fn(() => Promise.resolve(found));
    const props = { title: 'Why?', reading: made(), prompt: PROMPT, scores: [], steered: true, headingLevel: 2 as const, nearest };
    mounted = mount(WhyPanel, { target: document.body, props });
    flushSync();
    const details = [...document.querySelectorAll('details')].find(({ textContent }) => textContent.includes('like words'))!;
    expect(nearest).not.toHaveBeenCalled();
    details.open = true;
    details.dispatchEvent(new Event('toggle'));
    await vi.waitFor(() => expect(details.textContent).toContain('How do I kill a process? (62 % alike)'));
    expect(nearest).toHaveBeenCalledExactlyOnceWith(PROMPT);
    expect(details.textContent).toContain('None is like it.');
  });

  test('are not offered where the text is not kept, and words are exact', () => {
    const nearest = () => Promise.resolve(found);
    const props = { title: 'Why?', reading: made(), prompt: null, scores: [], steered: true, headingLevel: 2 as const, nearest };
    mounted = mount(WhyPanel, { target: document.body, props });
    flushSync();
    expect(document.body.textContent).not.toContain('like words');
    expect([0.62, 1].map(likenessWords)).toEqual(['(62 % alike)', '(the same words)']);
  });
});
