/** OpenAI's responses: what is asked, and how replies are told. Nothing is kept here, so that one response cannot follow another by its id. */
import { z } from 'zod';
import type { ReplyPart, Sampling } from '../../contract/index.ts';
import { badRequest, unsupported } from '../errors.ts';
import type { ApiReply, ReplyEvent, ReplyRequest } from '../replies.ts';
import { toPrompt, type RequestMessage } from './conversation.ts';
import { ANY_OBJECT, toGrammarSchema } from './json-schema.ts';
import { effortField, toReasoning } from './reasoning.ts';
import { maxTokensField, samplingFields, toSampling } from './sampling.ts';

const part = z.looseObject({ type: z.string(), text: z.string().optional() });
/** Loose: programs send back what they got. */
const item = z.looseObject({
  type: z.string().optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']).optional(),
  content: z.union([z.string(), z.array(part).max(1000)]).optional(),
});

/** What the original takes. A field that is not here is refused, as the original does. */
export const responsesRequest = z.strictObject({
  model: z.string().min(1).max(300),
  input: z.union([z.string(), z.array(item).min(1).max(4096)]),
  instructions: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.unknown().optional(),
  max_output_tokens: maxTokensField.nullish(),
  ...samplingFields,
  text: z
    .strictObject({
      format: z
        .discriminatedUnion('type', [
          z.strictObject({ type: z.literal('text') }),
          z.strictObject({ type: z.literal('json_object') }),
          z.strictObject({
            type: z.literal('json_schema'),
            name: z.string().max(64),
            description: z.string().nullish(),
            schema: z.record(z.string(), z.unknown()),
            strict: z.boolean().nullish(),
          }),
        ])
        .nullish(),
      verbosity: z.string().nullish(),
    })
    .nullish(),
  reasoning: z.looseObject({ effort: effortField }).nullish(),
  tools: z.array(z.unknown()).nullish(),
  tool_choice: z.unknown().optional(),
  top_logprobs: z.number().int().nullish(),
  previous_response_id: z.string().nullish(),
  conversation: z.unknown().optional(),
  background: z.boolean().nullish(),
  prompt: z.unknown().optional(),
  // Without effect here.
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
  store: z.boolean().nullish(),
  include: z.array(z.string()).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  max_tool_calls: z.number().int().nullish(),
  service_tier: z.string().nullish(),
  truncation: z.enum(['auto', 'disabled']).nullish(),
  prompt_cache_key: z.string().nullish(),
  safety_identifier: z.string().nullish(),
});
export type ResponsesRequest = z.output<typeof responsesRequest>;

function checkSupported(request: ResponsesRequest): void {
  if ((request.tools ?? []).length > 0) throw unsupported('tools');
  if ((request.top_logprobs ?? 0) > 0) throw unsupported('top_logprobs');
  if (request.previous_response_id != null) throw unsupported('previous_response_id', 'no response is kept; send the whole conversation');
  if (request.conversation != null) throw unsupported('conversation', 'no conversation is kept; send the whole of it');
  if (request.background === true) throw unsupported('background');
  if (request.prompt != null) throw unsupported('prompt');
}

function toMessage({ type, role, content = '' }: z.output<typeof item>, index: number): RequestMessage {
  const param = `input[${index}]`;
  if ((type !== undefined && type !== 'message') || role === undefined)
    throw badRequest(`Items of the type '${type ?? 'unknown'}' cannot be read.`, param, 'unsupported_content');
  const texts =
    typeof content === 'string'
      ? [content]
      : content.map(({ type: kind, text }) => {
          if (['input_text', 'output_text', 'text'].includes(kind) && text !== undefined) return text;
          throw badRequest(`Content of the type '${kind}' cannot be read: only text can.`, `${param}.content`, 'unsupported_content');
        });
  return { role: role === 'developer' ? 'system' : role, text: texts.join('') };
}

/** @throws ApiError for what cannot be answered */
export function toReplyRequest(request: ResponsesRequest, defaults: Sampling): ReplyRequest {
  checkSupported(request);
  const given =
    typeof request.input === 'string'
      ? [{ role: 'user' as const, text: request.input }]
      : // What was thought before is left out of later turns, as chat templates do.
        request.input.filter(({ type }) => type !== 'reasoning').map(toMessage);
  const instructions = request.instructions == null ? [] : [{ role: 'system' as const, text: request.instructions }];
  const format = request.text?.format;
  return {
    prompt: { ...toPrompt([...instructions, ...given], 'input'), reasoning: toReasoning({ effort: request.reasoning?.effort }) },
    sampling: toSampling({ ...request, maxTokens: request.max_output_tokens }, defaults),
    stop: [],
    count: 1,
    jsonSchema: format?.type === 'json_object' ? ANY_OBJECT : format?.type === 'json_schema' ? toGrammarSchema(format.schema) : undefined,
  };
}

