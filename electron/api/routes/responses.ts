/** `POST /v1/responses`. */
import type { Context } from 'hono';
import type { SSEMessage } from 'hono/streaming';
import { uuidv7 } from 'uuidv7';
import type { ApiEnvironment } from '../access.ts';
import { checkBody } from '../body.ts';
import { openAiError } from '../errors.ts';
import { sendEvents } from '../events.ts';
import { responseEvents, responseOf, responsesRequest, toReplyRequest, type ResponseFrame } from '../formats/openai-responses.ts';
import { requireModel } from './models.ts';
import { wholeReplies, type ReplyEvent } from '../replies.ts';
import type { ApiServices } from './services.ts';

const named = (event: { type: string }): SSEMessage => ({ event: event.type, data: JSON.stringify(event) });

async function* streamed(
  events: AsyncIterable<ReplyEvent>,
  frame: ResponseFrame,
  tellsRefusals: boolean,
): AsyncGenerator<SSEMessage, void> {
  for await (const event of responseEvents(events, frame, tellsRefusals)) yield named(event);
}

export async function responses(context: Context<ApiEnvironment>, services: ApiServices): Promise<Response> {
  const key = context.var.key;
  const request = checkBody(responsesRequest, context.var.body);
  const model = await requireModel(services.engine, key, request.model);
  const asked = toReplyRequest(request, services.defaultSampling());
  const frame: ResponseFrame = {
    id: `resp_${uuidv7().replaceAll('-', '')}`,
    messageId: `msg_${uuidv7().replaceAll('-', '')}`,
    createdAt: Math.floor(Date.now() / 1000),
    ...{ model, request, sampling: asked.sampling },
  };
  const tellsRefusals = key.scope.refusalFinishReason === 'content_filter';
  const gone = services.goneOf(context);
  const events = services.replies.write(key, asked, gone.signal);
  if (request.stream !== true) return context.json(responseOf(frame, (await wholeReplies(events))[0]!, tellsRefusals));
  return sendEvents(context, events, {
    messages: (written) => streamed(written, frame, tellsRefusals),
    error: (error) => named({ ...openAiError(error).error, type: 'error' }),
    onGone: () => gone.abort(),
  });
}
