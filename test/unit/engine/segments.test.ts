import { expect, test } from 'vitest';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { chatTemplate } from '../../../electron/engine/worker/chat-template.ts';
import { CHATML } from '../../../electron/engine/worker/template-family.ts';
import { commonSegments, fitPrompt, type TokenSegment } from '../../../electron/engine/worker/segments.ts';

const segment = (kind: TokenSegment['kind'], ...tokens: number[]): TokenSegment => ({ kind, tokens: tokens as Token[] });
const a = segment('prompt', 1, 2, 3);
const b = segment('reply', 4, 5);
const c = segment('prompt', 6);

test('only whole, equal segments from the start count as common', () => {
  expect(commonSegments([], [a])).toBe(0);
  expect(commonSegments([a, b, c], [a, b, c])).toBe(3);
  expect(commonSegments([a, b, c], [a, b])).toBe(2);
  expect(commonSegments([a, b], [a, b, c])).toBe(2);
  expect(commonSegments([a, b, c], [a, segment('reply', 4), c])).toBe(1);
  expect(commonSegments([a, b, c], [a, segment('reply', 4, 5, 5), c])).toBe(1);
  expect(commonSegments([segment('prompt', 1, 2)], [a])).toBe(0);
});

test('the same tokens cut otherwise, or of the other kind, are not the same', () => {
  expect(commonSegments([segment('prompt', 1), segment('reply', 2)], [segment('prompt', 1, 2)])).toBe(0);
  expect(commonSegments([segment('reply', 1, 2, 3)], [a])).toBe(0);
  expect(commonSegments([segment('reply'), a], [segment('reply'), a])).toBe(2);
});

test('a conversation keeps the day on which it began when it is fitted, also with turns left out', () => {
  const letters = {
    tokens: { shouldPrependBosToken: false },
    fileInfo: { metadata: { tokenizer: {} } },
    iterateAllTokens: () => [],
    tokenize: (text: string) => [...text],
  } as unknown as LlamaModel;
  const template = chatTemplate(`{{ strftime_now('%d %b %Y') }}${CHATML}`, { bos: '', eos: '' });
  const turns = (['user', 'assistant', 'user'] as const).map((role) => ({ role, text: 'Hello' }));
  const startedAt = Date.UTC(2026, 2, 9);
  for (const [budget, droppedTurns] of [
    [1000, 0],
    [80, 1],
  ] as const) {
    const fitted = fitPrompt(letters, template, { systemPrompt: '', turns, startedAt }, budget);
    expect(fitted.droppedTurns).toBe(droppedTurns);
    expect(fitted.segments[0]!.tokens.join('')).toMatch(/^09 Mar 2026</);
  }
});
