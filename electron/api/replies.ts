/**
 * Replies for other programs, on the very way that the chat's take: the same decision whether to steer, the same engine, the same
 * judgement, the same log. Only nothing is stored but what the log keeps.
 */
import { PassThrough } from 'node:stream';
import { uuidv7 } from 'uuidv7';
import type { Policies } from '../admin/policies.ts';
import { writeWithReserve, type DiskReserve } from '../chat/disk-reserve.ts';
import { outcomeOf } from '../chat/outcome.ts';
import { refusalEntryOf } from '../chat/refusal-entry.ts';
import { drawSeed, laterSeed } from '../chat/seed.ts';
import { writeReply } from '../chat/write-reply.ts';
import type { ApiKey, ReplyOutcome, ReplyPart, Sampling } from '../contract/index.ts';
import type { EnginePrompt, GenerationResult } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { EngineLease } from '../jobs/engine-lease.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import type { RefusalStore } from '../store/index.ts';
import { gone, type RequestQueue } from './limits.ts';

/** What every format comes down to. */
export interface ReplyRequest {
  prompt: EnginePrompt;
  sampling: Sampling;
  /** Texts that end a reply. */
  stop: string[];
  /** The shape of replies that are JSON; see `formats/json-schema.ts`. A steered refusal has none. */
  jsonSchema?: Record<string, unknown> | undefined;
  /** Tokens of reasoning at most. Absent: as many as leave room for the reply. */
  maxReasoningTokens?: number | undefined;
  /** How many replies. Each is drawn with a seed of its own. */
  count: number;
}

/** A whole reply. */
export interface ApiReply {
  text: string;
  /** What was thought before; empty where nothing was. */
  reasoning: string;
  /** Of `generatedTokens`. */
  reasoningTokens: number;
  /** `refused`: steering refused, or had a part in it. */
  finish: 'end' | 'length' | 'refused';
  /** Which of the request's texts ended it. */
  stopSequence: string | null;
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
  timeToFirstTokenMs: number | null;
  steady: SteadyFields;
}

/** What Steady says of a reply beside what the original would. */
export interface SteadyFields {
  verdict: ReplyOutcome['verdict'];
  cause: ReplyOutcome['cause'];
  /** The widest gate; null where nothing was scored. */
  gate: number | null;
  /** Whether a profile was applied at all. */
  protected: boolean;
  profile: { name: string; sha256: string } | null;
}

/** Text of reply `index` or of its reasoning, and then that reply as a whole. */
export type ReplyEvent = { index: number; part: ReplyPart; text: string } | { index: number; reply: ApiReply };

export interface RepliesOptions {
  engine: EngineSupervisor;
  lease: EngineLease;
  protection: ProtectionService;
  policies: Policies;
  log: Pick<RefusalStore, 'append'>;
  /** Room for a row of the log on a disk that is full, and who hears that it was needed. */
  reserve: DiskReserve;
  onReserveUsed(error: unknown): void;
  /** A reply was written to the refusal log. */
  onLogged(): void;
}

export class ApiReplies {
  readonly #options: RepliesOptions & { onReply?: (reply: ApiReply, seconds: number) => void };
  readonly #queue: RequestQueue;
  readonly #writing = new Set<Promise<unknown>>();

  /** @param options.onReply hears of each reply that ended, with the seconds from its turn on */
  constructor(options: RepliesOptions & { onReply?: (reply: ApiReply, seconds: number) => void }, queue: RequestQueue) {
    this.#options = options;
    this.#queue = queue;
  }

