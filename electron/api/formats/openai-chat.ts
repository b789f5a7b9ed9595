/** OpenAI's chat completions: what is asked, and how replies are told. */
import { z } from 'zod';
import type { Sampling } from '../../contract/index.ts';
import { badRequest, unsupported } from '../errors.ts';
import type { ApiReply, ReplyRequest } from '../replies.ts';
import { toPrompt, type RequestMessage } from './conversation.ts';
import { ANY_OBJECT, toGrammarSchema } from './json-schema.ts';
import { effortField, templateArguments, toReasoning } from './reasoning.ts';
import { maxTokensField, samplingFields, seedField, stopField, toSampling, toStops } from './sampling.ts';

const MAX_MESSAGES = 4096;
const MAX_REPLIES = 8;

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(part).max(1000)]).nullish();
/** Loose: clients send back what they got, with fields of all kinds. */
const message = z.looseObject({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content,
  tool_calls: z.array(z.unknown()).nullish(),
});

/** What the original takes. A field that is not here is refused, as the original does. */
export const chatRequest = z.strictObject({
  model: z.string().min(1).max(300),
  messages: z.array(message).min(1).max(MAX_MESSAGES),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  max_tokens: maxTokensField.nullish(),
  max_completion_tokens: maxTokensField.nullish(),
  ...samplingFields,
  seed: seedField.nullish(),
  stop: stopField,
  n: z.number().int().min(1).max(MAX_REPLIES).nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json_object') }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string().max(64),
          description: z.string().nullish(),
          schema: z.record(z.string(), z.unknown()),
          strict: z.boolean().nullish(),
        }),
      }),
    ])
    .nullish(),
  reasoning_effort: effortField,
  chat_template_kwargs: templateArguments,
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  functions: z.array(z.unknown()).nullish(),
  function_call: z.unknown().optional(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  modalities: z.array(z.string()).nullish(),
  audio: z.unknown().optional(),
  web_search_options: z.unknown().optional(),
  // Without effect here: they are about accounts, caches and ways of the original's.
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  store: z.boolean().nullish(),
  service_tier: z.string().nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  prediction: z.unknown().optional(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  verbosity: z.string().nullish(),
});
export type ChatRequest = z.output<typeof chatRequest>;

/** @throws ApiError for what the original knows and Steady does not do */
function checkSupported(request: ChatRequest): void {
  if ((request.tools ?? []).length > 0) throw unsupported('tools');
  if ((request.functions ?? []).length > 0) throw unsupported('functions');
  if (request.logprobs === true || (request.top_logprobs ?? 0) > 0) throw unsupported('logprobs');
  if (Object.keys(request.logit_bias ?? {}).length > 0) throw unsupported('logit_bias');
  if ((request.frequency_penalty ?? 0) !== 0) throw unsupported('frequency_penalty');
  if ((request.presence_penalty ?? 0) !== 0) throw unsupported('presence_penalty');
  if ((request.modalities ?? []).some((kind) => kind !== 'text')) throw unsupported('modalities', 'replies are text');
  if (request.audio != null) throw unsupported('audio', 'replies are text');
  if (request.web_search_options != null) throw unsupported('web_search_options', 'Steady never goes online');
}

/** @throws ApiError for parts that are no text */
function textOf(parts: z.output<typeof content>, param: string): string {
  if (parts === null || parts === undefined) return '';
  if (typeof parts === 'string') return parts;
  return parts
    .map(({ type, text }) => {
      if (type === 'text' && text !== undefined) return text;
      throw badRequest(`Content of the type '${type}' cannot be read: only text can.`, param, 'unsupported_content');
    })
    .join('');
}

function toMessage({ role, content: parts, tool_calls: calls }: z.output<typeof message>, index: number): RequestMessage {
  const param = `messages[${index}]`;
  if (role === 'tool' || role === 'function' || (calls ?? []).length > 0) throw unsupported(param, 'tools are not supported');
  return { role: role === 'developer' ? 'system' : role, text: textOf(parts, `${param}.content`) };
}

function shapeOf(format: ChatRequest['response_format']): Record<string, unknown> | undefined {
  if (format?.type === 'json_object') return ANY_OBJECT;
  return format?.type === 'json_schema' ? toGrammarSchema(format.json_schema.schema) : undefined;
}

export function toReplyRequest(request: ChatRequest, defaults: Sampling): ReplyRequest {
  checkSupported(request);
  return {
    prompt: {
      ...toPrompt(request.messages.map(toMessage), 'messages'),
      reasoning: toReasoning({ effort: request.reasoning_effort, template: request.chat_template_kwargs }),
    },
    sampling: toSampling({ ...request, maxTokens: request.max_completion_tokens ?? request.max_tokens }, defaults),
    stop: toStops(request.stop),
    jsonSchema: shapeOf(request.response_format),
    count: request.n ?? 1,
  };
}

/** What all objects of one request have in common. */
export interface Frame {
  id: string;
  /** Seconds since the epoch. */
  created: number;
  model: string;
  system_fingerprint: string;
}

/** What a steered refusal is said to have ended by. */
export type RefusalFinish = 'content_filter' | 'stop';

const finishReason = ({ finish }: ApiReply, refusal: RefusalFinish) => ({ end: 'stop', length: 'length', refused: refusal })[finish];

export function usageOf(replies: readonly ApiReply[]) {
  const prompt = replies[0]?.promptTokens ?? 0;
  const completion = replies.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0);
  const thought = replies.reduce((sum, { reasoningTokens }) => sum + reasoningTokens, 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: replies[0]?.cachedTokens ?? 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: thought, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}

/** Where JSON was asked for, a refusal stands in a field of its own, as the original has it: programs parse the content. */
const contentOf = ({ text, finish }: ApiReply, shaped: boolean) =>
  shaped && finish === 'refused' ? { content: null, refusal: text } : { content: text, refusal: null };

/** The whole answer. `steady` is that of the first reply; each choice has its own. */
export function completionOf(frame: Frame, replies: readonly ApiReply[], refusal: RefusalFinish, shaped = false) {
  return {
    ...frame,
    object: 'chat.completion',
    choices: replies.map((reply, index) => ({
      index,
      message: {
        role: 'assistant',
        ...contentOf(reply, shaped),
        ...(reply.reasoning === '' ? {} : { reasoning_content: reply.reasoning }),
      },
      logprobs: null,
      finish_reason: finishReason(reply, refusal),
      steady: reply.steady,
    })),
    usage: usageOf(replies),
    steady: replies[0]?.steady ?? null,
  };
}

/** The pieces of a streamed answer. */
export function chunks(frame: Frame, includeUsage: boolean, refusal: RefusalFinish) {
  const chunk = (choices: object[], more: object = {}) => ({
    ...frame,
    object: 'chat.completion.chunk',
    choices,
    // With usage asked for, the original has the field in every chunk.
    ...(includeUsage ? { usage: null } : {}),
    ...more,
  });
  const choice = (index: number, delta: object, finish: string | null = null) => ({ index, delta, logprobs: null, finish_reason: finish });
  return {
    begin: (index: number) => chunk([choice(index, { role: 'assistant', content: '', refusal: null })]),
    text: (index: number, text: string) => chunk([choice(index, { content: text })]),
    reasoning: (index: number, text: string) => chunk([choice(index, { reasoning_content: text })]),
    end: (index: number, reply: ApiReply) => chunk([choice(index, {}, finishReason(reply, refusal))], { steady: reply.steady }),
    usage: (replies: readonly ApiReply[]) => chunk([], { usage: usageOf(replies) }),
  };
}
