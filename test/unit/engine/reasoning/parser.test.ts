/** Reasoning and reply told apart: the same wherever the stream is cut, and nothing shown that is taken back later. */
import { describe, expect, test } from 'vitest';
import { markedToken, ReasoningParser, type ParserStart, type StreamMarkers } from '../../../../electron/engine/worker/reasoning/parser.ts';

const m = markedToken;
const CHANNELS = { start: m('<|start|>'), channel: m('<|channel|>'), message: m('<|message|>'), end: m('<|end|>') };
const TOKENS: StreamMarkers = { kind: 'tags', open: m('<think>'), close: m('</think>'), channels: CHANNELS };
const LETTERS: StreamMarkers = { ...TOKENS, open: '<think>', close: '</think>' };
const GEMMA: StreamMarkers = { ...TOKENS, open: `${m('<|channel>')}thought`, close: m('<channel|>') };
const HARMONY: StreamMarkers = { ...TOKENS, kind: 'channels' };
const header = (channel: string, first = false) =>
  `${first ? '' : CHANNELS.start + 'assistant'}${CHANNELS.channel}${channel}${CHANNELS.message}`;

interface Case {
  markers: StreamMarkers;
  start?: ParserStart;
  begun?: boolean;
}

function read(pieces: readonly string[], { markers, start = 'undecided', begun = false }: Case) {
  const parser = new ReasoningParser(markers, start, begun);
  const told = { reasoning: '', reply: '' };
  const order: string[] = [];
  for (const { part, text } of [...pieces.flatMap((piece) => parser.push(piece)), ...parser.end()]) {
    told[part] += text;
    if (order.at(-1) !== part) order.push(part);
  }
  return { ...told, order: order.join(' ') };
}

/** Every way to cut a text in two, and all its characters one by one. */
function* cuts(text: string): Generator<string[]> {
  yield [text];
  yield [...text].length === text.length ? [...text] : text.split('');
  for (let at = 1; at < text.length; at++) yield [text.slice(0, at), text.slice(at)];
}

const CASES: [name: string, stream: string, given: Case, reasoning: string, reply: string][] = [
  ['tags that are tokens', `${m('<think>')}\nI see.\n${m('</think>')}\n\nHello.`, { markers: TOKENS }, 'I see.', 'Hello.'],
  ['tags that are letters', '<think>\nI see.\n</think>\n\nHello.', { markers: LETTERS }, 'I see.', 'Hello.'],
  ['white space before them', ' \n<think>a</think>b', { markers: LETTERS }, 'a', 'b'],
  ['white space within', '<think>a\n\n b \n</think>\n c \n', { markers: LETTERS }, 'a\n\n b', 'c \n'],
  ['none at all', ' Hello <b>.', { markers: LETTERS }, '', ' Hello <b>.'],
  ['what only begins like a tag', '<thin', { markers: LETTERS }, '', '<thin'],
  ['a tag in the middle of a reply', 'Write <think>x</think>.', { markers: LETTERS }, '', 'Write <think>x</think>.'],
  ['nothing in them', '<think>\n\n</think>\n\nHello.', { markers: LETTERS }, '', 'Hello.'],
  ['a beginning of the closing tag within', '<think>a </th b </think></think>', { markers: LETTERS }, 'a </th b', '</think>'],
  ['opened by the prompt', 'I see.</think>Hello.', { markers: LETTERS, start: 'reasoning' }, 'I see.', 'Hello.'],
  ['opened by both', '<think>\nI see.</think>Hello.', { markers: LETTERS, start: 'reasoning' }, 'I see.', 'Hello.'],
  ['never closed', '<think>\nI see, and', { markers: LETTERS }, 'I see, and', ''],
  ['going on within it', ' and more.\n</think>\n\nHi', { markers: LETTERS, start: 'reasoning', begun: true }, ' and more.', 'Hi'],
  ['going on behind it', '\n\nHi', { markers: LETTERS, start: 'ended', begun: true }, '', 'Hi'],
  ['going on in the reply', ' there <think>', { markers: LETTERS, start: 'reply' }, '', ' there <think>'],
  ['letters where tags are tokens', `<think>x</think>${m('</think>')}y`, { markers: TOKENS }, '', '<think>x</think>y'],
  ['letters of a tag within tokens', `${m('<think>')}a </think> b${m('</think>')}c`, { markers: TOKENS }, 'a </think> b', 'c'],
  ['another marker that means nothing', `${m('<think>')}a${m('<x>')}b${m('</think>')}c${m('<x>')}d`, { markers: TOKENS }, 'ab', 'cd'],
  ['Gemma 4', `${m('<|channel>')}thought\nI see.\n${m('<channel|>')}Hello.`, { markers: GEMMA }, 'I see.', 'Hello.'],
  ['channels', `${header('analysis', true)}I see.${CHANNELS.end}${header('final')}Hello.`, { markers: HARMONY }, 'I see.', 'Hello.'],
  ['no analysis', `${header('final', true)}Hello.`, { markers: HARMONY }, '', 'Hello.'],
  [
    'several channels',
    `${header('analysis', true)}One.${CHANNELS.end}${header('commentary to=x')}Two.${CHANNELS.end}${header('final')}Hello.`,
    { markers: HARMONY },
    'One.\n\nTwo.',
    'Hello.',
  ],
  [
    'channels that were closed for it',
    `I see.${CHANNELS.end}${header('final')}Hi`,
    { markers: HARMONY, start: 'reasoning', begun: true },
    'I see.',
    'Hi',
  ],
  ['text without any channel', 'Hello.', { markers: HARMONY }, '', 'Hello.'],
  ['a header that never ends', `${CHANNELS.channel}${'x'.repeat(300)}`, { markers: HARMONY }, '', 'x'.repeat(300)],
  ['a header that is cut', `${CHANNELS.channel}anal`, { markers: HARMONY }, '', ''],
];

describe.each(CASES)('%s', (_, stream, given, reasoning, reply) => {
  test('comes out the same at every cut', () => {
    for (const pieces of cuts(stream)) {
      const told = read(pieces, given);
      expect({ ...told, pieces }).toMatchObject({ reasoning, reply, pieces });
      expect(told.order).toBe([reasoning === '' ? '' : 'reasoning', reply === '' ? '' : 'reply'].filter(Boolean).join(' '));
    }
  });
});

test('text is told as soon as it is sure, and not before', () => {
  const parser = new ReasoningParser(LETTERS);
  expect(parser.push('<thi')).toEqual([]);
  expect(parser.part).toBe('reasoning');
  expect(parser.push('nk>I')).toEqual([{ part: 'reasoning', text: 'I' }]);
  expect(parser.push(' see <')).toEqual([{ part: 'reasoning', text: ' see' }]);
  expect(parser.push('b></think>')).toEqual([{ part: 'reasoning', text: ' <b>' }]);
  expect(parser.part).toBe('reply');
  expect(parser.push('\n\n')).toEqual([]);
  expect(parser.push('Hi <')).toEqual([{ part: 'reply', text: 'Hi <' }]);
});

test('work grows with the text, not with its square', () => {
  const parser = new ReasoningParser(LETTERS, 'reasoning');
  const began = performance.now();
  for (let i = 0; i < 200_000; i++) parser.push('<a ');
  expect(performance.now() - began).toBeLessThan(2000);
});
