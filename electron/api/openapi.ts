/** The description of the API for tools: made from the very schemas that requests are checked by. */
import { z } from 'zod';
import { messagesRequest } from './formats/anthropic-messages.ts';
import { chatRequest } from './formats/openai-chat.ts';
import { completionsRequest } from './formats/openai-completions.ts';
import { responsesRequest } from './formats/openai-responses.ts';

const json = (schema: object) => ({ 'application/json': { schema } });
const text = (type: string) => ({ [type]: { schema: { type: 'string' } } });

const OPENAI_ERROR = {
  type: 'object',
  properties: {
    error: {
      type: 'object',
      properties: {
        message: { type: 'string' },
        type: { type: 'string' },
        param: { type: ['string', 'null'] },
        code: { type: ['string', 'null'] },
      },
    },
  },
};

const ERRORS = {
  400: 'The request cannot be answered as it is',
  401: 'No key, or one that opens nothing',
  403: 'The key, the policies or the name that was asked for do not allow it',
  413: 'The body is too long',
  429: 'Too many requests; Retry-After says when to come again',
  503: 'No model is ready, protection is off, or the engine is busy with something else',
};

const errors = Object.fromEntries(
  Object.entries(ERRORS).map(([status, description]) => [status, { description, content: json(OPENAI_ERROR) }]),
);

const post = (summary: string, schema: z.ZodType) => ({
  post: {
    summary,
    requestBody: { required: true, content: json(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })) },
    responses: {
      200: {
        description: 'The answer, whole or as server-sent events where `stream` is true',
        content: { ...json({ type: 'object' }), ...text('text/event-stream') },
      },
      ...errors,
    },
  },
});

const get = (summary: string, content: object, more: object = {}) => ({
  get: { summary, ...more, responses: { 200: { description: 'The answer', content }, 401: errors[401], 403: errors[403] } },
});

/** An OpenAPI 3.1 document. */
export function openApiDocument() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Steady',
      version: '1',
      description: 'Replies of a local model whose refusals are steered. Answers are those of the original, with a field `steady` beside.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://127.0.0.1:8188' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths: {
      '/health': get('Whether a message would be answered now', json({ type: 'object' })),
      '/metrics': get('Counters, for Prometheus', text('text/plain')),
      '/v1/models': get('The loaded model', json({ type: 'object' })),
      '/v1/models/{name}': get('One model', json({ type: 'object' }), {
        parameters: [{ name: 'name', in: 'path', required: true, schema: { type: 'string' } }],
      }),
      '/v1/chat/completions': post("OpenAI's chat completions", chatRequest),
      '/v1/completions': post("OpenAI's older completions, where the policies allow plain text", completionsRequest),
      '/v1/responses': post("OpenAI's responses", responsesRequest),
      '/v1/messages': post("Anthropic's messages", messagesRequest),
    },
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
  };
}
