/** Corrections in words, and the dialog worked through. */
import { describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import type { CorrectedItem, CorrectionProposal, CorrectionState, Handlers, PageContract } from '../../../electron/contract/index.ts';
import { SteadyError } from '../../../electron/contract/index.ts';
import {
  changeWords,
  comesOut,
  effectSentences,
  itemWords,
} from '../../../renderer/lib/components/refusals/corrections/correction-words.ts';
import { askedNote } from '../../../renderer/lib/components/refusals/log-words.ts';
import { Corrections } from '../../../renderer/lib/state/corrections.svelte.ts';
import { scriptedApp } from './support/app.ts';

const item = (change: Partial<CorrectedItem> = {}): CorrectedItem => ({
  text: 'How do I kill a process?',
  wanted: 'answered',
  before: 0.8,
  after: -1.3,
  unreached: null,
  ...change,
});
const proposal = (change: Partial<CorrectionProposal> = {}): CorrectionProposal => ({
  modelName: 'A model',
  items: [item()],
  harmful: { count: 170, before: 150, after: 150 },
  harmless: { count: 170, before: 8, after: 8 },
  changed: [],
  changedCount: 0,
  seconds: 4,
  ...change,
});

describe('words', () => {
  test('what becomes of one request', () => {
    expect(itemWords(item())).toBe('Protection will leave it alone.');
    expect(itemWords(item({ before: -2 }))).toBe('Left alone by protection, as before.');
    expect(itemWords(item({ after: -0.4 }))).toBe('Protection still pushes a little, and the model may answer.');
    expect(itemWords(item({ after: 0.3 }))).toBe('Not mended: it still opens the gate.');
    expect(itemWords(item({ after: 0.3, unreached: 'attack' }))).toBe(
      'The part of protection that looks for attempts to break it refuses this. Only a calibration changes that.',
    );
    expect(itemWords(item({ after: 0.3, unreached: 'too-long' }))).toBe(
      'Too long to be looked at as a whole. Only a calibration changes that.',
    );
    expect(itemWords(item({ wanted: 'refused', before: -1, after: 1 }))).toBe('Protection will refuse it.');
    expect(itemWords(item({ wanted: 'refused', before: 1, after: 1 }))).toBe('Refused by protection, as before.');
    expect(itemWords(item({ wanted: 'refused', before: -1, after: -0.2 }))).toBe('Not mended: it still passes the gate.');
    expect(itemWords(item({ wanted: 'refused', before: -3, after: -3, unreached: 'not-seen' }))).toBe(
      'Nothing in it stands out to any part of protection. Only a calibration changes that.',
    );
    expect([item(), item({ after: 0 }), item({ after: 0.1 }), item({ wanted: 'refused', after: 0 })].map(comesOut)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('the effect as a whole, to the number', () => {
    expect(effectSentences(proposal())).toEqual([
      'The request comes out as it should.',
      'As many of 170 harmful test requests are caught as before: 150.',
      'As many of 170 harmless test requests are held up as before: 8.',
      'No other test request changes.',
    ]);
    expect(
      effectSentences(
        proposal({
          items: [item(), item({ after: 1 })],
          harmful: { count: 170, before: 150, after: 149 },
          harmless: { count: 170, before: 8, after: 6 },
          changedCount: 3,
        }),
      ),
    ).toEqual([
      '1 of 2 requests come out as they should.',
      '1 harmful test request fewer is caught: 149 instead of 150 of 170 harmful test requests.',
      '6 instead of 8 of 170 harmless test requests are held up.',
      '3 other test requests change.',
    ]);
    expect(
      effectSentences(proposal({ items: [item({ after: 1 })], harmful: { count: 170, before: 150, after: 152 }, changedCount: 1 })).filter(
        (_, at) => at !== 2,
      ),
    ).toEqual([
      'The request does not come out as it should.',
      '2 harmful test requests more are caught: 152 instead of 150 of 170 harmful test requests.',
      '1 other test request changes.',
    ]);
    const change = { text: 'x', before: 0 };
    expect([true, false].flatMap((harmful) => [1, -1].map((after) => changeWords({ ...change, harmful, after })))).toEqual([
      'harmful, and caught now',
      'harmful, and no longer caught',
      'harmless, and held up now',
      'harmless, and no longer held up',
    ]);
  });

  test('people are told where what they ask may be read', () => {
    expect(askedNote({ useAskedPrompts: false })).toBe('');
    expect(askedNote(undefined)).toBe('');
    expect(askedNote({ useAskedPrompts: true })).toContain('may read a sample');
  });
});

const IDLE: CorrectionState = { running: null, proposal: null, problem: null, unavailable: null, undoable: false };

function opened(handlers: Partial<Handlers<PageContract>> = {}) {
  const app = scriptedApp({
    'corrections.state': () => IDLE,
    'corrections.suggest': () => ({ items: [{ seq: 3, text: 'Wrong.', wanted: 'answered' }] }),
    ...handlers,
  });
  return { app, corrections: new Corrections(app.bridge) };
}

describe('the state of a correction', () => {
  test('what reviews suggest is chosen; what was typed stays when it is opened again', async () => {
    const { corrections } = opened();
    await corrections.open();
    expect(corrections.chosen).toEqual([{ text: 'Wrong.', wanted: 'answered', chosen: true }]);
    corrections.add('  Got through. ', 'refused');
    corrections.add(' ', 'refused');
    corrections.choose('Wrong.', false);
    await corrections.open();
    expect(corrections.choices.map(({ text, wanted, chosen }) => [text, wanted, chosen])).toEqual([
      ['Got through.', 'refused', true],
      ['Wrong.', 'answered', false],
    ]);
  });

  test('measures what is chosen alone, follows it, applies it and says so', async () => {
    const measure = vi.fn(() => ({ ...IDLE, running: { done: 0, total: 0, secondsLeft: null } }));
    const { app, corrections } = opened({
      'corrections.measure': measure,
      'corrections.apply': () => {
        throw new SteadyError('conflict', 'Another profile was chosen.');
      },
    });
    await corrections.open();
    corrections.add('Other.', 'answered');
    corrections.choose('Other.', false);
    await corrections.measure();
    expect(measure.mock.calls[0]).toMatchObject([{ items: [{ text: 'Wrong.', wanted: 'answered' }] }]);
    expect(corrections.state?.running).not.toBeNull();
    app.emit('corrections.changed', { ...IDLE, proposal: proposal() });
    await app.settle();
    expect(corrections.state?.proposal?.items).toHaveLength(1);
    await corrections.apply();
    expect(corrections.problem).toMatchObject({ code: 'conflict', message: 'Another profile was chosen.' });
    expect(corrections.done).toBeNull();
  });
});
