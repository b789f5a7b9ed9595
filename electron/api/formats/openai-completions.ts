/** OpenAI's older completions: a text that is gone on with as it stands, without the form of a chat. */
import { z } from 'zod';
import { MAX_MESSAGE_LENGTH, type Sampling } from '../../contract/index.ts';
import { badRequest, unsupported } from '../errors.ts';
import type { ApiReply, ReplyRequest } from '../replies.ts';
import { usageOf, type Frame, type RefusalFinish } from './openai-chat.ts';
import { maxTokensField, samplingFields, seedField, stopField, toSampling, toStops } from './sampling.ts';

/** What the original writes where nothing is said. */
const DEFAULT_MAX_TOKENS = 16;

/** What the original takes. A field that is not here is refused, as the original does. */
export const completionsRequest = z.strictObject({
  model: z.string().min(1).max(300),
  prompt: z.union([z.string().max(MAX_MESSAGE_LENGTH), z.array(z.unknown()).min(1).max(2048)]),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: maxTokensField.nullish(),
  ...samplingFields,
  seed: seedField.nullish(),
  stop: stopField,
  n: z.number().int().min(1).max(8).nullish(),
  best_of: z.number().int().nullish(),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  logprobs: z.number().int().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  // Without effect here.
  user: z.string().nullish(),
});
export type CompletionsRequest = z.output<typeof completionsRequest>;

/** @throws ApiError for what cannot be answered */
export function toReplyRequest(request: CompletionsRequest, defaults: Sampling): ReplyRequest {
  if (request.echo === true) throw unsupported('echo');
  if ((request.suffix ?? '') !== '') throw unsupported('suffix');
  if (request.logprobs != null) throw unsupported('logprobs');
  if ((request.best_of ?? request.n ?? 1) !== (request.n ?? 1)) throw unsupported('best_of');
  if (Object.keys(request.logit_bias ?? {}).length > 0) throw unsupported('logit_bias');
  if ((request.frequency_penalty ?? 0) !== 0) throw unsupported('frequency_penalty');
  if ((request.presence_penalty ?? 0) !== 0) throw unsupported('presence_penalty');
  const [text, more] = typeof request.prompt === 'string' ? [request.prompt] : request.prompt;
  if (more !== undefined || typeof text !== 'string') throw badRequest('One prompt at a time, as text.', 'prompt', 'unsupported_content');
  if (text === '') throw badRequest('The prompt is empty.', 'prompt');
  return {
    prompt: { systemPrompt: '', turns: [{ role: 'user', text }], raw: true },
    sampling: toSampling({ ...request, maxTokens: request.max_tokens ?? DEFAULT_MAX_TOKENS }, defaults),
    stop: toStops(request.stop),
    count: request.n ?? 1,
  };
}

const choice = (index: number, text: string, finish: string | null) => ({ index, text, logprobs: null, finish_reason: finish });
const finishReason = ({ finish }: ApiReply, refusal: RefusalFinish) => ({ end: 'stop', length: 'length', refused: refusal })[finish];

export function textCompletionOf(frame: Frame, replies: readonly ApiReply[], refusal: RefusalFinish) {
  return {
    ...frame,
    object: 'text_completion',
    choices: replies.map((reply, index) => ({ ...choice(index, reply.text, finishReason(reply, refusal)), steady: reply.steady })),
    usage: usageOf(replies),
    steady: replies[0]?.steady ?? null,
  };
}

/** The pieces of a streamed answer. */
export function textChunks(frame: Frame, includeUsage: boolean, refusal: RefusalFinish) {
  const chunk = (choices: object[], more: object = {}) => ({
    ...frame,
    object: 'text_completion',
    choices,
    ...(includeUsage ? { usage: null } : {}),
    ...more,
  });
  return {
    text: (index: number, text: string) => chunk([choice(index, text, null)]),
    end: (index: number, reply: ApiReply) => chunk([choice(index, '', finishReason(reply, refusal))], { steady: reply.steady }),
    usage: (replies: readonly ApiReply[]) => chunk([], { usage: usageOf(replies) }),
  };
}
