/** `POST /v1/completions`, where the policies allow plain text. */
import type { Context } from 'hono';
import { uuidv7 } from 'uuidv7';
import { forbidden } from '../../admin/policies.ts';
import type { ApiEnvironment } from '../access.ts';
import { checkBody } from '../body.ts';
import { openAiError } from '../errors.ts';
import { sendEvents } from '../events.ts';
import type { Frame } from '../formats/openai-chat.ts';
import { completionsRequest, textChunks, textCompletionOf, toReplyRequest } from '../formats/openai-completions.ts';
import { wholeReplies } from '../replies.ts';
import { data, streamed } from './openai-stream.ts';
import { requireModel } from './models.ts';
import type { ApiServices } from './services.ts';

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
    messages: (written) => streamed(written, { make: textChunks(frame, includeUsage, refusal), includeUsage }),
    error: (error) => data(openAiError(error)),
    onGone: () => gone.abort(),
  });
}
