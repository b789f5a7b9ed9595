/** Server-sent events: how replies are told as they are written. */
import type { Context } from 'hono';
import { streamSSE, type SSEMessage } from 'hono/streaming';
import { setTimeout as wait } from 'node:timers/promises';
import { toApiError, type ApiError } from './errors.ts';
import type { ReplyEvent } from './replies.ts';

/** A client that would be told of a failure by the status gets it so if it comes this soon. */
const FIRST_EVENT_WITHIN_MS = 5_000;
/** While a long prompt is read, proxies and clients must not take the silence for an end. */
const KEEP_ALIVE_EVERY_MS = 10_000;

/**
 * Answers with a stream. What fails before the first event fails the request; what fails later is an event of its own.
 * @param messages makes the messages of each event, those before the first included
 */
export async function sendEvents(
  context: Context,
  events: AsyncGenerator<ReplyEvent, void>,
  format: {
    messages(events: AsyncIterable<ReplyEvent>): AsyncIterable<SSEMessage>;
    error(error: ApiError): SSEMessage;
    /** Whoever listened is gone. */
    onGone(): void;
  },
): Promise<Response> {
  const first = events.next();
  first.catch(() => undefined);
  const timer = new AbortController();
  const soon = wait(FIRST_EVENT_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => undefined);
  await Promise.race([first, soon]).finally(() => timer.abort());
  const all = async function* (): AsyncGenerator<ReplyEvent, void> {
    try {
      const { value, done } = await first;
      if (done === true) return;
      yield value;
      yield* events;
    } finally {
      await events.return();
    }
  };
  // Proxies that gather answers would hold a stream back.
  context.header('X-Accel-Buffering', 'no');
  return streamSSE(context, async (stream) => {
    const alive = setInterval(() => void stream.write(': reading\n\n'), KEEP_ALIVE_EVERY_MS);
    stream.onAbort(format.onGone);
    try {
      for await (const message of format.messages(all())) await stream.writeSSE(message);
    } catch (error) {
      await stream.writeSSE(format.error(toApiError(error)));
    } finally {
      clearInterval(alive);
    }
  });
}
