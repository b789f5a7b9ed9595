/** How one model is loaded, where a person wants it otherwise than Steady would. */
import { z } from 'zod';

/** In tokens. Nothing shorter is offered: a chat loses its thread, and a document does not fit. */
export const LEAST_CONTEXT_SIZE = 8192;
/** In tokens: more than any model is trained with. */
export const MOST_CONTEXT_SIZE = 2 ** 22;

/** Built-in chat templates, by the family that writes so. */
export const TEMPLATE_FAMILIES = { chatml: 'ChatML', 'llama-3': 'Llama 3', gemma: 'Gemma', phi: 'Phi' } as const;
export type TemplateFamily = keyof typeof TEMPLATE_FAMILIES;
/** In UTF-16 units: several times the longest that models bring. */
export const MAX_TEMPLATE_LENGTH = 200_000;

/** A built-in template, or the Jinja source of one. */
export const chosenTemplate = z.union([
  z.object({ family: z.enum(Object.keys(TEMPLATE_FAMILIES) as [TemplateFamily, ...TemplateFamily[]]) }).strict(),
  z.object({ source: z.string().min(1).max(MAX_TEMPLATE_LENGTH) }).strict(),
]);
export type ChosenTemplate = z.infer<typeof chosenTemplate>;

/** Null, everywhere: chosen by Steady. What is more than the model or the machine has counts as all of it. */
export const modelSettings = z
  .object({
    /** In tokens. Automatic: 8,192, or what the model was trained with where that is less. */
    contextSize: z.number().int().min(LEAST_CONTEXT_SIZE).max(MOST_CONTEXT_SIZE).nullable(),
    /** What keys and values of the context are kept as. Automatic: 16 bits a number. */
    cacheType: z.enum(['q8_0', 'q4_0']).nullable(),
    /** Automatic: where the model and the device know it. */
    flashAttention: z.boolean().nullable(),
    /** Blocks on the GPU, and the output layer as one more. Automatic: what fits its free memory. */
    gpuLayers: z.number().int().min(0).max(10_000).nullable(),
    /** Automatic: as many as there are cores. */
    threads: z.number().int().min(1).max(1024).nullable(),
    /** Automatic: the model's own, or where that does not work the built-in one of its family. */
    template: chosenTemplate.nullable(),
  })
  .strict();
export type ModelSettings = z.infer<typeof modelSettings>;

export const AUTOMATIC: ModelSettings = {
  contextSize: null,
  cacheType: null,
  flashAttention: null,
  gpuLayers: null,
  threads: null,
  template: null,
};

export function isAutomatic(settings: ModelSettings): boolean {
  return Object.values(settings).every((value) => value === null);
}

/** Why these cannot go together, in a sentence for a person; null where they can. */
export function conflictOf({ cacheType, flashAttention }: Pick<ModelSettings, 'cacheType' | 'flashAttention'>): string | null {
  if (cacheType === null || flashAttention !== false) return null;
  return 'A smaller cache needs flash attention, which is switched off.';
}

/** What a model has been set to, and what there is to choose from on this machine. */
export const modelSettingsState = z.object({
  settings: modelSettings,
  /** In tokens, ascending; the last one is what the model was trained with. Empty where it was trained with no more than the automatic one. */
  contextSizes: z.array(z.number().int()),
  /** What the automatic one is, in tokens. */
  automaticContextSize: z.number().int(),
  /** Of the model, the output layer among them. */
  layers: z.number().int(),
  /** Of the machine. */
  cores: z.number().int(),
});
export type ModelSettingsState = z.infer<typeof modelSettingsState>;

/** How many context sizes are offered at most. */
export const MAX_CONTEXT_CHOICES = 12;

/** The context sizes to choose from: doubled from the least, up to what the model was trained with (in tokens; null: not known). */
export function contextChoices(trained: number | null): number[] {
  const most = Math.min(trained ?? LEAST_CONTEXT_SIZE, MOST_CONTEXT_SIZE);
  const choices: number[] = [];
  for (let size = 2 * LEAST_CONTEXT_SIZE; size < most && choices.length < MAX_CONTEXT_CHOICES - 1; size *= 2) choices.push(size);
  return most > LEAST_CONTEXT_SIZE ? [...choices, most] : [];
}
