/** Anthropic's messages: what is asked, and how replies are told. */
import { z } from 'zod';
import type { Sampling } from '../../contract/index.ts';
import { badRequest, unsupported, type ApiError } from '../errors.ts';
import type { ApiReply, ReplyEvent, ReplyRequest } from '../replies.ts';
import { toPrompt } from './conversation.ts';
import { maxTokensField, samplingFields, toSampling } from './sampling.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(part).max(1000)]);

/** What the original takes. A field that is not here is refused, as the original does. */
export const messagesRequest = z.strictObject({
  model: z.string().min(1).max(300),
  messages: z
    .array(z.strictObject({ role: z.enum(['user', 'assistant']), content }))
    .min(1)
    .max(4096),
  max_tokens: maxTokensField,
  system: content.optional(),
  stop_sequences: z.array(z.string().min(1).max(500)).max(16).optional(),
  stream: z.boolean().optional(),
  temperature: samplingFields.temperature.unwrap().unwrap().max(1).optional(),
  top_p: samplingFields.top_p.unwrap().unwrap().optional(),
  top_k: samplingFields.top_k.unwrap().unwrap().optional(),
  tools: z.array(z.unknown()).optional(),
  tool_choice: z.unknown().optional(),
  thinking: z.looseObject({ type: z.string() }).optional(),
  // Without effect here.
  metadata: z.looseObject({}).nullish(),
  service_tier: z.string().optional(),
  cache_control: z.unknown().optional(),
});
export type MessagesRequest = z.output<typeof messagesRequest>;

function textOf(parts: z.output<typeof content>, param: string): string {
  if (typeof parts === 'string') return parts;
  return parts
    .map(({ type, text }) => {
      if (type === 'text' && text !== undefined) return text;
      throw badRequest(`Content of the type '${type}' cannot be read: only text can.`, param);
    })
    .join('');
}

/** @throws ApiError for what cannot be answered */
export function toReplyRequest(request: MessagesRequest, defaults: Sampling): ReplyRequest {
  if ((request.tools ?? []).length > 0) throw unsupported('tools');
  if (request.thinking !== undefined && request.thinking.type !== 'disabled') throw unsupported('thinking');
  const messages = request.messages.map(({ role, content: parts }, index) => ({ role, text: textOf(parts, `messages.${index}.content`) }));
  const system = request.system === undefined ? [] : [{ role: 'system' as const, text: textOf(request.system, 'system') }];
  return {
    prompt: toPrompt([...system, ...messages], 'messages'),
    sampling: toSampling({ ...request, maxTokens: request.max_tokens }, defaults),
    stop: request.stop_sequences ?? [],
    count: 1,
  };
}

/** What a steered refusal is said to have stopped by: the original has a word for refusals. */
const stopReason = ({ finish, stopSequence }: ApiReply, tellsRefusals: boolean) => {
  if (finish === 'refused' && tellsRefusals) return 'refusal';
  if (finish === 'length') return 'max_tokens';
  return stopSequence === null ? 'end_turn' : 'stop_sequence';
};

const usageOf = ({ promptTokens, cachedTokens, generatedTokens }: ApiReply) => ({
  input_tokens: promptTokens - cachedTokens,
  cache_creation_input_tokens: 0,
  cache_read_input_tokens: cachedTokens,
  output_tokens: generatedTokens,
});

export interface MessageFrame {
  id: string;
  model: string;
}

export function messageOf({ id, model }: MessageFrame, reply: ApiReply, tellsRefusals: boolean) {
  return {
    ...{ id, type: 'message', role: 'assistant', model },
    content: [{ type: 'text', text: reply.text }],
    stop_reason: stopReason(reply, tellsRefusals),
    stop_sequence: reply.stopSequence,
    usage: usageOf(reply),
    steady: reply.steady,
  };
}

/** The events of a streamed message. How many tokens the prompt has is known at its end. */
export async function* messageEvents(
  events: AsyncIterable<ReplyEvent>,
  { id, model }: MessageFrame,
  tellsRefusals: boolean,
): AsyncGenerator<{ type: string } & Record<string, unknown>, void> {
  const empty = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
  const about = { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage: empty };
  yield { type: 'message_start', message: about };
  yield { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
  for await (const event of events) {
    if ('text' in event) yield { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: event.text } };
    else {
      const { reply } = event;
      yield { type: 'content_block_stop', index: 0 };
      const delta = { stop_reason: stopReason(reply, tellsRefusals), stop_sequence: reply.stopSequence };
      yield { type: 'message_delta', delta, usage: usageOf(reply), steady: reply.steady };
      yield { type: 'message_stop' };
    }
  }
}

const ERROR_TYPES: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  503: 'overloaded_error',
};

/** As Anthropic's programs know errors. */
export const anthropicError = ({ status, message, code }: ApiError) => ({
  type: 'error',
  error: { type: ERROR_TYPES[status] ?? 'invalid_request_error', message, ...(code === null ? {} : { code }) },
});
