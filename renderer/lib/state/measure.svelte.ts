import type { Measure } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';

/** Shorter messages are not counted: they fit any model. UTF-16 units. */
const COUNTED_FROM = 1_000;
const DELAY_MS = 400;

export interface Measured extends Measure {
  /** What was counted. */
  readonly of: readonly string[];
}

/** Counts the message that is being written, shortly after the last change of it. */
export class MessageMeasure {
  /** Of the last message that was counted; null for one that is short. */
  current = $state.raw<Measured | null>(null);
  readonly #bridge: Bridge;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #run = 0;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** Counts texts that will be one message, in front of a reply of at most `maxTokens`. Not knowing is no failure. */
  soon(texts: readonly string[], systemPrompt: string, maxTokens: number): void {
    clearTimeout(this.#timer);
    const run = ++this.#run;
    if (texts.reduce((sum, text) => sum + text.length, 0) < COUNTED_FROM) {
      this.current = null;
      return;
    }
    this.#timer = setTimeout(() => {
      void this.#bridge
        .call('chat.measure', { texts: [...texts], systemPrompt, maxTokens })
        .then((measure) => {
          if (run === this.#run) this.current = { ...measure, of: texts };
        })
        .catch(() => {
          if (run === this.#run) this.current = null;
        });
    }, DELAY_MS);
  }

  /** Tokens of one of the texts; null where it was not counted. */
  tokensOf(text: string): number | null {
    const index = this.current?.of.indexOf(text) ?? -1;
    return this.current?.texts[index] ?? null;
  }
}
