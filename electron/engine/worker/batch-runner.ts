/**
 * Many prompts at once, for calibration and evaluation: several sequences share each batch, which keeps the machine's
 * cores busy where one prompt a batch would leave them waiting for memory.
 */
import type { LlamaContext, LlamaContextSequence } from 'node-llama-cpp';
import { SteadyError } from '../../contract/errors.ts';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import { joined, type PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import type { SteeringPlan } from '../../../steering/runtime/plan.ts';
import type { BatchReply, EnginePrompt } from '../protocol.ts';
import { openSequence, sequenceId } from './borders.ts';
import { capturedTokens } from './captured-tokens.ts';
import { layerScores, unprotected } from './chat-session.ts';
import { decodeReply } from './decode.ts';
import { firstTokenLogits, klDivergence } from './first-token.ts';
import { shareOut } from './lock-step.ts';
import { BATCH_SIZE, createContext, keepsState, type LoadedHost } from './model-host.ts';
import { beginReply } from './reasoning/begin-reply.ts';
import { reasoningGate } from './open-before.ts';
import { systemMessage, tokenizeSegments, type TokenSegment } from './segments.ts';
import { evaluatePast, startReply, type Turn } from './sequence.ts';

/** Sequences that are decoded together. More share the weights' way through memory better, but cost cache. */
const SEQUENCES = 16;
/** Cache cells are rounded up so that one context serves prompts of similar length. */
const CELL_STEP = 256;
/** The most cells of all sequences together: 5 GB with a model of four billion parameters. Long prompts share a batch with fewer others. */
const MOST_CELLS = 32_768;
/** After so long without work the context is let go: the chat's memory is beside it. */
const IDLE_MS = 60_000;
/** What is measured is the reply: a model that thinks first may think for so many tokens, and is then brought to its reply. */
export const MAX_REASONING_TOKENS = 256;
/** What stands around it. */
const MARKER_TOKENS = 32;

export interface Captured {
  /** Last tokens: [prompts × layers × d] flat. */
  rows: Float32Array;
  /** Several tokens, the prompts' one after another: [layers × tokens × d] flat of each. */
  tokenRows: Float32Array;
  /** How many such tokens each prompt has. */
  tokenCounts: number[];
  /** How many tokens each prompt has. */
  tokens: number[];
}

interface TokenizedPrompt {
  prompt: EnginePrompt;
  segments: TokenSegment[];
  /** The system prompt as a message of its own; null without one. */
  system: TokenSegment | null;
  length: number;
}

/** What works on one prompt is given. */
export interface Alone {
  steering: ContextSteering;
  sequence: LlamaContextSequence;
  segments: readonly TokenSegment[];
  /** The system prompt as a message of its own; null without one. */
  system: TokenSegment | null;
  /** Tokens of all segments. */
  length: number;
}

/** A context of its own beside the chat's, made when needed. */
export class BatchRunner {
  readonly #host: LoadedHost;
  #context: LlamaContext | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #plan: SteeringPlan | null = null;
  #idle: NodeJS.Timeout | undefined;

  constructor(host: LoadedHost) {
    this.#host = host;
  }

  setPlan(plan: SteeringPlan | null): void {
    this.#plan = plan;
  }

  /**
   * The residual stream that enters each of `layers`, without steering, at each prompt's last token; and what enters
   * some of them at up to `tokens.each` tokens of its last turn (see captured-tokens.ts).
   */
  capture(
    prompts: readonly EnginePrompt[],
    layers: readonly number[],
    tokens: { layers: readonly number[]; each: number },
  ): Promise<Captured> {
    return this.#exclusive(async () => {
      const tokenized = prompts.map((prompt) => this.#tokenize(prompt));
      const wanted = tokenized.map(({ segments, length }) =>
        tokens.layers.length === 0 ? [length - 1] : capturedTokens(segments, tokens.each),
      );
      const d = this.#host.info.embeddingLength;
      const slots = tokens.layers.map((layer) => layers.indexOf(layer));
      const width = layers.length * d;
      const last = new Float32Array(prompts.length * width);
      const parts = new Array<Float32Array>(prompts.length);
      const context = await this.#contextFor(Math.max(...tokenized.map((prompt) => prompt.length)));
      const steering = this.#host.runtime.of(context);
      steering.setPlan(null);
      steering.setCapture(layers);
      for (const group of groups(tokenized, Math.min(context.batchSize, BATCH_SIZE), context.totalSequences)) {
        await withSequences(context, group.length, async (sequences) => {
          await Promise.all(
            group.map(async (index, at) => {
              const rows = (await this.#read(steering, sequences[at]!, tokenized[index]!, wanted[index]!)).rows!;
              last.set(rows.subarray(rows.length - width), index * width);
              parts[index] = byLayer(rows, slots, layers.length, d);
            }),
          );
        });
      }
      return {
        rows: last,
        tokenRows: joined(parts),
        tokenCounts: wanted.map(({ length }) => (slots.length === 0 ? 0 : length)),
        tokens: tokenized.map(({ length }) => length),
      };
    });
  }

  /** Greedy replies, steered or not. `onReply` is called as each one ends; `signal` ends the rest early. */
  generate(
    prompts: readonly EnginePrompt[],
    options: { maxTokens: number; steer: boolean; signal: AbortSignal; onReply(reply: BatchReply): void },
  ): Promise<BatchReply[]> {
    return this.#exclusive(async () => {
      const tokenized = prompts.map((prompt) => this.#tokenize(prompt));
      const longest = this.#withReasoning(options.maxTokens);
      const context = await this.#contextFor(Math.max(...tokenized.map((prompt) => prompt.length)) + longest);
      const steering = this.#host.runtime.of(context);
      // Asked here, not before the wait: the plan may have gone meanwhile.
      if (options.steer && this.#plan === null) throw unprotected();
      steering.setPlan(this.#plan);
      const replies: BatchReply[] = [];
      await withSequences(context, Math.min(context.totalSequences, prompts.length), (sequences) =>
        shareOut(sequences.length, prompts.length, async (index, member, turn) => {
          if (options.signal.aborted) return;
          const reply = await this.#reply(steering, sequences[member]!, index, tokenized[index]!, { ...options, turn });
          replies.push(reply);
          options.onReply(reply);
        }),
      );
      return replies.sort((a, b) => a.index - b.index);
    });
  }

  /** KL(unsteered‖steered) of the distribution of each reply's first token, in nats. */
  firstTokenKl(prompts: readonly EnginePrompt[]): Promise<number[]> {
    return this.#exclusive(async () => {
      const tokenized = prompts.map((prompt) => this.#tokenize(prompt));
      const context = await this.#contextFor(Math.max(...tokenized.map((prompt) => prompt.length)));
      const steering = this.#host.runtime.of(context);
      if (this.#plan === null) throw unprotected();
      steering.setPlan(this.#plan);
      const kl = new Array<number>(prompts.length).fill(0);
      for (const group of groups(tokenized, Math.min(context.batchSize, BATCH_SIZE), context.totalSequences)) {
        await withSequences(context, group.length, async (sequences) => {
          // All of them without and then all of them with: what is not steered is computed in the same company both times.
          const logits = async (steer: boolean) => {
            const rows = new Array<Float32Array>(group.length);
            await shareOut(group.length, group.length, async (item, member, turn) => {
              const { segments, system } = tokenized[group[item]!]!;
              rows[item] = await firstTokenLogits(steering, sequences[member]!, segments, { system, steer, turn });
            });
            return rows;
          };
          const [unsteered, steered] = [await logits(false), await logits(true)];
          group.forEach((index, at) => (kl[index] = klDivergence(unsteered[at]!, steered[at]!)));
        });
      }
      return kl;
    });
  }

  /**
   * One prompt by itself, with a sequence that is emptied before and after.
   * @throws `context-overflow`; `cancelled` where it is stopped before its turn
   */
  alone<T>(prompt: EnginePrompt, maxTokens: number, signal: AbortSignal, use: (alone: Alone) => Promise<T>): Promise<T> {
    return this.#exclusive(async () => {
      if (signal.aborted) throw new SteadyError('cancelled', 'It was stopped before it began.');
      const { segments, system, length } = this.#tokenize(prompt);
      const context = await this.#contextFor(length + this.#withReasoning(maxTokens));
      const steering = this.#host.runtime.of(context);
      return withSequences(context, 1, ([sequence]) => use({ steering, sequence: sequence!, segments, system, length }));
    });
  }

  /** The most tokens that come of a reply of so many. */
  #withReasoning(maxTokens: number): number {
    const thinks = maxTokens > 1 && this.#host.template.reasoning.format !== null;
    return maxTokens + (thinks ? MAX_REASONING_TOKENS + MARKER_TOKENS : 0);
  }

  dispose(): Promise<void> {
    return this.#exclusive(() => this.#letGo());
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    clearTimeout(this.#idle);
    const result = this.#queue.then(task);
    const settled = result.then(
      () => undefined,
      () => undefined,
    );
    this.#queue = settled;
    void settled.then(() => {
      // From the end of the last one on: a job may take longer than that.
      if (this.#queue !== settled || this.#context === null) return;
      this.#idle = setTimeout(() => void this.dispose(), IDLE_MS).unref();
    });
    return result;
  }

  async #letGo(): Promise<void> {
    await this.#context?.dispose();
    this.#context = null;
  }

  #tokenize(prompt: EnginePrompt): TokenizedPrompt {
    const segments = tokenizeSegments(this.#host.model, this.#host.template.segment(prompt));
    const length = segments.reduce((sum, segment) => sum + segment.tokens.length, 0);
    if (length > this.#host.info.contextSize - 1) {
      throw new SteadyError('context-overflow', `A prompt has ${length} tokens, and ${this.#host.info.contextSize - 1} fit.`, {
        hint: 'Leave it out, or shorten it.',
      });
    }
    return { prompt, segments, system: systemMessage(this.#host.model, this.#host.template, prompt), length };
  }

  /** Evaluates a whole prompt, capturing rows of the tokens at `wanted`. */
  async #read(
    steering: ContextSteering,
    sequence: LlamaContextSequence,
    prompt: TokenizedPrompt,
    wanted: readonly number[],
  ): Promise<PromptSteering> {
    await sequence.clearHistory();
    const id = sequenceId(sequence);
    // Captured in one piece: earlier turns are unsteered anyway, and one evaluation serves several prompts a batch.
    const tokens = prompt.segments.flatMap((segment) => segment.tokens);
    steering.beginPrompt(id, tokens.length, { steer: false, capture: wanted });
    let result: PromptSteering | null = null;
    try {
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
    } finally {
      result = steering.endPrompt(id);
    }
    if (result === null) throw new SteadyError('internal', 'A prompt was evaluated without its last row being read.');
    return result;
  }

  async #reply(
    steering: ContextSteering,
    sequence: LlamaContextSequence,
    index: number,
    prompt: TokenizedPrompt,
    options: { maxTokens: number; steer: boolean; signal: AbortSignal; turn: Turn },
  ): Promise<BatchReply> {
    await sequence.clearHistory();
    const { steer, turn } = options;
    const before = await evaluatePast(steering, sequence, prompt.segments.slice(0, -1), { system: prompt.system, steer, turn });
    const last = prompt.segments.at(-1)!;
    const begun = beginReply(this.#host, prompt.prompt);
    const stream = begun.stream();
    const sampling = { temperature: 0, yieldEogToken: true };
    const { tokens, steering: result } = await startReply(steering, sequence, last, { steer, sampling, before, turn });
    // As in a chat: past the context's end the library would drop the beginning and go on unsteered.
    // Whoever asks for a single token looks at the gate alone, and waits for no reasoning.
    const room = options.maxTokens === 1 ? 1 : this.#host.info.contextSize - prompt.length - 1;
    const { count, finishReason } = await decodeReply(tokens, {
      model: this.#host.model,
      stream,
      limits: { reply: options.maxTokens, reasoning: Math.min(MAX_REASONING_TOKENS, room >> 1), room },
      closing: begun.closing,
      signal: options.signal,
      onReasoning: (reasons) => steering.keepOpen(sequenceId(sequence), reasons ? reasoningGate(result) : 0),
      turn,
    });
    return {
      index,
      text: stream.text,
      finishReason,
      promptTokens: prompt.length,
      generatedTokens: count,
      steered: result?.steered ?? false,
      scores: layerScores(result),
    };
  }

  async #contextFor(longest: number): Promise<LlamaContext> {
    const cells = Math.min(Math.ceil((longest + 1) / CELL_STEP) * CELL_STEP, this.#host.info.contextSize);
    // Which prompts share a batch must not depend on what was asked before, so the number of sequences has to be the same.
    // Beside a recurrent state the rows of several sequences are regrouped, and nobody could tell whose is which.
    const most = keepsState(this.#host.model) ? 1 : SEQUENCES;
    const sequences = Math.max(1, Math.min(most, Math.floor(MOST_CELLS / cells)));
    if (this.#context !== null && this.#context.contextSize >= cells && this.#context.totalSequences === sequences) return this.#context;
    await this.#letGo();
    this.#context = await createContext(this.#host.model, {
      contextSize: cells,
      batchSize: Math.min(BATCH_SIZE, cells * sequences),
      sequences,
      threads: this.#host.threads,
    });
    return this.#context;
  }
}

/** Of rows [tokens × layers × d] the layers at `slots`, as [slots × tokens × d]. */
function byLayer(rows: Float32Array, slots: readonly number[], layers: number, d: number): Float32Array {
  const tokens = rows.length / (layers * d);
  const result = new Float32Array(slots.length * tokens * d);
  slots.forEach((slot, at) => {
    for (let token = 0; token < tokens; token++) {
      const from = (token * layers + slot) * d;
      result.set(rows.subarray(from, from + d), (at * tokens + token) * d);
    }
  });
  return result;
}

/** Groups of prompts, in order, that fit one batch together. A prompt longer than a batch goes alone. */
function groups(prompts: readonly TokenizedPrompt[], batchSize: number, most: number): number[][] {
  const result: number[][] = [];
  let current: number[] = [];
  let used = 0;
  prompts.forEach((prompt, index) => {
    if (current.length > 0 && (current.length === most || used + prompt.length > batchSize)) {
      result.push(current);
      current = [];
      used = 0;
    }
    current.push(index);
    used += prompt.length;
  });
  if (current.length > 0) result.push(current);
  return result;
}

async function withSequences<T>(context: LlamaContext, count: number, use: (sequences: LlamaContextSequence[]) => Promise<T>): Promise<T> {
  const sequences = Array.from({ length: count }, () => openSequence(context));
  try {
    return await use(sequences);
  } finally {
    for (const sequence of sequences) await sequence.dispose();
  }
}
