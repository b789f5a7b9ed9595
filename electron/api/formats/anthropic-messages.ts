/** Anthropic's messages: what is asked, and how replies are told. */
import { z } from 'zod';
import type { ReplyPart, Sampling } from '../../contract/index.ts';
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
  thinking: z
    .looseObject({ type: z.enum(['enabled', 'disabled', 'adaptive']), budget_tokens: z.number().int().min(1).optional() })
    .optional(),
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
      // What a program got and sends back.
      if (type === 'thinking' || type === 'redacted_thinking') return '';
      throw badRequest(`Content of the type '${type}' cannot be read: only text can.`, param);
    })
    .join('');
}

/** Whether thoughts were asked for. Otherwise a model thinks only where its template cannot keep it from that, and nobody is told. */
export const tellsThoughts = ({ thinking }: MessagesRequest): boolean => thinking !== undefined && thinking.type !== 'disabled';

/** @throws ApiError for what cannot be answered */
export function toReplyRequest(request: MessagesRequest, defaults: Sampling): ReplyRequest {
  if ((request.tools ?? []).length > 0) throw unsupported('tools');
  const messages = request.messages.map(({ role, content: parts }, index) => ({ role, text: textOf(parts, `messages.${index}.content`) }));
  const system = request.system === undefined ? [] : [{ role: 'system' as const, text: textOf(request.system, 'system') }];
  return {
    prompt: { ...toPrompt([...system, ...messages], 'messages'), reasoning: tellsThoughts(request) ? 'on' : 'off' },
    maxReasoningTokens: request.thinking?.budget_tokens,
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
  /** Whether what was thought is told. */
  thoughts: boolean;
}

export function messageOf({ id, model, thoughts }: MessageFrame, reply: ApiReply, tellsRefusals: boolean) {
  return {
    ...{ id, type: 'message', role: 'assistant', model },
    content: [
      ...(thoughts && reply.reasoning !== '' ? [{ type: 'thinking', thinking: reply.reasoning, signature: '' }] : []),
      { type: 'text', text: reply.text },
    ],
    stop_reason: stopReason(reply, tellsRefusals),
    stop_sequence: reply.stopSequence,
    usage: usageOf(reply),
    steady: reply.steady,
  };
}

/** The events of a streamed message. How many tokens the prompt has is known at its end. */
export async function* messageEvents(
  events: AsyncIterable<ReplyEvent>,
  { id, model, thoughts }: MessageFrame,
  tellsRefusals: boolean,
): AsyncGenerator<{ type: string } & Record<string, unknown>, void> {
  const empty = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
  const about = { id, type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage: empty };
  yield { type: 'message_start', message: about };
  let index = -1;
  let open: ReplyPart | null = null;
  /** Ends one block and begins the next; a message has a text, also where that is empty. */
  const begin = function* (part: ReplyPart) {
    if (open === part) return;
    if (open !== null) yield { type: 'content_block_stop', index };
    const block = part === 'reply' ? { type: 'text', text: '' } : { type: 'thinking', thinking: '', signature: '' };
    yield { type: 'content_block_start', index: ++index, content_block: block };
    open = part;
  };
  for await (const event of events) {
    if ('text' in event) {
      const { part, text } = event;
      if (part === 'reasoning' && !thoughts) continue;
      yield* begin(part);
      const delta = part === 'reply' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text };
      yield { type: 'content_block_delta', index, delta };
    } else {
      const { reply } = event;
      yield* begin('reply');
      yield { type: 'content_block_stop', index };
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
