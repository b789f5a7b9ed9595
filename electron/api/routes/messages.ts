/** `POST /v1/messages`. */
import type { Context } from 'hono';
import type { SSEMessage } from 'hono/streaming';
import { uuidv7 } from 'uuidv7';
import type { ApiEnvironment } from '../access.ts';
import { checkBody } from '../body.ts';
import { sendEvents } from '../events.ts';
import {
  anthropicError,
  messageEvents,
  messageOf,
  messagesRequest,
  tellsThoughts,
  toReplyRequest,
  type MessageFrame,
} from '../formats/anthropic-messages.ts';
import { requireModel } from './models.ts';
import { wholeReplies, type ReplyEvent } from '../replies.ts';
import type { ApiServices } from './services.ts';

const named = (event: { type: string }): SSEMessage => ({ event: event.type, data: JSON.stringify(event) });

async function* streamed(events: AsyncIterable<ReplyEvent>, frame: MessageFrame, tellsRefusals: boolean): AsyncGenerator<SSEMessage, void> {
  for await (const event of messageEvents(events, frame, tellsRefusals)) yield named(event);
}

export async function messages(context: Context<ApiEnvironment>, services: ApiServices): Promise<Response> {
  const key = context.var.key;
  const request = checkBody(messagesRequest, context.var.body);
  const model = await requireModel(services.engine, key, request.model);
  const asked = toReplyRequest(request, services.defaultSampling());
  const frame: MessageFrame = { id: `msg_${uuidv7().replaceAll('-', '')}`, model, thoughts: tellsThoughts(request) };
  const tellsRefusals = key.scope.refusalFinishReason === 'content_filter';
  const gone = services.goneOf(context);
  const events = services.replies.write(key, asked, gone.signal);
  if (request.stream !== true) return context.json(messageOf(frame, (await wholeReplies(events))[0]!, tellsRefusals));
  return sendEvents(context, events, {
    messages: (written) => streamed(written, frame, tellsRefusals),
    error: (error) => named(anthropicError(error)),
    onGone: () => gone.abort(),
  });
}
