/** What a gate read of a prompt token by token, kept so that a person can see why it opened or stayed shut. */
import { cascade, stages, type Stages } from './gate.ts';
import type { SteeringPlan } from './plan.ts';

/** What the probes saw while a prompt was read; filled in as batches end. */
export interface TokenPeaks {
  /** The widest u of any probe at each token that is read; −∞ where nothing was. */
  tokens: Float32Array;
  /** The highest u of each probe so far, −∞ before the first, and the token it stands at, counted from the first that is read. */
  peaks: Float64Array;
  at: Int32Array;
}

export interface TokenReading extends Stages {
  /** The first token that was read, counted from the prompt's first. */
  from: number;
  /** The widest u of any probe at each token from there on. */
  tokens: Float32Array;
  /** u of the whole prompt: 0 at the threshold, 1 where the gate is fully open. */
  u: number;
  /** Read without the characters that hid its letters: the tokens are not those of the text. */
  plain?: true;
  /** The probes that read, and whether each opens nothing that the second stage does not confirm. */
  probes: { probe: number; u: number; at: number; confirmed: boolean }[];
}

/** @param tokens to be read */
export function newPeaks(tokens: number, probes: number): TokenPeaks {
  return {
    tokens: new Float32Array(tokens).fill(-Infinity),
    peaks: new Float64Array(probes).fill(-Infinity),
    at: new Int32Array(probes),
  };
}

/**
 * Takes in what was read at one token.
 * @param token counted from the first that is read
 * @param readings the u of each probe there, as `NativeHook.readings` has it
 */
export function notePeaks(of: TokenPeaks, token: number, readings: ArrayLike<number>): void {
  for (let probe = 0; probe < of.peaks.length; probe++) {
    const u = readings[probe]!;
    if (u > of.tokens[token]!) of.tokens[token] = u;
    if (u <= of.peaks[probe]!) continue;
    of.peaks[probe] = u;
    of.at[probe] = token;
  }
}

/** @returns null where the plan reads no tokens, or none were read */
export function tokenReading(plan: SteeringPlan, of: TokenPeaks, z: number, from: number): TokenReading | null {
  if (plan.reading !== 'every') return null;
  const held = new Set(plan.confirmation?.probes.map(({ probe }) => probe));
  const probes = [...of.peaks].flatMap((u, probe) =>
    u === -Infinity ? [] : [{ probe, u, at: of.at[probe]!, confirmed: held.has(probe) }],
  );
  if (probes.length === 0) return null;
  const said = [plan.confirmation, of.peaks, z, of.tokens.length] as const;
  return { ...stages(...said), from, tokens: of.tokens, u: cascade(...said), probes };
}