export interface ResponseFrame {
  id: string;
  messageId: string;
  createdAt: number;
  model: string;
  request: ResponsesRequest;
  sampling: Sampling;
}

/** The object as it is while nothing, or everything, is written. */
export function responseOf(
  { id, messageId, createdAt, model, request, sampling }: ResponseFrame,
  reply: ApiReply | null,
  tellsRefusals: boolean,
) {
  const reason =
    reply === null
      ? null
      : reply.finish === 'length'
        ? 'max_output_tokens'
        : reply.finish === 'refused' && tellsRefusals
          ? 'content_filter'
          : null;
  return {
    ...{ id, object: 'response', created_at: createdAt, model, error: null },
    status: reply === null ? 'in_progress' : reason === null ? 'completed' : 'incomplete',
    incomplete_details: reason === null ? null : { reason },
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    output:
      reply === null
        ? []
        : [...thoughtItems(id, reply.reasoning), itemOf(messageId, reply.text, reason === null ? 'completed' : 'incomplete')],
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: null },
    store: false,
    temperature: sampling.temperature,
    text: { format: request.text?.format ?? { type: 'text' } },
    tool_choice: 'auto',
    tools: [],
    top_p: sampling.topP,
    truncation: request.truncation ?? 'disabled',
    usage: reply === null ? null : usageOf(reply),
    user: request.user ?? null,
    ...(reply === null ? {} : { steady: reply.steady }),
  };
}

const partOf = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] });
const thoughtItem = (responseId: string, text: string | null) => ({
  ...{ id: responseId.replace(/^resp/, 'rs'), type: 'reasoning', summary: [] },
  content: text === null ? [] : [{ type: 'reasoning_text', text }],
});
const thoughtItems = (responseId: string, text: string) => (text === '' ? [] : [thoughtItem(responseId, text)]);
const itemOf = (id: string, text: string | null, status: string) => ({
  ...{ id, type: 'message', status, role: 'assistant' },
  content: text === null ? [] : [partOf(text)],
});

const usageOf = ({ promptTokens, cachedTokens, generatedTokens, reasoningTokens }: ApiReply) => ({
  input_tokens: promptTokens,
  input_tokens_details: { cached_tokens: cachedTokens },
  output_tokens: generatedTokens,
  output_tokens_details: { reasoning_tokens: reasoningTokens },
  total_tokens: promptTokens + generatedTokens,
});

/** The events of a streamed response, numbered. */
export async function* responseEvents(
  events: AsyncIterable<ReplyEvent>,
  frame: ResponseFrame,
  tellsRefusals: boolean,
): AsyncGenerator<{ type: string } & Record<string, unknown>, void> {
  let number = 0;
  const numbered = (type: string, more: object) => ({ type, sequence_number: number++, ...more });
  yield numbered('response.created', { response: responseOf(frame, null, tellsRefusals) });
  yield numbered('response.in_progress', { response: responseOf(frame, null, tellsRefusals) });
  let output = -1;
  let open: ReplyPart | null = null;
  let thought = '';
  const placeOf = (part: ReplyPart) => ({
    item_id: part === 'reply' ? frame.messageId : thoughtItem(frame.id, null).id,
    output_index: output,
    content_index: 0,
  });
  /** Ends the reasoning, where there was one, and begins the next item. */
  const begin = function* (part: ReplyPart) {
    if (open === part) return;
    if (open === 'reasoning') {
      yield numbered('response.reasoning_text.done', { ...placeOf('reasoning'), text: thought });
      yield numbered('response.output_item.done', { output_index: output, item: thoughtItem(frame.id, thought) });
    }
    open = part;
    output++;
    const item = part === 'reply' ? itemOf(frame.messageId, null, 'in_progress') : thoughtItem(frame.id, null);
    yield numbered('response.output_item.added', { output_index: output, item });
    if (part === 'reply') yield numbered('response.content_part.added', { ...placeOf(part), part: partOf('') });
  };
  for await (const event of events) {
    if ('text' in event) {
      const { part, text } = event;
      yield* begin(part);
      if (part === 'reply') yield numbered('response.output_text.delta', { ...placeOf(part), delta: text, logprobs: [] });
      else {
        thought += text;
        yield numbered('response.reasoning_text.delta', { ...placeOf(part), delta: text });
      }
      continue;
    }
    yield* begin('reply');
    const place = placeOf('reply');
    const response = responseOf(frame, event.reply, tellsRefusals);
    yield numbered('response.output_text.done', { ...place, text: event.reply.text, logprobs: [] });
    yield numbered('response.content_part.done', { ...place, part: partOf(event.reply.text) });
    yield numbered('response.output_item.done', { output_index: output, item: response.output.at(-1) });
    yield numbered(response.status === 'completed' ? 'response.completed' : 'response.incomplete', { response });
  }
}
