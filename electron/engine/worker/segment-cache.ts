/**
 * What of a conversation lies in a llama.cpp sequence: whole segments, what was read of each, and what steering did to it. Anything
 * behind them is not canonical, and nothing is reused that was steered otherwise than it is to be now.
 */
import type { LlamaContextSequence } from 'node-llama-cpp';
import type { PromptSteering } from '../../../steering/runtime/prompt-phase.ts';
import { emptySequence, isBorder, truncateSequence } from './borders.ts';
import type { LoadedHost } from './model-host.ts';
import { openBefore, type OpenBefore } from './open-before.ts';
import { commonSegments, type TokenSegment } from './segments.ts';

/** A segment in the cache, what was read of it and what steering did to it. */
export interface CachedSegment extends TokenSegment {
  steering: PromptSteering | null;
  /** Of a prompt: how far the gate was open before it. */
  before: number;
}

export class SegmentCache {
  readonly #host: LoadedHost;
  readonly #sequence: LlamaContextSequence;
  #segments: CachedSegment[] = [];
  #steered = false;
  /** Whether the sequence is known to begin with these segments. While something is evaluated it is not, and stays so where that fails. */
  exact = true;

  constructor(host: LoadedHost, sequence: LlamaContextSequence) {
    this.#host = host;
    this.#sequence = sequence;
  }

  get segments(): readonly CachedSegment[] {
    return this.#segments;
  }

  /** Whether what it holds was evaluated with a plan. */
  get steered(): boolean {
    return this.#steered;
  }

  get tokens(): number {
    return tokensOf(this.#segments);
  }

  /** Takes in what was evaluated behind the others. */
  push(segment: CachedSegment): void {
    this.#segments.push(segment);
  }

  /**
   * Keeps the whole segments that it shares with these, and drops the rest.
   * @param system what was read of the system prompt; 'unread' where that is still to be done, in an empty sequence
   * @returns how many are kept
   */
  reuse(segments: readonly TokenSegment[], steer: boolean, system: PromptSteering | null | 'unread'): Promise<number> {
    const common = this.#steered === steer && system !== 'unread' ? commonSegments(this.#segments, segments) : 0;
    this.#steered = steer;
    return this.truncate(system === 'unread' ? 0 : this.#alikeSteered(segments.slice(0, common), system));
  }

  /**
   * How many of the leading segments were steered as they are to be: who wrote a reply may be known otherwise now than when it was cached, and
   * with it what it leaves open. Takes over who wrote them.
   */
  #alikeSteered(segments: readonly TokenSegment[], system: PromptSteering | null): number {
    for (const [index, { kind, foreign }] of segments.entries()) {
      const cached = this.#segments[index]!;
      if (kind === 'prompt' && openBefore(system, this.#segments.slice(0, index)).gate !== cached.before) return index;
      cached.foreign = foreign;
    }
    return segments.length;
  }

  /** How far the gate is open behind what it holds, or behind its first `count` segments. */
  openBehind(system: PromptSteering | null, count = this.#segments.length): OpenBefore {
    return openBefore(system, this.#segments.slice(0, count));
  }

  /** Keeps the first `keep` segments, or fewer where what follows them cannot be cut off; answers how many. */
  async truncate(keep: number): Promise<number> {
    let kept = keep;
    while (kept > 0 && !isBorder(this.#sequence, tokensOf(this.#segments.slice(0, kept)))) kept--;
    this.#segments.length = kept;
    try {
      await truncateSequence(this.#host.runtime.of(this.#host.context), this.#sequence, this.tokens);
    } catch {
      // A kept state could not be put back: all is evaluated anew.
      this.#segments = [];
      await emptySequence(this.#sequence);
    }
    return this.#segments.length;
  }

  async clear(): Promise<void> {
    this.#segments = [];
    await emptySequence(this.#sequence);
    this.exact = true;
  }
}

const tokensOf = (segments: readonly TokenSegment[]) => segments.reduce((sum, { tokens }) => sum + tokens.length, 0);
