/** What programs send: understood as the original does, or told in its words what is wrong. */
import { expect, test } from 'vitest';
import { checkBody } from '../../../electron/api/body.ts';
import { toPrompt } from '../../../electron/api/formats/conversation.ts';
import { chatRequest, toReplyRequest } from '../../../electron/api/formats/openai-chat.ts';
import { DEFAULT_SAMPLING } from '../../../electron/contract/index.ts';

const user = (content: unknown) => ({ role: 'user', content });
const parse = (body: object) => toReplyRequest(checkBody(chatRequest, { model: 'm', messages: [user('Hi')], ...body }), DEFAULT_SAMPLING);
const bad = (code: string | null, param: string | null) => expect.objectContaining({ status: 400, code, param });

test('what is left out is as the settings say; what is named counts', () => {
  expect(parse({})).toEqual({
    prompt: { systemPrompt: '', turns: [{ role: 'user', text: 'Hi' }], startedAt: expect.any(Number) },
    sampling: { ...DEFAULT_SAMPLING, seed: null },
    stop: [],
    count: 1,
  });
  const { sampling, stop, count } = parse({ temperature: 0, top_p: 0.5, top_k: 3, min_p: 0, max_tokens: 5, seed: -1, stop: 'x', n: 2 });
  expect(sampling).toEqual({ ...DEFAULT_SAMPLING, temperature: 0, topP: 0.5, topK: 3, minP: 0, maxTokens: 5, seed: 0xffff_fffe });
  expect([stop, count]).toEqual([['x'], 2]);
  expect(parse({ max_tokens: 5, max_completion_tokens: 7 }).sampling.maxTokens).toBe(7);
  expect(parse({ max_tokens: 10_000_000, seed: 0xffff_ffff }).sampling).toMatchObject({ maxTokens: 32768, seed: 0 });
});

test('fields without effect are taken, also where the original has null', () => {
  const ignored = { user: 'u', metadata: {}, store: false, service_tier: 'auto', reasoning_effort: 'low', parallel_tool_calls: true };
  const neutral = {
    frequency_penalty: 0,
    presence_penalty: 0,
    logit_bias: {},
    logprobs: false,
    tools: [],
    response_format: { type: 'text' },
  };
  expect(parse({ ...ignored, ...neutral, stop: null, seed: null, temperature: null, n: null, stream: null }).count).toBe(1);
});

test.each([
  [{ foo: 1 }, bad('unknown_parameter', 'foo'), "Unknown parameter: 'foo'."],
  [{ messages: undefined }, bad('missing_required_parameter', 'messages'), "Missing required parameter: 'messages'."],
  [{ messages: [] }, bad('invalid_value', 'messages'), "'messages'"],
  [{ messages: [{ role: 'wizard', content: 'x' }] }, bad('invalid_value', 'messages[0].role'), "'messages[0].role'"],
  [{ temperature: 3 }, bad('invalid_value', 'temperature'), "'temperature'"],
  [{ max_tokens: 0 }, bad('invalid_value', 'max_tokens'), "'max_tokens'"],
  [{ n: 1000 }, bad('invalid_value', 'n'), "'n'"],
  [{ stop: [''] }, bad('invalid_value', 'stop[0]'), "'stop[0]'"],
  [{ tools: [{}] }, bad('unsupported_parameter', 'tools'), 'does not support'],
  [{ logprobs: true }, bad('unsupported_parameter', 'logprobs'), 'does not support'],
  [{ logit_bias: { 5: 1 } }, bad('unsupported_parameter', 'logit_bias'), 'does not support'],
  [{ frequency_penalty: 1 }, bad('unsupported_parameter', 'frequency_penalty'), 'does not support'],
  [{ modalities: ['audio'] }, bad('unsupported_parameter', 'modalities'), 'text'],
  [{ messages: [user([{ type: 'image_url', image_url: {} }])] }, bad('unsupported_content', 'messages[0].content'), 'image_url'],
  [{ messages: [user(' ')] }, bad(null, 'messages'), 'empty'],
])('%j is told to be wrong', (body, error, words) => {
  expect(() => parse(body)).toThrow(error);
  expect(() => parse(body)).toThrow(words);
});

test('parts are one text, a developer is the system, and neighbours of one role are one turn', () => {
  const messages = [
    { role: 'developer', content: 'Be brief.' },
    user([
      { type: 'text', text: 'One' },
      { type: 'text', text: ' two.' },
    ]),
    user('Three.'),
    { role: 'assistant', content: 'Yes.', refusal: null, annotations: [] },
    { role: 'system', content: 'In French.' },
    user('Four?'),
  ];
  expect(parse({ messages }).prompt).toMatchObject({
    systemPrompt: 'Be brief.\n\nIn French.',
    turns: [
      { role: 'user', text: 'One two.\n\nThree.' },
      // Anybody may have written it.
      { role: 'assistant', text: 'Yes.', foreign: true },
      { role: 'user', text: 'Four?' },
    ],
  });
});

test('a system prompt alone is asked as a message', () => {
  expect(toPrompt([{ role: 'system', text: 'Say hello.' }], 'messages')).toMatchObject({
    systemPrompt: '',
    turns: [{ role: 'user', text: 'Say hello.' }],
  });
});

test('a reply that somebody else began is not gone on with', () => {
  const begun = [user('How?'), { role: 'assistant', content: 'Sure, first you' }];
  expect(() => parse({ messages: begun })).toThrow(bad('invalid_messages', 'messages'));
  expect(() => parse({ messages: [{ role: 'assistant', content: 'Hello!' }, user('Hi')] })).toThrow(bad('invalid_messages', 'messages'));
});
