/** The routes of the API, and what stands before all of them. It keeps no state but the log: any number of it may stand behind a balancer. */
import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { appVersion } from '../app-version.ts';
import type { Sampling } from '../contract/index.ts';
import { requireAllowed, requireKey, type Addresses, type ApiEnvironment } from './access.ts';
import { readBody } from './body.ts';
import { ApiError, openAiError, toApiError } from './errors.ts';
import { anthropicError } from './formats/anthropic-messages.ts';
import type { ApiKeys } from './keys.ts';
import { RateLimit, RequestQueue } from './limits.ts';
import { ApiMetrics } from './metrics.ts';
import { ApiReplies, type RepliesOptions } from './replies.ts';
import { chatCompletions } from './routes/chat-completions.ts';
import { completions } from './routes/completions.ts';
import { messages } from './routes/messages.ts';
import { getModel, health, listModels } from './routes/models.ts';
import { responses } from './routes/responses.ts';
import type { ApiServices } from './routes/services.ts';

/** Names in metrics are no stranger's to choose. */
const ROUTES = new Set(['/health', '/metrics', '/v1/models', '/v1/chat/completions', '/v1/completions', '/v1/responses', '/v1/messages']);
/** Requests that wait while one is answered. */
const MAX_WAITING = 32;

export interface ApiAppOptions extends RepliesOptions {
  keys: ApiKeys;
  addresses: Addresses;
  /** What holds where a request says nothing. */
  defaultSampling(): Sampling;
  /** Aborts every reply, when the server closes. */
  closing: AbortSignal;
}

export interface ApiApp {
  readonly fetch: Hono['fetch'];
  /** Resolves when no reply is being written. */
  settled(): Promise<void>;
}

export function createApiApp(options: ApiAppOptions): ApiApp {
  const { engine, protection, policies, keys, addresses, closing } = options;
  const queue = new RequestQueue({ concurrent: 1, waiting: MAX_WAITING });
  const rates = new RateLimit();
  const metrics = new ApiMetrics(queue, () => protection.state.status === 'on');
  const replies = new ApiReplies({ ...options, onReply: (reply, seconds) => metrics.reply(reply, seconds) }, queue);
  const services: ApiServices = {
    engine,
    protection,
    policies,
    defaultSampling: () => options.defaultSampling(),
    replies,
    fingerprint: () => `steady-${appVersion()}-${protection.state.profile?.sha256.slice(0, 12) ?? 'none'}`,
    goneOf: (context) => {
      const left = new AbortController();
      return { signal: AbortSignal.any([context.req.raw.signal, closing, left.signal]), abort: () => left.abort() };
    },
  };

  const app = new Hono<ApiEnvironment>();
  app.use(async (context, next) => {
    await next();
    if (context.var.key !== undefined) metrics.request(ROUTES.has(context.req.path) ? context.req.path : 'other', context.res.status);
    context.header('Cache-Control', 'no-store');
    context.header('X-Content-Type-Options', 'nosniff');
  });
  app.use(requireKey(keys, addresses), requireAllowed(policies, addresses));
  app.post('*', async (context, next) => {
    rates.count(context.var.key.id, context.var.key.scope.requestsPerMinute);
    context.set('body', await readBody(context));
    await next();
  });
  app.get('/health', (context) => health(context, services));
  app.get('/v1/models', (context) => listModels(context, services));
  app.get('/v1/models/:name', (context) => getModel(context, context.req.param('name'), services));
  app.get('/metrics', async (context) => {
    const { type, text } = await metrics.text();
    return context.body(text, 200, { 'Content-Type': type });
  });
  app.post('/v1/chat/completions', (context) => chatCompletions(context, services));
  app.post('/v1/completions', (context) => completions(context, services));
  app.post('/v1/responses', (context) => responses(context, services));
  app.post('/v1/messages', (context) => messages(context, services));

  app.notFound(() => {
    throw new ApiError('There is nothing here.', { status: 404, type: 'invalid_request_error', code: 'unknown_url' });
  });
  app.onError((thrown, context) => {
    const error = toApiError(thrown);
    if (error.status === 500) process.stderr.write(`${thrown.stack ?? String(thrown)}\n`);
    if (error.retryAfter !== null) context.header('Retry-After', String(error.retryAfter));
    if (error.status === 401) context.header('WWW-Authenticate', 'Bearer');
    const body = context.req.path.startsWith('/v1/messages') ? anthropicError(error) : openAiError(error);
    return context.json(body, error.status as ContentfulStatusCode);
  });
  return { fetch: app.fetch as Hono['fetch'], settled: () => replies.settled() };
}