  /**
   * Writes the replies, one after the other. Whoever ends the iteration early, or aborts, stops the reply being written; it is judged and
   * logged all the same.
   * @throws ApiError 429 while too many wait; what `EngineLease.share` and `writeReply` throw; the store's errors, where a refusal could
   * not be logged
   */
  async *write(key: ApiKey, request: ReplyRequest, signal: AbortSignal): AsyncGenerator<ReplyEvent, void> {
    const leave = await this.#queue.enter(signal);
    try {
      const lease = this.#options.lease.share({
        what: 'A reply to another program is being written',
        hint: 'Wait until it has ended, then try again.',
      });
      try {
        const seed = request.sampling.seed ?? drawSeed();
        for (let index = 0; index < request.count; index++) {
          yield* this.#one(key, { ...request, sampling: { ...request.sampling, seed: laterSeed(seed, index) } }, index, signal);
        }
      } finally {
        lease.release();
      }
    } finally {
      leave();
    }
  }

  /** Resolves when no reply is being written, and what belongs in the log is there. */
  async settled(): Promise<void> {
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  async *#one(
    key: ApiKey,
    request: ReplyRequest & { sampling: { seed: number } },
    index: number,
    signal: AbortSignal,
  ): AsyncGenerator<ReplyEvent, void> {
    const stop = new AbortController();
    const onAbort = () => stop.abort();
    if (signal.aborted) stop.abort();
    else signal.addEventListener('abort', onAbort, { once: true });
    // The engine tells, the reader asks: what is told meanwhile waits here, and it is no more than one reply.
    const pieces = new PassThrough({ objectMode: true, highWaterMark: Number.MAX_SAFE_INTEGER });
    const written = this.#generate(key, request, stop.signal, (part, text) => pieces.write({ index, part, text }));
    const writing = written.catch(() => undefined).finally(() => this.#writing.delete(writing));
    this.#writing.add(writing);
    written.then(
      () => pieces.end(),
      (error: unknown) => pieces.destroy(error as Error),
    );
    try {
      yield* pieces as AsyncIterable<ReplyEvent>;
      yield { index, reply: await written };
    } finally {
      signal.removeEventListener('abort', onAbort);
      stop.abort();
      // Its row of the log is written before anything else is asked of the engine.
      await written.catch(() => undefined);
    }
  }

  async #generate(
    key: ApiKey,
    { prompt, sampling, stop, jsonSchema, maxReasoningTokens }: ReplyRequest & { sampling: { seed: number } },
    signal: AbortSignal,
    onText: (part: ReplyPart, text: string) => void,
  ): Promise<ApiReply> {
    const { engine, policies, log, reserve, onReserveUsed, onLogged } = this.#options;
    const messageId = uuidv7();
    const began = performance.now();
    const stopping = Promise.withResolvers<never>();
    stopping.promise.catch(() => undefined);
    const onAbort = () => {
      stopping.reject(gone());
      if (engine.model !== null) void engine.call('chat.stop', { replyId: messageId }).catch(() => undefined);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    const told = { reasoning: 0, reply: 0 };
    const tell = (part: ReplyPart, text: string) => {
      told[part] += text.length;
      onText(part, text);
    };
    const stopListening = engine.onText(({ replyId, part, offset, delta }) => {
      if (replyId === messageId && offset === told[part]) tell(part, delta);
    });
    // What was sent cannot be taken back; the refusal follows it.
    const stopHearing = engine.onTakenBack(({ replyId }) => {
      if (replyId !== messageId) return;
      if (told.reply > 0) onText('reply', '\n\n');
      told.reasoning = told.reply = 0;
    });
    try {
      const request = { replyId: messageId, prompt, sampling, stop, jsonSchema, maxReasoningTokens };
      const written = await writeReply(this.#options, request, { stopping: stopping.promise, isStopped: () => signal.aborted });
      const { result } = written;
      const thought = result.reasoning?.text ?? '';
      if (thought.length > told.reasoning) tell('reasoning', thought.slice(told.reasoning));
      if (result.text.length > told.reply) tell('reply', result.text.slice(told.reply));
      const question = prompt.turns.at(-1)!.text;
      const outcome = outcomeOf(question, result);
      const storeText = key.scope.logText && policies.current().storePromptText;
      const about = { conversationId: uuidv7(), messageId, prompt: question, storeText, source: key.name };
      const refusal = refusalEntryOf(written, outcome, about);
      if (refusal !== null) {
        await writeWithReserve(reserve, () => log.append(refusal), onReserveUsed);
        onLogged();
      }
      const reply = toApiReply(result, outcome, written.profile);
      this.#options.onReply?.(reply, (performance.now() - began) / 1000);
      return reply;
    } finally {
      stopListening();
      stopHearing();
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function toApiReply(
  result: GenerationResult,
  { verdict, cause, scores }: ReplyOutcome,
  profile: { name: string; sha256: string } | null,
): ApiReply {
  const { text, promptTokens, cachedTokens, generatedTokens, timeToFirstTokenMs } = result;
  // Steering took the shape away, so that the reply could refuse: whatever it says then, it is not what was asked for.
  const refused = cause === 'steered' || cause === 'both' || result.shaped === false;
  const cut = result.finishReason === 'length' || result.finishReason === 'context-full';
  return {
    ...{ text, promptTokens, cachedTokens, generatedTokens, timeToFirstTokenMs },
    reasoning: result.reasoning?.text ?? '',
    reasoningTokens: result.reasoning?.tokens ?? 0,
    finish: refused ? 'refused' : cut ? 'length' : 'end',
    stopSequence: result.stopSequence ?? null,
    steady: {
      verdict,
      cause,
      gate: scores.length === 0 ? null : Math.max(...scores.map(({ gate }) => gate)),
      protected: result.protected,
      profile: result.protected && profile !== null ? { name: profile.name, sha256: profile.sha256 } : null,
    },
  };
}

/** Waits for all replies of a request. */
export async function wholeReplies(events: AsyncIterable<ReplyEvent>): Promise<ApiReply[]> {
  const replies: ApiReply[] = [];
  for await (const event of events) if ('reply' in event) replies.push(event.reply);
  return replies;
}
