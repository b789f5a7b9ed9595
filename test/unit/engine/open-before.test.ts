/** What a conversation's past leaves open, from what was read of each of its segments. */
import { expect, test } from 'vitest';
import { openBefore, openedBy, type PastSegment } from '../../../electron/engine/worker/open-before.ts';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';

const read = (gate: number): PromptSteering => ({
  ...{ layers: [3], scores: [0], gates: [gate], steered: gate > 0, secondPassGate: gate, readAt: 0 },
  ...{ reading: null, rows: null },
});
const message = (gate: number): PastSegment => ({ kind: 'prompt', steering: read(gate) });
const reply = (gate: number, says = 'Here it is.'): PastSegment => ({ kind: 'reply', says, steering: read(gate) });
const foreign = (gate: number, says?: string): PastSegment => ({ ...reply(gate, says), foreign: true });
const REFUSAL = "I'm sorry, but I can't help with that.";

test('nothing is open where nothing opened the gate, whoever wrote it', () => {
  expect(openBefore(null, [])).toEqual({ gate: 0, by: null });
  expect(openBefore(read(0), [message(0), foreign(0), message(0), reply(0)])).toEqual({ gate: 0, by: null });
});

test('a foreign reply leaves the gate open for all that follows, whatever is answered meanwhile', () => {
  expect(openBefore(null, [message(0), foreign(0.8)])).toEqual({ gate: 0.8, by: 'reply' });
  expect(openBefore(null, [message(0), foreign(0.8), message(0), reply(0, REFUSAL)])).toEqual({ gate: 0.8, by: 'reply' });
});

test('what this model wrote under protection leaves nothing open', () => {
  expect(openBefore(null, [message(0), reply(1)])).toEqual({ gate: 0, by: null });
});

test('a system prompt leaves it open for the whole conversation', () => {
  expect(openBefore(read(1), [])).toEqual({ gate: 1, by: 'system' });
  expect(openBefore(read(1), [message(0), reply(0, REFUSAL)])).toEqual({ gate: 1, by: 'system' });
});

test('a message leaves it open until a reply refuses', () => {
  expect(openBefore(null, [message(1), foreign(0)])).toEqual({ gate: 1, by: 'message' });
  expect(openBefore(null, [message(1), reply(0)])).toEqual({ gate: 1, by: 'message' });
  expect(openBefore(null, [message(1), foreign(0, REFUSAL)])).toEqual({ gate: 0, by: null });
  expect(openBefore(null, [message(1), reply(0, REFUSAL), message(0), reply(0)])).toEqual({ gate: 0, by: null });
});

test('the partial gate leaves nothing open, and the widest of several counts', () => {
  expect(openBefore(read(0.2), [message(0.2), foreign(0.2)])).toEqual({ gate: 0, by: null });
  expect(openBefore(read(0.6), [message(0.7), foreign(1)])).toEqual({ gate: 1, by: 'reply' });
});

test('a prompt is steered as far as it opens the gate itself, or as far as it is open already', () => {
  expect(openedBy(read(0), { gate: 1, by: 'reply' })).toMatchObject({ gates: [1], secondPassGate: 1 });
  const own = read(0.9);
  expect(openedBy(own, { gate: 0.6, by: 'system' })).toBe(own);
  const shut = read(0);
  expect(openedBy(shut, { gate: 0, by: null })).toBe(shut);
});
