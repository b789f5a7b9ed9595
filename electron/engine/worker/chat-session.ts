/**
 * Chat in one llama.cpp sequence.
 *
 * A reply must depend on the conversation, the profile and the seed only, whatever the cache holds. Floating-point
 * results depend on how tokens are cut into batches, so the cut is made canonical: every segment (see chat-template.ts)
 * is evaluated by itself from its own start, the cache is reused by whole segments only, and the prompt segment that is
 * answered is always evaluated anew. A reply was decoded token by token; before it may count as cached it is evaluated
 * once more as one segment (`settle`), which happens while the person reads and makes the next turn prefill only its
 * own new tokens.
 */
import type { LlamaContextSequence, SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import { SteadyError } from '../../contract/errors.ts';
import { roomFor, STEERED_FROM_GATE, type HeatedReading, type LayerScore } from '../../contract/index.ts';
import type { EnginePrompt, GenerationResult, SettledSampling } from '../protocol.ts';
import { markBorder, openSequence, sequenceId } from './borders.ts';
import { decodeReply, reasoningOf, type Decoded, type SampledTokens } from './decode.ts';
import { jsonGrammar } from './json-grammar.ts';
import type { LoadedHost } from './model-host.ts';
import { gateOf, reasoningGate, type OpenBefore } from './open-before.ts';
import { watchReading, type ReadProgress } from './reading.ts';
import type { PartialText } from './reasoning/parser.ts';
import { beginReply, type BegunReply } from './reasoning/begin-reply.ts';
import type { ReplyStream } from './reasoning/reply-stream.ts';
import { SegmentCache } from './segment-cache.ts';
import { fitPrompt, systemMessage, tokenizeSegment, withHeader, type TokenSegment } from './segments.ts';
import { evaluateSegment, readAlone, resumeReply, startReply } from './sequence.ts';
import { heatedReading } from './token-heat.ts';
import { WatchedReply } from './watched-reply.ts';

/** For llama.cpp this seed means "draw one", and the same reply would come out differently each time. */
const ANY_SEED = 0xffff_ffff;

export interface GenerateOptions {
  prompt: EnginePrompt;
  sampling: SettledSampling;
  /** What the reply says already; it goes on from there. Absent or empty: a new one. */
  reply?: string;
  /** What was thought before that, and whether it came to its end. */
  reasoning?: { text: string; ended: boolean } | undefined;
  /** Tokens of reasoning at most. Absent: as many as leave room for the reply. */
  maxReasoningTokens?: number | undefined;
  /** Texts that end the reply, which is cut before them. */
  stop?: readonly string[] | undefined;
  /** The shape of a reply that is JSON. It is let go where steering pushes, so that the reply can refuse. */
  jsonSchema?: object | undefined;
  steer: boolean;
  signal: AbortSignal;
  /** Gets the reasoning's and the reply's text as it comes, piece by piece. */
  onText(parts: readonly PartialText[]): void;
  /** The text so far is taken back: a reply turned into what the gate opens for, and another one follows. */
  onTakenBack?(): void;
  /** Hears that it waits for another reply, and then how far the prompt is read. */
  onProgress?(phase: 'waiting' | 'reading', progress: ReadProgress): void;
}

/** So many system prompts are remembered with what was read of them. */
const MOST_SYSTEMS = 32;

/** While it waits a reply says so this often, for whoever comes to look. */
const WAITING_EVERY_MS = 1000;

export class ChatSession {
  readonly #host: LoadedHost;
  readonly #sequence: LlamaContextSequence;
  readonly #cache: SegmentCache;
  #plan: SteeringPlan | null = null;
  /** What this plan reads of system prompts, the latest ones. */
  readonly #systems = new Map<string, PromptSteering | null>();
  /** The last reply's text while its tokens in the cache are still those of decoding. */
  #unsettled: { text: string } | null = null;
  /** One evaluation at a time; settling waits its turn as well. */
  #queue: Promise<unknown> = Promise.resolve();
  /** Replies that are written or wait for it. */
  #replies = 0;

  constructor(host: LoadedHost) {
    this.#host = host;
    this.#sequence = openSequence(host.context);
    this.#cache = new SegmentCache(host, this.#sequence);
  }

  /**
   * Sets what is steered from the next reply on; the cache is forgotten with it, since another plan makes other rows. It
   * waits its turn: what was asked for before is still answered with the plan of its time.
   */
  setPlan(plan: SteeringPlan | null): Promise<void> {
    return this.#exclusive(async () => {
      this.#plan = null;
      this.#systems.clear();
      await this.#reset();
      this.#host.runtime.of(this.#host.context).setPlan(plan);
      this.#plan = plan;
    });
  }

  /** Answers the last user turn. Stopping by `signal` is a normal end, and while it waits its turn the error `cancelled`. */
  generate(options: GenerateOptions): Promise<GenerationResult> {
    const { signal } = options;
    const waiting = Promise.withResolvers<never>();
    const tell = () => options.onProgress?.('waiting', { read: 0, total: 0 });
    if (this.#replies > 0) tell();
    const timer = this.#replies > 0 ? setInterval(tell, WAITING_EVERY_MS) : undefined;
    this.#replies++;
    const onAbort = () => waiting.reject(stoppedEarly());
    signal.addEventListener('abort', onAbort);
    const reply = this.#exclusive(async () => {
      signal.removeEventListener('abort', onAbort);
      clearInterval(timer);
      try {
        if (signal.aborted) throw stoppedEarly();
        return await this.#generate(options);
      } catch (error) {
        if (!this.#cache.exact) await this.#reset();
        throw error;
      } finally {
        this.#replies--;
      }
    });
    return Promise.race([reply, waiting.promise]);
  }

  /** Makes the last reply part of the cache. Call when idle; the next turn works without it, but prefills more. */
  settle(): Promise<void> {
    return this.#exclusive(async () => {
      const reply = this.#unsettled;
      this.#unsettled = null;
      if (reply === null || reply.text === '') return;
      const pieces = [{ text: reply.text, special: false }];
      const segment = withHeader(tokenizeSegment(this.#host.model, { kind: 'reply', pieces }, false), this.#cache.segments.at(-1));
      const before = this.#cache.segments.length;
      // Where the prompt's end cannot be gone back to, the next turn evaluates the prompt anew, and then the reply.
      if ((await this.#cache.truncate(before)) < before) return;
      // Tokenized anew a reply can be longer than it was; past its end the library would shift the context, unasked.
      const length = segment.tokens.length + (segment.header ?? []).length;
      if (this.#sequence.nextTokenIndex + length >= this.#host.context.contextSize) return;
      try {
        const hook = this.#host.runtime.of(this.#host.context);
        const steering = await evaluateSegment(hook, this.#sequence, segment, this.#cache.steered);
        await markBorder(this.#sequence);
        this.#cache.push({ ...segment, steering, before: 0 });
      } catch (error) {
        await this.#reset();
        throw error;
      }
    });
  }

  dispose(): Promise<void> {
    return this.#exclusive(() => this.#sequence.dispose());
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #generate(options: GenerateOptions): Promise<GenerationResult> {
    const { sampling, steer, signal } = options;
    // Asked here, not before the wait: the plan may have gone meanwhile.
    if (steer && this.#plan === null) throw unprotected();
    const started = performance.now();
    const { model, template } = this.#host;
    const contextSize = this.#host.context.contextSize;
    // A shape holds from the first token on, so there is no place for reasoning.
    const prompt: EnginePrompt = options.jsonSchema === undefined ? options.prompt : { ...options.prompt, withoutReasoning: true };
    const begun = beginReply(this.#host, prompt, options);
    const writtenTokens = begun.written.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const room = roomFor(contextSize, sampling.maxTokens) - writtenTokens;
    const fitted = fitPrompt(model, template, prompt, room, { contextSize, replyTokens: writtenTokens });
    const goesOn = begun.written.length > 0;
    const asked = fitted.segments.at(-1)!;

    const system = steer ? systemMessage(model, template, prompt) : null;
    const unread = system !== null && !this.#systems.has(prompt.systemPrompt) ? system : null;
    this.#cache.exact = false;
    // The prompt that is answered is evaluated anew: its last token's logits are needed, from a whole evaluation.
    const past = goesOn ? fitted.segments : fitted.segments.slice(0, -1);
    this.#unsettled = null;
    const reused = await this.#cache.reuse(past, steer, unread === null ? this.#systemRead(prompt) : 'unread');
    this.#cache.exact = true;
    const cachedTokens = this.#cache.tokens;
    const shape = options.jsonSchema === undefined ? undefined : await jsonGrammar(this.#host.llama, model, options.jsonSchema);
    let stream = begun.stream(options.stop);
    let recent = begun.written.flatMap(({ tokens }) => tokens).slice(-PENALISED_TOKENS);
    const reading = {
      steering: this.#host.runtime.of(this.#host.context),
      tokens: (unread?.tokens.length ?? 0) + fitted.tokens + writtenTokens - cachedTokens,
      lastTokens: (begun.written.at(-1) ?? asked).tokens.length,
      signal,
      onProgress: (progress: ReadProgress) => options.onProgress?.('reading', progress),
    };
    const read = async () => {
      if (unread !== null) await this.#readSystem(prompt.systemPrompt, unread);
      return this.#read(fitted.segments.slice(reused), begun, options, recent, shape);
    };
    let { tokens, steering, free, before } = await watchReading(reading, read).catch((error: unknown) => this.#stopReading(error, signal));
    const left = contextSize - fitted.tokens - 1;
    const watched = steer && gateOf(steering) < STEERED_FROM_GATE;
    let decoded = await this.#decode(
      tokens,
      stream,
      { begun, left: left - writtenTokens, recent, gate: reasoningGate(steering), watched },
      options,
    );
    const again = decoded.givenUp;
    if (again) {
      options.onTakenBack?.();
      before = { gate: 1, by: 'answer' };
      const anew = beginReply(this.#host, prompt);
      stream = anew.stream(options.stop);
      ({ tokens, steering, free } = await this.#startAgain(asked, goesOn, before, drawing(sampling, (recent = []))));
      decoded = await this.#decode(tokens, stream, { begun: anew, left, recent, gate: reasoningGate(steering), watched: false }, options);
    }
    // A reply that went on is settled as a whole: what of it was in the cache is no segment.
    if (!goesOn || again) this.#cache.push({ ...asked, steering, before: before.gate });
    this.#cache.exact = true;
    this.#unsettled = { text: stream.text };

    const ended = performance.now();
    const { firstTokenAt, count } = decoded;
    const decodeSeconds = firstTokenAt === null ? 0 : (ended - firstTokenAt) / 1000;
    return {
      text: stream.text,
      reasoning: reasoningOf(stream, decoded),
      finishReason: decoded.finishReason,
      stopSequence: stream.stoppedBy,
      shaped: shape === undefined ? undefined : free,
      promptTokens: fitted.tokens + writtenTokens,
      cachedTokens,
      generatedTokens: count,
      timeToFirstTokenMs: firstTokenAt === null ? null : firstTokenAt - started,
      // The first token's time belongs to the prompt.
      tokensPerSecond: count > 1 && decodeSeconds > 0 ? (count - 1) / decodeSeconds : null,
      contextUsed: fitted.tokens + writtenTokens + count,
      contextSize,
      droppedTurns: fitted.droppedTurns,
      protected: steer,
      steered: steering?.steered ?? false,
      scores: layerScores(steering),
      reading: openedReading(heatedReading(model, asked, prompt.turns.at(-1)!.text, steering?.reading ?? null), before),
    };
  }

  #systemRead({ systemPrompt }: EnginePrompt): PromptSteering | null {
    return this.#systems.get(systemPrompt) ?? null;
  }

  /** Reads a system prompt as a message of its own, once for each plan; the sequence is empty. */
  async #readSystem(text: string, message: TokenSegment): Promise<void> {
    this.#cache.exact = false;
    const read = await readAlone(this.#host.runtime.of(this.#host.context), this.#sequence, message, { steer: true });
    this.#cache.exact = true;
    if (this.#systems.size >= MOST_SYSTEMS) this.#systems.delete(this.#systems.keys().next().value!);
    this.#systems.set(text, read);
  }

  /**
   * Begins another reply to a prompt, whose gate is open now.
   * @param cached whether the prompt is in the cache
   */
  async #startAgain(prompt: TokenSegment, cached: boolean, before: OpenBefore, drawn: SequenceEvaluateOptions) {
    this.#cache.exact = false;
    const keep = this.#cache.segments.length - (cached ? 1 : 0);
    if ((await this.#cache.truncate(keep)) < keep)
      throw new SteadyError('internal', 'A reply was taken back, and its prompt cannot be read again.');
    const sampling = { ...drawn, yieldEogToken: true };
    return startReply(this.#host.runtime.of(this.#host.context), this.#sequence, prompt, { steer: true, sampling, before });
  }

  async #reset(): Promise<void> {
    this.#unsettled = null;
    await this.#cache.clear();
  }

  /**
   * Evaluates what is not in the cache and starts the reply. Steering is that of the turn's prompt, also where its rows are in the cache
   * from before.
   */
  async #read(
    prompts: readonly TokenSegment[],
    { written }: BegunReply,
    { prompt, sampling: drawn, steer, signal }: GenerateOptions,
    recent: readonly Token[],
    unlessPushed: (() => SequenceEvaluateOptions) | undefined,
  ) {
    const hook = this.#host.runtime.of(this.#host.context);
    const system = steer ? this.#systemRead(prompt) : null;
    let before = this.#cache.openBehind(system);
    for (const segment of written.length === 0 ? prompts.slice(0, -1) : prompts) {
      // What is in the cache by now serves the next try.
      if (signal.aborted) throw stoppedEarly();
      this.#cache.exact = false;
      const steering = await evaluateSegment(hook, this.#sequence, segment, steer, { before });
      this.#cache.push({ ...segment, steering, before: segment.kind === 'prompt' ? before.gate : 0 });
      this.#cache.exact = true;
      before = this.#cache.openBehind(system);
    }
    // Stopped while the past was evaluated: nothing more is.
    if (signal.aborted) throw stoppedEarly();
    this.#cache.exact = false;
    const sampling = { ...drawing(drawn, recent), yieldEogToken: true };
    if (written.length === 0) {
      return { ...(await startReply(hook, this.#sequence, prompts.at(-1)!, { steer, sampling, unlessPushed, before })), before };
    }
    // Behind its prompt, whose steering it has.
    before = this.#cache.openBehind(system, this.#cache.segments.length - 1);
    const { steering = null } = this.#cache.segments.at(-1) ?? {};
    const tokens = await resumeReply(hook, this.#sequence, written, { sampling, gate: reasoningGate(steering) });
    return { tokens, steering, free: true, before };
  }

  /** What was read in whole segments stays in the cache; the rows of the batch that was ended are gone. */
  async #stopReading(error: unknown, signal: AbortSignal): Promise<never> {
    if (!signal.aborted) throw error;
    // What a batch that was ended left in a recurrent state cannot be taken out of it.
    if (this.#sequence.needsCheckpoints) await this.#reset();
    else await this.#cache.truncate(this.#cache.segments.length);
    this.#cache.exact = true;
    throw stoppedEarly();
  }

  async #decode(
    tokens: SampledTokens,
    stream: ReplyStream,
    { begun, left, recent, gate, watched }: { begun: BegunReply; left: number; recent: Token[]; gate: number; watched: boolean },
    { sampling: { maxTokens }, maxReasoningTokens = Infinity, signal, onText }: GenerateOptions,
  ): Promise<Decoded> {
    const hook = this.#host.runtime.of(this.#host.context);
    // Where protection pushes already there is nothing more that it could do.
    const watch = watched ? new WatchedReply(hook, this.#sequence, this.#host.context.contextSize) : null;
    return decodeReply(tokens, {
      model: this.#host.model,
      stream,
      // Of what is left the reply gets what it may take, but for a long one half: reasoning needs room as well.
      limits: { reply: maxTokens, reasoning: Math.min(maxReasoningTokens, left - Math.min(maxTokens, left >> 1)), room: left },
      closing: begun.closing,
      signal,
      onText,
      onToken: (token) => {
        recent.push(token);
        if (recent.length > PENALISED_TOKENS) recent.shift();
      },
      onReasoning: (reasons) => {
        hook.keepOpen(sequenceId(this.#sequence), reasons ? gate : 0);
        watch?.next(reasons);
      },
      isGivenUp: () => watch?.hasTurned(stream.text) === true,
    }).finally(() => watch?.end());
  }
}

/** How many of the reply's last tokens a repeated one is held against: llama.cpp's own measure. */
const PENALISED_TOKENS = 64;

/** What the library is asked for. @param recent the reply's last tokens, kept up to date */
function drawing({ temperature, topP, topK, minP, seed, repeatPenalty }: SettledSampling, recent: readonly Token[]) {
  const base = { temperature, topP, topK, minP, seed: seed === ANY_SEED ? 0 : seed };
  if (repeatPenalty === 1) return base;
  return { ...base, repeatPenalty: { punishTokens: () => [...recent], penalty: repeatPenalty } };
}

const stoppedEarly = () => new SteadyError('cancelled', 'The reply was stopped before it began.');

/** Fail closed: what was asked to be steered is never answered unsteered. */
export function unprotected(): SteadyError {
  return new SteadyError('protection-off', 'Protection is off: no profile is applied to this model.', {
    hint: 'Calibrate the model, or choose one with a profile.',
  });
}

/** A reading that says what had opened the gate before, where that is wider than what was read. */
export function openedReading(reading: HeatedReading | null, { gate, by }: OpenBefore): HeatedReading | null {
  return reading === null || by === null || gate <= reading.u ? reading : { ...reading, opened: by };
}

/** Scores for the app. A layer that only writes has no score of its own. */
export function layerScores(steering: PromptSteering | null): LayerScore[] {
  if (steering === null) return [];
  return steering.layers.flatMap((layer, index) => {
    const score = steering.scores[index]!;
    return Number.isNaN(score) ? [] : [{ layer, score, gate: steering.gates[index]! }];
  });
}
