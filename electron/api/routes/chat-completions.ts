/** `POST /v1/chat/completions`. */
import type { Context } from 'hono';
import { uuidv7 } from 'uuidv7';
import type { ApiEnvironment } from '../access.ts';
import { checkBody } from '../body.ts';
import { openAiError } from '../errors.ts';
import { sendEvents } from '../events.ts';
import { chatRequest, chunks, completionOf, toReplyRequest, type ChatRequest, type Frame } from '../formats/openai-chat.ts';
import { requireModel } from './models.ts';
import { wholeReplies } from '../replies.ts';
import { data, streamed } from './openai-stream.ts';
import type { ApiServices } from './services.ts';

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
    messages: (written) => streamed(written, { make: chunks(frame, includeUsage, refusal), includeUsage }),
    error: (error) => data(openAiError(error)),
    onGone: () => gone.abort(),
  });
}
