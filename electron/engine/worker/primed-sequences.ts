/**
 * Sequences that hold the beginning which all prompts share: what the chat template puts before a person's first word. Of a short
 * question that is half of its tokens, and it is evaluated once instead of with every prompt.
 */
import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import { openSequence, truncateSequence } from './borders.ts';
import type { TokenSegment } from './segments.ts';

export class PrimedSequences {
  readonly #sequences: LlamaContextSequence[];
  readonly prefix: readonly Token[];

  private constructor(sequences: LlamaContextSequence[], prefix: readonly Token[]) {
    this.#sequences = sequences;
    this.prefix = prefix;
  }

  /**
   * Takes all sequences of a context. They are filled together, always all of them: rounding depends on what shares a batch, and a row
   * must not depend on how many prompts were asked for first.
   */
  static async of(context: LlamaContext, prefix: readonly Token[]): Promise<PrimedSequences> {
    const sequences = Array.from({ length: context.totalSequences }, () => openSequence(context));
    await Promise.all(sequences.map((sequence) => sequence.evaluateWithoutGeneratingNewTokens([...prefix])));
    return new PrimedSequences(sequences, prefix);
  }

  /** The first `count` sequences, with nothing but the prefix in them. */
  async lend(steering: ContextSteering, count: number): Promise<LlamaContextSequence[]> {
    const lent = this.#sequences.slice(0, count);
    for (const sequence of lent) await truncateSequence(steering, sequence, this.prefix.length);
    return lent;
  }

  async dispose(): Promise<void> {
    for (const sequence of this.#sequences) await sequence.dispose();
  }
}

/** The template's tokens with which every one of these prompts begins, before what a person wrote; empty where an earlier turn or nothing is shared. */
export function sharedPrefix(prompts: readonly { segments: readonly TokenSegment[] }[]): readonly Token[] {
  const [first, ...others] = prompts.map(({ segments }) => (segments.length === 1 ? segments[0] : undefined));
  if (first === undefined) return [];
  const { tokens, readFrom = 0 } = first;
  const whole = others.every(
    (other) => other?.readFrom === readFrom && tokens.slice(0, readFrom).every((token, at) => token === other.tokens[at]),
  );
  return whole ? tokens.slice(0, readFrom) : [];
}
