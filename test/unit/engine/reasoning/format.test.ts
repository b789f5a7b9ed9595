/** What a chat template says of a model's reasoning, found by rendering it. */
import { describe, expect, test } from 'vitest';
import { chatTemplate } from '../../../../electron/engine/worker/chat-template.ts';
import type { TextSegment } from '../../../../electron/engine/worker/text-segment.ts';
import { isOpened, writtenSegments } from '../../../../electron/engine/worker/reasoning/format.ts';
import { CHATML } from '../../../../electron/engine/worker/template-family.ts';
import type { EnginePrompt } from '../../../../electron/engine/protocol.ts';
import { GEMMA_4, HARMONY, KEEPING, OPENED, QWEN } from './templates.ts';

const template = (source: string, tokens: string[] = []) => chatTemplate(source, { bos: '', eos: '' }, (text) => tokens.includes(text));
const text = (segments: readonly TextSegment[]) => segments.flatMap(({ pieces }) => pieces.map((piece) => piece.text)).join('');
const asked: EnginePrompt = { systemPrompt: '', turns: [{ role: 'user', text: 'Hello' }] };
const later: EnginePrompt = {
  systemPrompt: '',
  turns: [...asked.turns, { role: 'assistant', text: 'Hi!', reasoning: 'They greet me.' }, { role: 'user', text: 'Bye' }],
};

test.each([
  ['Qwen 3', QWEN, { kind: 'tags', open: '<think>\n', close: '\n</think>\n\n', direct: '' }, ['off', 'on']],
  ['one whose prompt opens it', OPENED, { kind: 'tags', open: '<think>\n', close: '\n</think>\n\n', direct: '' }, []],
  ['Gemma 4', GEMMA_4, { kind: 'tags', open: '<|channel>thought\n', close: '\n<channel|>', direct: '' }, ['off', 'on']],
  ['one without line breaks', KEEPING, { kind: 'tags', open: '<think>', close: '</think>', direct: '' }, []],
  [
    'gpt-oss',
    HARMONY,
    {
      kind: 'channels',
      open: '<|channel|>analysis<|message|>',
      close: '<|end|><|start|>assistant<|channel|>final<|message|>',
      direct: '<|channel|>final<|message|>',
    },
    ['low', 'medium', 'high'],
  ],
  ['one that never thinks', CHATML, null, []],
])('%s', (_, source, format, choices) => {
  expect(template(source).reasoning).toEqual({ format, choices });
});

test('a vocabulary with tags that the template says nothing of is enough', () => {
  expect(template(CHATML, ['<think>', '</think>']).reasoning.format?.open).toBe('<think>\n');
  expect(template(CHATML, ['<think>']).reasoning.format).toBeNull();
});

describe('what is chosen', () => {
  test('reaches the template under its own name', () => {
    const rendered = (source: string, reasoning?: EnginePrompt['reasoning']) => text(template(source).segment({ ...asked, reasoning }));
    expect(rendered(QWEN, 'off')).toBe(`${rendered(QWEN)}<think>\n\n</think>\n\n`);
    expect(rendered(QWEN, 'on')).toBe(rendered(QWEN));
    expect(rendered(HARMONY, 'high')).toContain('Reasoning: high');
    expect(rendered(HARMONY)).toContain('Reasoning: medium');
    expect(rendered(GEMMA_4, 'on')).toContain('<|think|>');
    expect(rendered(GEMMA_4, 'off')).toBe(rendered(GEMMA_4));
  });

  test('nothing is read as a choice in a template that has none', () => {
    for (const source of [CHATML, OPENED, KEEPING]) {
      for (const reasoning of ['off', 'on', 'high'] as const)
        expect(text(template(source).segment({ ...asked, reasoning }))).toBe(text(template(source).segment(asked)));
    }
  });
});

describe('later turns', () => {
  test.each([QWEN, OPENED, HARMONY, GEMMA_4])('are without what was thought, where the template leaves it out', (source) => {
    const segments = template(source).segment(later);
    expect(text(segments)).not.toContain('They greet me.');
    expect(segments.map(({ kind }) => kind)).toEqual(['prompt', 'reply', 'prompt']);
    expect(segments[1]).toEqual({ kind: 'reply', pieces: [{ text: 'Hi!', special: false }] });
  });

  test('have it where the template keeps it, and it is text there, whatever it looks like', () => {
    const typed = 'They </think><|im_end|> greet me.';
    const turns = later.turns.map((turn) => (turn.role === 'assistant' ? { ...turn, reasoning: typed } : turn));
    const segments = template(KEEPING).segment({ ...later, turns });
    expect(segments.map(({ kind }) => kind)).toEqual(['prompt', 'reply', 'prompt']);
    expect(segments[1]!.pieces).toEqual([
      { text: typed, special: false },
      { text: '</think>', special: true },
      { text: 'Hi!', special: false },
    ]);
    expect(segments[0]!.pieces.at(-1)!.text).toMatch(/<think>$/);
  });
});

describe('a reply that goes on', () => {
  const written = (source: string, reply: { text: string; reasoning: { text: string; ended: boolean } | null }) => {
    const { reasoning, segment } = template(source);
    const prompt = segment(asked).at(-1)!;
    return writtenSegments(reasoning.format, isOpened(reasoning.format!, prompt), reply).map((part) => [
      text([part.segment]),
      part.reasoning,
    ]);
  };
  const cut = { text: '', reasoning: { text: 'They gre', ended: false } };
  const ended = { text: 'Hi', reasoning: { text: 'They greet me.', ended: true } };

  test('is what the model wrote, with its markers', () => {
    expect(written(QWEN, cut)).toEqual([['<think>\nThey gre', true]]);
    expect(written(QWEN, ended)).toEqual([
      ['<think>\nThey greet me.\n</think>\n\n', true],
      ['Hi', false],
    ]);
    expect(written(OPENED, cut)).toEqual([['They gre', true]]);
    expect(written(HARMONY, ended)).toEqual([
      ['<|channel|>analysis<|message|>They greet me.<|end|><|start|>assistant<|channel|>final<|message|>', true],
      ['Hi', false],
    ]);
    expect(written(QWEN, { text: '', reasoning: { text: 'They.', ended: true } })).toEqual([['<think>\nThey.\n</think>\n\n', true]]);
  });

  test('without reasoning has what the model writes then', () => {
    const plain = { text: 'Hi', reasoning: null };
    expect(written(QWEN, plain)).toEqual([['Hi', false]]);
    expect(written(OPENED, plain)).toEqual([['\n</think>\n\nHi', false]]);
    expect(written(HARMONY, plain)).toEqual([['<|channel|>final<|message|>Hi', false]]);
  });
});

test('a reply that must have a shape begins at once', () => {
  const tail = (source: string, reasoning?: EnginePrompt['reasoning']) =>
    template(source)
      .segment({ ...asked, reasoning, withoutReasoning: true })
      .at(-1)!
      .pieces.at(-1)!.text;
  expect(tail(QWEN)).toMatch(/assistant\n<think>\n<\/think>\n\n$/);
  expect(tail(QWEN, 'off')).toMatch(/assistant\n<think>\n\n<\/think>\n\n$/);
  expect(tail(OPENED)).toMatch(/<think>\n<\/think>\n\n$/);
  expect(tail(HARMONY)).toMatch(/assistant<\|channel\|>final<\|message\|>$/);
  expect(tail(CHATML)).toMatch(/assistant\n$/);
});
