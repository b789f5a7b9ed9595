/** A reply is read while it is written. */
import type { LlamaContextSequence } from 'node-llama-cpp';
import type { ContextSteering } from '../../../steering/runtime/hook.ts';
import { judgeReply } from '../../../steering/verdict/judge.ts';
import { sequenceId } from './borders.ts';

/** Each so manieth token of a reply is read: what evaluating a graph in pieces costs stays within noise. */
const READ_EVERY = 4;
/** A reply has turned where a probe is as far above its threshold as opens the gate fully. No second stage is asked: it judges whole requests. */
const TURNED_FROM = 1;

export class WatchedReply {
  readonly #steering: ContextSteering;
  readonly #id: number;
  readonly #most: number;
  #reading = false;
  #tokens = 0;

  /** @param most tokens that can come at all */
  constructor(steering: ContextSteering, sequence: LlamaContextSequence, most: number) {
    this.#steering = steering;
    this.#id = sequenceId(sequence);
    this.#most = most;
  }

  /** The next token that is evaluated is the reply's, or its reasoning's, which is not read. */
  next(reasons: boolean): void {
    if (reasons) this.end();
    else if (!this.#reading && this.#steering.readsEvery) {
      // It ends before its last token, so that nothing comes of it but what is read on the way. Nothing is ever added to a reply.
      this.#steering.beginPrompt(this.#id, this.#most, { steer: true, readFrom: 0, stride: READ_EVERY });
      this.#reading = true;
    }
  }

  /** Asked after each token: whether the reply has turned into what the gate opens for, without refusing. */
  hasTurned(text: string): boolean {
    if (!this.#reading || this.#tokens++ % READ_EVERY !== 0) return false;
    return this.#steering.widestSoFar(this.#id) >= TURNED_FROM && judgeReply(text).verdict !== 'refused';
  }

  end(): void {
    if (this.#reading) this.#steering.endPrompt(this.#id);
    this.#reading = false;
  }
}
