/** What a model thought before it replied, in the shape of each format: never within the reply, and asked for in each one's words. */
import { expect, test } from 'vitest';
import { checkBody } from '../../../electron/api/body.ts';
import {
  messageEvents,
  messageOf,
  messagesRequest,
  toReplyRequest as fromMessages,
} from '../../../electron/api/formats/anthropic-messages.ts';
import { chatRequest, chunks, completionOf, toReplyRequest as fromChat } from '../../../electron/api/formats/openai-chat.ts';
import {
  responseEvents,
  responseOf,
  responsesRequest,
  toReplyRequest as fromResponses,
} from '../../../electron/api/formats/openai-responses.ts';
import type { ApiReply, ReplyEvent } from '../../../electron/api/replies.ts';
import { streamed } from '../../../electron/api/routes/openai-stream.ts';
import { DEFAULT_SAMPLING } from '../../../electron/contract/index.ts';

const reply: ApiReply = {
  text: 'A plant.',
  reasoning: 'They ask about trees.',
  reasoningTokens: 5,
  finish: 'end',
  stopSequence: null,
  promptTokens: 10,
  cachedTokens: 0,
  generatedTokens: 8,
  timeToFirstTokenMs: 1,
  steady: { verdict: 'complied', cause: 'none', gate: null, protected: false, profile: null },
};
async function* events(): AsyncGenerator<ReplyEvent> {
  yield { index: 0, part: 'reasoning', text: 'They ask ' };
  yield { index: 0, part: 'reasoning', text: 'about trees.' };
  yield { index: 0, part: 'reply', text: 'A plant.' };
  yield { index: 0, reply };
}
const messages = [{ role: 'user', content: 'Trees?' }];
const all = async <T>(of: AsyncIterable<T>) => {
  const found: T[] = [];
  for await (const each of of) found.push(each);
  return found;
};

test('chat completions: reasoning_content, whole and streamed, and its tokens', async () => {
  const frame = { id: 'x', created: 1, model: 'm', system_fingerprint: 'f' };
  const whole = completionOf(frame, [reply], 'stop');
  expect(whole.choices[0]!.message).toMatchObject({ content: 'A plant.', reasoning_content: 'They ask about trees.' });
  expect(whole.usage).toMatchObject({ completion_tokens: 8, completion_tokens_details: { reasoning_tokens: 5 } });
  expect(completionOf(frame, [{ ...reply, reasoning: '' }], 'stop').choices[0]!.message).not.toHaveProperty('reasoning_content');
  const told = await all(streamed(events(), { make: chunks(frame, false, 'stop'), includeUsage: false }));
  const deltas = told
    .slice(0, -1)
    .map(({ data }) => (JSON.parse(data as string) as { choices: { delta: Record<string, string> }[] }).choices[0]!.delta);
  expect(deltas.map(({ reasoning_content: thought }) => thought ?? '').join('')).toBe('They ask about trees.');
  expect(deltas.map(({ content }) => content ?? '').join('')).toBe('A plant.');
});

test('messages: a block of thinking where it was asked for, and none where not', async () => {
  const frame = { id: 'x', model: 'm', thoughts: true };
  const thinking = { type: 'thinking', thinking: 'They ask about trees.', signature: '' };
  expect(messageOf(frame, reply, false).content).toEqual([thinking, { type: 'text', text: 'A plant.' }]);
  expect(messageOf({ ...frame, thoughts: false }, reply, false).content).toEqual([{ type: 'text', text: 'A plant.' }]);
  const told = (await all(messageEvents(events(), frame, false)))
    .filter(({ type }) => type.startsWith('content_block'))
    .map(({ type, index, delta }) => [type, index, delta]);
  expect(told).toEqual([
    ['content_block_start', 0, undefined],
    ['content_block_delta', 0, { type: 'thinking_delta', thinking: 'They ask ' }],
    ['content_block_delta', 0, { type: 'thinking_delta', thinking: 'about trees.' }],
    ['content_block_stop', 0, undefined],
    ['content_block_start', 1, undefined],
    ['content_block_delta', 1, { type: 'text_delta', text: 'A plant.' }],
    ['content_block_stop', 1, undefined],
  ]);
  const quiet = await all(messageEvents(events(), { ...frame, thoughts: false }, false));
  expect(JSON.stringify(quiet)).not.toContain('They ask');
});

test('responses: an item of its own before the message', async () => {
  const request = checkBody(responsesRequest, { model: 'm', input: 'Trees?', reasoning: { effort: 'low' } });
  const frame = { id: 'resp_1', messageId: 'msg_1', createdAt: 1, model: 'm', request, sampling: DEFAULT_SAMPLING };
  const whole = responseOf(frame, reply, false);
  expect(whole.output.map(({ type }) => type)).toEqual(['reasoning', 'message']);
  expect(whole.usage).toMatchObject({ output_tokens_details: { reasoning_tokens: 5 } });
  const told = await all(responseEvents(events(), frame, false));
  expect(told.map(({ type }) => type.replace('response.', ''))).toEqual([
    ...[
      'created',
      'in_progress',
      'output_item.added',
      'reasoning_text.delta',
      'reasoning_text.delta',
      'reasoning_text.done',
      'output_item.done',
    ],
    ...[
      'output_item.added',
      'content_part.added',
      'output_text.delta',
      'output_text.done',
      'content_part.done',
      'output_item.done',
      'completed',
    ],
  ]);
  expect(told.map((event) => event['sequence_number'])).toEqual([...told.keys()]);
  expect(told.find(({ type }) => type === 'response.output_text.delta')).toMatchObject({ output_index: 1, item_id: 'msg_1' });
});

test('what is asked reaches the template', () => {
  const chat = (more: object) => fromChat(checkBody(chatRequest, { model: 'm', messages, ...more }), DEFAULT_SAMPLING).prompt.reasoning;
  expect([chat({}), chat({ reasoning_effort: 'none' }), chat({ reasoning_effort: 'high' }), chat({ reasoning_effort: 'minimal' })]).toEqual(
    [undefined, 'off', 'high', 'low'],
  );
  expect(chat({ chat_template_kwargs: { enable_thinking: false, other: 1 } })).toBe('off');
  const anthropic = (more: object) =>
    fromMessages(checkBody(messagesRequest, { model: 'm', messages, max_tokens: 5, ...more }), DEFAULT_SAMPLING);
  expect(anthropic({}).prompt.reasoning).toBe('off');
  expect(anthropic({ thinking: { type: 'enabled', budget_tokens: 2000 } })).toMatchObject({
    prompt: { reasoning: 'on' },
    maxReasoningTokens: 2000,
  });
  const sentBack = [
    ...messages,
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'x', signature: '' },
        { type: 'text', text: 'Yes.' },
      ],
    },
    messages[0],
  ];
  expect(anthropic({ messages: sentBack }).prompt.turns[1]).toMatchObject({ text: 'Yes.' });
  const input = [
    { type: 'message', role: 'user', content: 'a' },
    { type: 'reasoning', summary: [] },
    { role: 'assistant', content: 'b' },
    { role: 'user', content: 'c' },
  ];
  expect(fromResponses(checkBody(responsesRequest, { model: 'm', input }), DEFAULT_SAMPLING).prompt.turns.map(({ text }) => text)).toEqual([
    'a',
    'b',
    'c',
  ]);
});
