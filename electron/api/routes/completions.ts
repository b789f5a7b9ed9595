/** `POST /v1/completions`, where the policies allow plain text. */
import type { Context } from 'hono';
import type { SSEMessage } from 'hono/streaming';
import { uuidv7 } from 'uuidv7';
import { forbidden } from '../../admin/policies.ts';
import type { ApiEnvironment } from '../access.ts';
import { checkBody } from '../body.ts';
import { openAiError } from '../errors.ts';
import { sendEvents } from '../events.ts';
import type { Frame, RefusalFinish } from '../formats/openai-chat.ts';
import { completionsRequest, textChunks, textCompletionOf, toReplyRequest } from '../formats/openai-completions.ts';
import { wholeReplies, type ApiReply, type ReplyEvent } from '../replies.ts';
import { requireModel } from './models.ts';
import type { ApiServices } from './services.ts';

const data = (value: unknown): SSEMessage => ({ data: typeof value === 'string' ? value : JSON.stringify(value) });

async function* streamed(
  events: AsyncIterable<ReplyEvent>,
  { frame, includeUsage, refusal }: { frame: Frame; includeUsage: boolean; refusal: RefusalFinish },
): AsyncGenerator<SSEMessage, void> {
  const make = textChunks(frame, includeUsage, refusal);
  const replies: ApiReply[] = [];
  for await (const event of events) {
    if ('text' in event) yield data(make.text(event.index, event.text));
    else {
      replies.push(event.reply);
      yield data(make.end(event.index, event.reply));
    }
  }
  if (includeUsage) yield data(make.usage(replies));
  yield data('[DONE]');
}

export async function completions(context: Context<ApiEnvironment>, services: ApiServices): Promise<Response> {
  if (services.policies.current().apiRawText !== 'allowed') {
    throw forbidden('Plain text is not gone on with here: the policies forbid it.', 'Use /v1/chat/completions.');
  }
  const key = context.var.key;
  const request = checkBody(completionsRequest, context.var.body);
  const model = await requireModel(services.engine, key, request.model);
  const asked = toReplyRequest(request, services.defaultSampling());
  const frame: Frame = {
    id: `cmpl-${uuidv7()}`,
    created: Math.floor(Date.now() / 1000),
    model,
    system_fingerprint: services.fingerprint(),
  };
  const refusal = key.scope.refusalFinishReason;
  const gone = services.goneOf(context);
  const events = services.replies.write(key, asked, gone.signal);
  if (request.stream !== true) return context.json(textCompletionOf(frame, await wholeReplies(events), refusal));
  const includeUsage = request.stream_options?.include_usage === true;
  return sendEvents(context, events, {
    messages: (written) => streamed(written, { frame, includeUsage, refusal }),
    error: (error) => data(openAiError(error)),
    onGone: () => gone.abort(),
  });
}
