/** Sampling as requests name it, on top of the defaults of the settings. */
import { z } from 'zod';
import { sampling as schema, type Sampling } from '../../contract/index.ts';

/** Fields that several formats share. `top_k` and `min_p` are what local servers add to the original. */
export const samplingFields = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.number().int().min(0).max(1000).nullish(),
  min_p: z.number().min(0).max(1).nullish(),
};
const longest = schema.shape.maxTokens.maxValue ?? Number.MAX_SAFE_INTEGER;

/** The longest reply, in tokens. More than a model can write means as much as it can. */
export const maxTokensField = z
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .transform((value) => Math.min(value, longest));

/** Any whole number; llama.cpp knows 32 bits of it, and its highest means none. */
export const seedField = z
  .number()
  .int()
  .transform((value) => ((value % SEEDS) + SEEDS) % SEEDS);
const SEEDS = 0xffff_ffff;

export interface AskedSampling {
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  top_k?: number | null | undefined;
  min_p?: number | null | undefined;
  maxTokens?: number | null | undefined;
  seed?: number | null | undefined;
}

export function toSampling(asked: AskedSampling, defaults: Sampling): Sampling {
  return {
    ...defaults,
    temperature: asked.temperature ?? defaults.temperature,
    topP: asked.top_p ?? defaults.topP,
    topK: asked.top_k ?? defaults.topK,
    minP: asked.min_p ?? defaults.minP,
    maxTokens: asked.maxTokens ?? defaults.maxTokens,
    seed: asked.seed ?? null,
  };
}

/** One text or several that end a reply. */
export const stopField = z.union([z.string().min(1).max(500), z.array(z.string().min(1).max(500)).max(4)]).nullish();

export const toStops = (stop: z.output<typeof stopField>): string[] => (typeof stop === 'string' ? [stop] : (stop ?? []));
