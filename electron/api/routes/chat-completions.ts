/** `POST /v1/chat/completions`. */
import type { Context } from 'hono';
import type { SSEMessage } from 'hono/streaming';
import { uuidv7 } from 'uuidv7';
import type { ApiEnvironment } from '../access.ts';
import { checkBody } from '../body.ts';
import { openAiError } from '../errors.ts';
import { sendEvents } from '../events.ts';
import {
  chatRequest,
  chunks,
  completionOf,
  toReplyRequest,
  type ChatRequest,
  type Frame,
  type RefusalFinish,
} from '../formats/openai-chat.ts';
import { requireModel } from './models.ts';
import { wholeReplies, type ApiReply, type ReplyEvent } from '../replies.ts';
import type { ApiServices } from './services.ts';

const data = (value: unknown): SSEMessage => ({ data: typeof value === 'string' ? value : JSON.stringify(value) });

/** The messages of a streamed answer. */
async function* streamed(
  events: AsyncIterable<ReplyEvent>,
  { frame, includeUsage, refusal }: { frame: Frame; includeUsage: boolean; refusal: RefusalFinish },
): AsyncGenerator<SSEMessage, void> {
  const make = chunks(frame, includeUsage, refusal);
  const replies: ApiReply[] = [];
  let begun = -1;
  for await (const event of events) {
    if (event.index !== begun) yield data(make.begin((begun = event.index)));
    if ('text' in event) yield data(make.text(event.index, event.text));
    else {
      replies.push(event.reply);
      yield data(make.end(event.index, event.reply));
    }
  }
  if (includeUsage) yield data(make.usage(replies));
  yield data('[DONE]');
}

export async function chatCompletions(context: Context<ApiEnvironment>, services: ApiServices): Promise<Response> {
  const key = context.var.key;
  const request: ChatRequest = checkBody(chatRequest, context.var.body);
  const model = await requireModel(services.engine, key, request.model);
  const asked = toReplyRequest(request, services.defaultSampling());
  const frame: Frame = {
    id: `chatcmpl-${uuidv7()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: services.fingerprint(),
  };
  const refusal = key.scope.refusalFinishReason;
  const gone = services.goneOf(context);
  const events = services.replies.write(key, asked, gone.signal);
  if (request.stream !== true)
    return context.json(completionOf(frame, await wholeReplies(events), refusal, asked.jsonSchema !== undefined));
  const includeUsage = request.stream_options?.include_usage === true;
  return sendEvents(context, events, {
    messages: (written) => streamed(written, { frame, includeUsage, refusal }),
    error: (error) => data(openAiError(error)),
    onGone: () => gone.abort(),
  });
}
