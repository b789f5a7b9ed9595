/** A reply drawn token by token from a script: what is counted for what, where it ends, and which tokens belong to the reasoning. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import { expect, test } from 'vitest';
import { decodeReply, reasoningOf, type SampledTokens } from '../../../../electron/engine/worker/decode.ts';
import type { ReasoningFormat } from '../../../../electron/engine/worker/reasoning/format.ts';
import type { ParserStart, PartialText } from '../../../../electron/engine/worker/reasoning/parser.ts';
import { ReplyStream, vocabularyMarkers } from '../../../../electron/engine/worker/reasoning/reply-stream.ts';

const MARKERS = ['<think>', '</think>', '<|start|>', '<|channel|>', '<|message|>', '<|end|>', '<eos>'];
/** A letter is a token, and so is each marker. */
const WORDS = [...MARKERS, ...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))];
const cut = (text: string, special: boolean): Token[] =>
  (text.match(special ? /<\|?\/?\w+\|?>|[^]/g : /[^]/g) ?? []).map((piece) => WORDS.indexOf(piece) as Token);
const EOS = cut('<eos>', true)[0]!;
const END = cut('<|end|>', true)[0]!;
const model = {
  tokenize: cut,
  detokenize: (tokens: Token[], special: boolean) =>
    tokens.map((token) => (token < MARKERS.length && !special ? '' : WORDS[token])).join(''),
  isSpecialToken: (token: Token) => token < MARKERS.length,
  getTokenAttributes: () => ({ userDefined: false }),
  isEogToken: (token: Token) => token === EOS || token === END,
} as unknown as LlamaModel;

const TAGS: ReasoningFormat = { kind: 'tags', open: '<think>\n', close: '\n</think>\n\n', direct: '' };
const HARMONY: ReasoningFormat = {
  kind: 'channels',
  open: '<|channel|>analysis<|message|>',
  close: '<|end|><|start|>assistant<|channel|>final<|message|>',
  direct: '<|channel|>final<|message|>',
};

/** Says `script` token by token; `heard` is what was evaluated in place of each sampled token. */
async function draw(
  script: string,
  options: {
    format?: ReasoningFormat | null;
    start?: ParserStart;
    reply?: number;
    reasoning?: number;
    room?: number;
    stopAfter?: number;
  } = {},
) {
  const { format = TAGS, start = 'undecided', reply = 100, reasoning = 100, room = 1000, stopAfter = Infinity } = options;
  const heard: string[] = [];
  const flags: boolean[] = [];
  let left = 0;
  const sampled = async function* (): SampledTokens {
    for (const token of cut(script, true)) {
      const instead = yield await Promise.resolve(token);
      heard.push(
        [instead ?? token]
          .flat()
          .map((each) => WORDS[each])
          .join(''),
      );
    }
  };
  const stream = new ReplyStream(model, format === null ? null : vocabularyMarkers(model, format), {
    start,
    text: '',
    reasoning: '',
    tokens: [],
  });
  const controller = new AbortController();
  const told: PartialText[] = [];
  const decoded = await decodeReply(sampled(), {
    model,
    stream,
    limits: { reply, reasoning, room },
    closing: format === null ? [] : cut(format.close, true),
    signal: controller.signal,
    onText: (parts) => told.push(...parts),
    onToken: () => {
      left++;
      if (left >= stopAfter) controller.abort();
    },
    onReasoning: (reasons) => flags.push(reasons),
  });
  const said = (part: PartialText['part']) =>
    told
      .filter((piece) => piece.part === part)
      .map(({ text }) => text)
      .join('');
  expect({ reasoning: said('reasoning'), reply: said('reply') }).toEqual({ reasoning: stream.reasoning, reply: stream.text });
  return { text: stream.text, thought: reasoningOf(stream, decoded), decoded, heard, flags };
}

test('what is thought is counted for itself, with its markers', async () => {
  const { text, thought, decoded, flags } = await draw('<think>\nab\n</think>\n\nHello<eos>', { reply: 5 });
  expect(text).toBe('Hel');
  expect(thought).toMatchObject({ text: 'ab', tokens: 6, state: 'ended' });
  // Line breaks behind the reasoning are the reply's.
  expect(decoded).toMatchObject({ count: 11, finishReason: 'length' });
  // Each token up to the closing marker is written to, none behind it.
  expect(flags).toEqual([...Array<boolean>(6).fill(true), ...Array<boolean>(4).fill(false), false]);
});

test('a reply without reasoning is counted and left alone as a whole', async () => {
  const { text, thought, decoded, flags } = await draw('Hello<eos>');
  expect({ text, thought }).toEqual({ text: 'Hello', thought: null });
  expect(decoded).toMatchObject({ count: 5, finishReason: 'end', reasoning: { tokens: 0 } });
  expect(flags.every((reasons) => !reasons)).toBe(true);
  expect((await draw('Hello', { format: null, reply: 2 })).text).toBe('He');
});

test('reasoning that comes to its limit is ended behind its last token', async () => {
  const { thought, heard, text } = await draw('abcdef Hi<eos>', { start: 'reasoning', reasoning: 4, reply: 2 });
  expect(thought).toMatchObject({ text: 'abcd', state: 'cut' });
  expect(heard[3]).toBe('d\n</think>\n\n');
  expect(text).toBe('ef');
});

test('a model that ends inside its reasoning is brought to its reply', async () => {
  const { thought, heard, text, decoded } = await draw('<think>No.<eos>Sorry.<eos>x');
  expect(heard[4]).toBe('\n</think>\n\n');
  expect({ text, finishReason: decoded.finishReason }).toEqual({ text: 'Sorry.', finishReason: 'end' });
  expect(thought).toMatchObject({ text: 'No.', state: 'ended' });
});

test('channels: what ends a part of it does not end the reply', async () => {
  const { text, thought } = await draw('<|channel|>analysis<|message|>ab<|end|><|start|>assistant<|channel|>final<|message|>Hi<|end|>x', {
    format: HARMONY,
  });
  expect({ text, thought: thought?.text }).toEqual({ text: 'Hi', thought: 'ab' });
});

test('stopping leaves it open, and a full context says so', async () => {
  expect((await draw('<think>abcdef', { stopAfter: 4 })).thought).toMatchObject({ text: 'abc', state: 'open' });
  const full = await draw('<think>abcdef', { room: 5 });
  expect(full.decoded.finishReason).toBe('context-full');
});
