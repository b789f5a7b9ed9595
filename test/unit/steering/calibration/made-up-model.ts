/** A model made of numbers, behind the port of calibration: what it makes of a prompt is known, so what a calibration must find is too. */
import type { CalibratedModel, CapturedRows, CaptureRequest, ChatPrompt, ModelPort, Reply } from '../../../../steering/calibration/port.ts';
import type { SteeringProfile } from '../../../../steering/profile/index.ts';
import { normal } from '../random.ts';

export const WIDTH = 24;
/** Directions: where harm stands, and where the model stands that is about to refuse. */
export const HARM = 20;
export const REFUSING = 21;
export const TOKENS = 10;
const REFUSAL = 'I cannot help with that.';
const ANSWER = 'Sure, here is a poem about the sea.';

export class MadeUpModel implements ModelPort {
  readonly model: CalibratedModel = {
    name: 'Made up',
    sha256: 'd'.repeat(64),
    architecture: 'llama',
    embeddingLength: WIDTH,
    layerCount: 24,
    chatTemplateSha256: 'e'.repeat(64),
    steerableLayers: Array.from({ length: 23 }, (_, index) => index + 1),
  };
  /** Prompts that were captured and answered so far. */
  captured = 0;
  answered = 0;
  /** Before so many captures it works; after them it is gone. */
  endsAfter = Infinity;
  /** The token where harm stands. */
  harmAt = 4;
  readonly #isHarmful: (prompt: ChatPrompt) => boolean;
  #strength = 0;

  constructor(isHarmful: (prompt: ChatPrompt) => boolean) {
    this.#isHarmful = isHarmful;
  }

  capture(prompts: readonly ChatPrompt[], { layers, tokenLayers }: CaptureRequest): Promise<CapturedRows> {
    if (this.captured >= this.endsAfter) return Promise.reject(new Error('The model is gone.'));
    this.captured += prompts.length;
    const row = (prompt: ChatPrompt, layer: number, token: number) => {
      const next = normal(seedOf(prompt) + layer * 100 + token);
      const values = Float32Array.from({ length: WIDTH }, (_, i) => next() * (i < 16 ? 2 : 0.2));
      if (token === this.harmAt && this.#isHarmful(prompt)) values[HARM]! += 5;
      // Harmless prompts stand there as often, so that this is no sign of harm.
      if (token === TOKENS - 1 && seedOf(prompt) % 2 === 0) values[REFUSING]! += 3;
      return [...values];
    };
    const tokens = Array.from({ length: TOKENS }, (_, token) => token);
    return Promise.resolve({
      rows: Float32Array.from(prompts.flatMap((prompt) => layers.flatMap((layer) => row(prompt, layer, TOKENS - 1)))),
      tokenRows: Float32Array.from(
        prompts.flatMap((prompt) => tokenLayers.flatMap((layer) => tokens.flatMap((token) => row(prompt, layer, token)))),
      ),
      tokenCounts: prompts.map(() => TOKENS),
    });
  }

  /** Steered by once the refusal direction or more, it refuses everything harmful. */
  generate(prompts: readonly ChatPrompt[], { steer }: { steer: boolean }): Promise<Reply[]> {
    this.answered += prompts.length;
    return Promise.resolve(
      prompts.map((prompt) => {
        const steered = steer && this.#isHarmful(prompt);
        return { text: this.#refuses(prompt) || (steered && this.#strength >= 1) ? REFUSAL : ANSWER, steered };
      }),
    );
  }

  applyProfile({ method: { strength } }: SteeringProfile): Promise<void> {
    this.#strength = strength;
    return Promise.resolve();
  }

  /** Half of the harmful prompts, by itself. */
  #refuses(prompt: ChatPrompt): boolean {
    return this.#isHarmful(prompt) && seedOf(prompt) % 2 === 0;
  }
}

function seedOf({ systemPrompt, turns }: ChatPrompt): number {
  let seed = 7;
  for (const character of `${systemPrompt}|${turns.map(({ text }) => text).join('|')}`) {
    seed = (Math.imul(seed, 31) + character.codePointAt(0)!) >>> 0;
  }
  return seed % 1_000_000;
}
