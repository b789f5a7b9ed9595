import { describe, expect, test } from 'vitest';
import { causeOf, loggedCauseOf, outcomeOf } from '../../../electron/chat/outcome.ts';

const gates = (...values: number[]) => values.map((gate, layer) => ({ layer, score: gate, gate }));

test('only a refusal has a cause, and steering that added nothing is never it', () => {
  expect(causeOf('refused', true, gates(0, 1))).toBe('steered');
  expect(causeOf('refused', false, gates(0))).toBe('model');
  expect(causeOf('partial', true, gates(1))).toBe('steered');
  expect(causeOf('partial', false, [])).toBe('model');
  for (const steered of [true, false]) {
    expect(causeOf('complied', steered, gates(1))).toBe('none');
    expect(causeOf('degenerate', steered, gates(1))).toBe('none');
  }
});

test('steering that pushed with less than half its strength shares the cause with the model', () => {
  expect(causeOf('refused', true, gates(0.1, 0.49))).toBe('both');
  expect(causeOf('partial', true, gates(0.01))).toBe('both');
  expect(causeOf('refused', true, gates(0.1, 0.5))).toBe('steered');
});

test('the log takes every refusal, and what was steered with some strength and answered', () => {
  for (const cause of ['steered', 'model', 'both'] as const) {
    expect(loggedCauseOf({ cause, steered: true, scores: gates(0.1) })).toBe(cause);
  }
  expect(loggedCauseOf({ cause: 'none', steered: true, scores: gates(0.1, 0.5) })).toBe('answered');
  // An everyday message that found the gate partly open is nobody's business.
  expect(loggedCauseOf({ cause: 'none', steered: true, scores: gates(0.07, 0.49) })).toBeNull();
  expect(loggedCauseOf({ cause: 'none', steered: false, scores: gates(0) })).toBeNull();
  expect(loggedCauseOf({ cause: 'none', steered: false, scores: [] })).toBeNull();
});

describe('the outcome of a reply', () => {
  const scores = [
    { layer: 7, score: 0.9, gate: 1 },
    { layer: 8, score: -0.1, gate: 0 },
  ];

  test('a steered refusal carries its verdict, its cause and every score', () => {
    const text = "I'm sorry, but I can't help with that.";
    expect(outcomeOf('How do I pick my neighbour’s lock?', { text, steered: true, protected: true, scores })).toEqual({
      verdict: 'refused',
      cause: 'steered',
      steered: true,
      protected: true,
      scores,
    });
  });

  test("a refusal of the model's own, and an answer", () => {
    const refused = { text: "I'm sorry, but I can't assist with that request.", steered: false, protected: true, scores: [] };
    expect(outcomeOf('Something bad.', refused)).toMatchObject({ verdict: 'refused', cause: 'model', protected: true });
    const answered = { text: 'A tree is a tall plant with a trunk and branches made of wood.', steered: true, protected: true, scores };
    expect(outcomeOf('What is a tree?', answered)).toMatchObject({ verdict: 'complied', cause: 'none', steered: true });
  });

  test('nothing, or nothing but rubbish, is neither refused nor an answer', () => {
    for (const text of ['', '\n', 'the the the the the the the the the the the the the the the the the the the the'])
      expect(outcomeOf('What is a tree?', { text, steered: true, protected: true, scores })).toMatchObject({
        verdict: 'degenerate',
        cause: 'none',
      });
  });
});

test('a model that was stopped while it thought has not said anything broken', () => {
  const stopped = { text: '', steered: false, protected: false, scores: [] };
  const reasoning = { text: 'They ask', tokens: 2, milliseconds: 1, state: 'open' as const };
  expect(outcomeOf('Hi', { ...stopped, reasoning })).toMatchObject({ verdict: 'complied', cause: 'none' });
  expect(outcomeOf('Hi', stopped).verdict).toBe('degenerate');
});
