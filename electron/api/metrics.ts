/** What is counted, in Prometheus' words: how many, how long, how many refused. No key's name and nothing of any text is in it. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestQueue } from './limits.ts';
import type { ApiReply } from './replies.ts';

const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export class ApiMetrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<'route' | 'status'>;
  readonly #tokens: Counter<'kind'>;
  readonly #replies: Counter<'verdict' | 'cause'>;
  readonly #firstToken: Histogram;
  readonly #duration: Histogram;

  constructor(queue: Pick<RequestQueue, 'running' | 'waiting'>, protection: () => boolean) {
    const registers = [this.#registry];
    this.#requests = new Counter({
      name: 'steady_api_requests_total',
      help: 'Requests that had a key',
      labelNames: ['route', 'status'],
      registers,
    });
    this.#tokens = new Counter({
      name: 'steady_api_tokens_total',
      help: 'Tokens of prompts, of those the ones that were cached, and of replies',
      labelNames: ['kind'],
      registers,
    });
    this.#replies = new Counter({
      name: 'steady_api_replies_total',
      help: 'Replies by verdict and by who refused',
      labelNames: ['verdict', 'cause'],
      registers,
    });
    this.#firstToken = new Histogram({ name: 'steady_api_first_token_seconds', help: 'From the engine on', buckets: SECONDS, registers });
    this.#duration = new Histogram({
      name: 'steady_api_reply_seconds',
      help: 'From its turn in the queue to its end',
      buckets: SECONDS,
      registers,
    });
    new Gauge({ name: 'steady_api_running', help: 'Requests being answered', registers, collect: gauge(() => queue.running) });
    new Gauge({ name: 'steady_api_waiting', help: 'Requests that wait', registers, collect: gauge(() => queue.waiting) });
    new Gauge({
      name: 'steady_protection_on',
      help: '1 while replies are steered',
      registers,
      collect: gauge(() => (protection() ? 1 : 0)),
    });
  }

  request(route: string, status: number): void {
    this.#requests.inc({ route, status: String(status) });
  }

  reply({ promptTokens, cachedTokens, generatedTokens, timeToFirstTokenMs, steady }: ApiReply, seconds: number): void {
    this.#tokens.inc({ kind: 'prompt' }, promptTokens);
    this.#tokens.inc({ kind: 'cached' }, cachedTokens);
    this.#tokens.inc({ kind: 'reply' }, generatedTokens);
    this.#replies.inc({ verdict: steady.verdict, cause: steady.cause });
    if (timeToFirstTokenMs !== null) this.#firstToken.observe(timeToFirstTokenMs / 1000);
    this.#duration.observe(seconds);
  }

  /** The text that Prometheus reads. */
  async text(): Promise<{ type: string; text: string }> {
    return { type: this.#registry.contentType, text: await this.#registry.metrics() };
  }
}

/** A gauge that is looked up when it is asked for. */
function gauge(value: () => number): (this: Gauge) => void {
  return function (this: Gauge) {
    this.set(value());
  };
}
