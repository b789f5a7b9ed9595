/**
 * All that a calibration asks of a language model: rows of prompts, replies to them, and a profile to steer by. Whoever has a model implements it
 * (`electron/calibration/engine-port.ts` on the app's engine, tests on made-up numbers); the method knows no other way to one.
 */
import { createHash } from 'node:crypto';
import type { SteeringProfile } from '../profile/index.ts';
import type { Prompt, Turn } from '../prompts/index.ts';

/** What a profile says about the model it was made for, and which layers can be steered. */
export interface CalibratedModel {
  name: string;
  /** SHA-256 (hex) of the model's file. */
  sha256: string;
  architecture: string;
  /** d */
  embeddingLength: number;
  layerCount: number;
  chatTemplateSha256: string;
  steerableLayers: readonly number[];
}

/** A prompt as a model gets it. */
export interface ChatPrompt {
  systemPrompt: string;
  turns: Turn[];
}

export interface CaptureRequest {
  /** Where the row of the last token is taken: the residual stream that enters block l. */
  layers: readonly number[];
  /** Those of `layers` at which rows of several tokens are taken as well. */
  tokenLayers: readonly number[];
  /** The most tokens a prompt; longer ones are thinned out, but for their end. */
  tokensEach: number;
}

/** Rows of several prompts, in the order asked. */
export interface CapturedRows {
  /** [prompts × layers × d] flat */
  rows: Float32Array;
  /** Of each prompt [token layers × its tokens × d], one prompt behind another. */
  tokenRows: Float32Array;
  /** Tokens of each prompt. */
  tokenCounts: readonly number[];
}

export interface Reply {
  text: string;
  /** Whether anything was added to the prompt. */
  steered: boolean;
}

export interface ModelPort {
  readonly model: CalibratedModel;
  /**
   * Evaluates prompts without steering.
   * @throws `cancelled`; an error with code `context-overflow` where a prompt is too long, and then nothing of the others
   */
  capture(prompts: readonly ChatPrompt[], what: CaptureRequest, signal: AbortSignal): Promise<CapturedRows>;
  /**
   * Greedy replies, in the order asked; with `steer` under the profile that was applied last.
   * @throws `cancelled`; an error of its own where that profile does not hold any more
   */
  generate(prompts: readonly ChatPrompt[], how: { maxTokens: number; steer: boolean }, signal: AbortSignal): Promise<Reply[]>;
  /** Steers by this profile from now on. @throws the profile's errors */
  applyProfile(profile: SteeringProfile): Promise<void>;
}

export function chatPromptOf(prompt: Prompt): ChatPrompt {
  return { systemPrompt: prompt.system ?? '', turns: prompt.turns ?? [{ role: 'user', text: prompt.text }] };
}

const keys = new WeakMap<Prompt, string>();

/** SHA-256 (hex) of a prompt as the model gets it: what is kept on disk of a prompt is kept under this name. */
export function promptKey(prompt: Prompt): string {
  let key = keys.get(prompt);
  if (key === undefined) {
    const { systemPrompt, turns } = chatPromptOf(prompt);
    key = createHash('sha256')
      .update(JSON.stringify([systemPrompt, turns.map(({ role, text }) => [role, text])]))
      .digest('hex');
    keys.set(prompt, key);
  }
  return key;
}
