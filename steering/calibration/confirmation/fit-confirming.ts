/**
 * The vectors of a cascade's second stage, one pair a layer: a graded read (`solver/graded.ts`) of [mean | last row], each value in
 * standard deviations of benign requests, since a few directions of the residual stream are a hundred times longer than the rest
 * and say nothing about what is asked.
 */
import { setImmediate } from 'node:timers/promises';
import { gradedRead, GramAccumulator, HarmfulSums, type JobOptions } from '../../solver/index.ts';
import type { Prompt } from '../../prompts/index.ts';
import type { ConfirmingRead } from '../../runtime/plan.ts';
import { cancelled } from '../control.ts';
import type { RowCache } from '../rows/row-cache.ts';
import { requestPortions } from './request-rows.ts';

/** β and λ of the graded read. A far stronger ridge than a probe has: what holds for the prompts at hand alone is of no use with others. */
export const BENIGN_COST = 5;
export const RIDGE = 3;

export interface WeightedPrompt {
  prompt: Prompt;
  /** What it counts, > 0. */
  weight: number;
}

export interface ConfirmingInput {
  /** Holds the rows of all prompts. */
  cache: RowCache;
  benign: readonly WeightedPrompt[];
  harmful: readonly WeightedPrompt[];
  signal?: AbortSignal | undefined;
}

/** @throws SteeringError `cancelled`, `bad-input` for no prompts of one kind */
export async function fitConfirming({ cache, benign, harmful, signal }: ConfirmingInput, layer: number): Promise<ConfirmingRead> {
  const d = cache.width;
  const job: JobOptions = { signal };
  const scale = await standardiser(cache, benign, layer, signal);
  const low = new GramAccumulator(2 * d);
  for (const { portion, rows } of requestPortions(cache, benign, layer))
    await low.add(scale.apply(rows), { ...job, weights: weights(portion) });
  const high = new HarmfulSums(2 * d);
  for (const { portion, rows } of requestPortions(cache, harmful, layer)) await high.add(scale.apply(rows), weights(portion), job);
  const fitted = await gradedRead(high, low, { ...job, beta: BENIGN_COST, lambda: RIDGE });
  // In the units of rows; what the means of benign requests add to every score is in the threshold.
  const raw = fitted.map((value, i) => value / scale.deviations[i]!);
  return { v: raw.slice(0, d), w: raw.slice(d) };
}

const weights = (portion: readonly WeightedPrompt[]) => Float64Array.from(portion, ({ weight }) => weight);

/** Mean and standard deviation of each value over benign requests. @throws SteeringError `cancelled` */
async function standardiser(cache: RowCache, benign: readonly WeightedPrompt[], layer: number, signal: AbortSignal | undefined) {
  const width = 2 * cache.width;
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)];
  let total = 0;
  for (const { portion, rows } of requestPortions(cache, benign, layer)) {
    // Thousands of prompts are read from the disk and summed here, on a thread that others wait for.
    await setImmediate();
    if (signal?.aborted === true) throw cancelled();
    portion.forEach(({ weight }, row) => {
      total += weight;
      for (let i = 0; i < width; i++) {
        const x = rows[row * width + i]!;
        sums[i]! += weight * x;
        squares[i]! += weight * x * x;
      }
    });
  }
  const means = sums.map((sum) => sum / total);
  const deviations = squares.map((square, i) => Math.max(Math.sqrt(Math.max(square / total - means[i]! ** 2, 0)), LEAST_DEVIATION));
  return {
    deviations,
    /** In place. */
    apply: (rows: Float32Array): Float32Array => {
      for (let at = 0; at < rows.length; at++) rows[at] = (rows[at]! - means[at % width]!) / deviations[at % width]!;
      return rows;
    },
  };
}

/** Of a value that never changes; rows have lengths of one to some thousands. */
export const LEAST_DEVIATION = 1e-6;
