/** A prompt while it is evaluated: what is asked of it, what was seen so far, and what comes of that at its end. */
import { cascade, gate } from './gate.ts';
import { MOST_PROBES, type SteeringPlan } from './plan.ts';
import { newPeaks, tokenReading, type TokenPeaks, type TokenReading } from './token-reading.ts';

/** What steering did to one prompt. Arrays are parallel, ascending by layer. */
export interface PromptSteering {
  layers: number[];
  /** c_l = h_l·w_l at the token that was read (of several: the one that opens the gate widest); NaN where a layer only writes. */
  scores: number[];
  /** g that the layer wrote with; 0 means it added exactly nothing. */
  gates: number[];
  /** Whether any vector that was not zero was added. */
  steered: boolean;
  /** The gate to evaluate the prompt with once more (see `passes` in plan.ts); 0 when once was enough. */
  secondPassGate: number;
  /** The token that was read, counted from the prompt's first; of several the one that opens the gate widest. */
  readAt: number;
  /** What a first pass read at every token; null where the plan reads one token. */
  reading: TokenReading | null;
  /** Captured rows, [captured tokens × capture layers × d] flat, tokens ascending; null when not captured. */
  rows: Float32Array | null;
}

export interface PromptPhaseOptions {
  steer: boolean;
  /** Tokens whose rows are captured, ascending, counted from the prompt's first; true: the last one. */
  capture?: boolean | readonly number[] | undefined;
  /** Makes it a second pass: nothing is read, and every layer writes with that gate. */
  gate?: number | undefined;
  /** The first token that is read where a plan reads every token; those before it belong to the template. Absent: 0. */
  readFrom?: number | undefined;
  /** Of a plan that reads every token only each n-th is read, from `readFrom` on. Absent: 1. */
  stride?: number | undefined;
}

export interface PromptPhase {
  readonly tokens: number;
  /** Tokens that were added to batches so far. */
  done: number;
  readonly steer: boolean;
  readonly capture: readonly number[];
  readonly readFrom: number;
  readonly stride: number;
  /** NaN in a first pass. */
  readonly gate: number;
  result: PromptSteering | null;
  /** What the probes saw so far, and z of the second stage; see `NativeHook.readings`. */
  seen: TokenPeaks;
  confirmation: number;
  captured: Float32Array[];
}

/** @param tokens of the prompt, at least one */
export function newPhase(tokens: number, options: PromptPhaseOptions): PromptPhase {
  const { capture = false } = options;
  const readFrom = Math.min(options.readFrom ?? 0, tokens - 1);
  return {
    tokens,
    done: 0,
    steer: options.steer,
    capture: capture === true ? [tokens - 1] : capture === false ? [] : capture,
    readFrom,
    stride: options.stride ?? 1,
    gate: options.gate ?? NaN,
    result: null,
    seen: newPeaks(tokens - readFrom, MOST_PROBES),
    confirmation: NaN,
    captured: [],
  };
}

/** What was captured and what steering did, once all of a prompt has been evaluated; null before. */
export function resultOf(phase: PromptPhase, plan: SteeringPlan | null): PromptSteering | null {
  if (phase.done < phase.tokens || phase.captured.length < phase.capture.length) return null;
  // What was to be steered and was not even read is no result.
  if (phase.steer && phase.result === null) return null;
  const nothing = { layers: [], scores: [], gates: [], steered: false, secondPassGate: 0, readAt: phase.tokens - 1, reading: null };
  const rows = phase.captured.length === 0 ? null : joined(phase.captured);
  const firstPass = plan?.passes === 2 && Number.isNaN(phase.gate);
  if (phase.result === null || !firstPass) return { ...(phase.result ?? nothing), rows };
  // While a first pass goes on no layer knows the gate; it is what all of them together say at the end.
  const secondPassGate = gateOf(phase, plan);
  const reading = tokenReading(plan, phase.seen, phase.confirmation, phase.readFrom);
  return { ...phase.result, gates: phase.result.gates.map(() => secondPassGate), secondPassGate, reading, rows };
}

/** The gate that a prompt's second pass is to write with: 0 where nothing is to be added. */
function gateOf({ seen: { peaks }, confirmation, tokens, readFrom }: PromptPhase, plan: SteeringPlan): number {
  const u = cascade(plan.confirmation, peaks, confirmation, tokens - readFrom);
  // −∞: nothing was read.
  return u === -Infinity ? 0 : Math.fround(gate(u, plan));
}

/** Arrays one behind another. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
