/** What programs may ask of a model's reasoning, and how it reaches the chat template. */
import { z } from 'zod';
import type { ReasoningChoice } from '../../contract/index.ts';

/** OpenAI's word for how hard a model thinks. `minimal` is the least that a template knows. */
export const effortField = z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh']).nullish();

/** What local servers pass on to the template. Names that say nothing of reasoning are without effect here. */
export const templateArguments = z.looseObject({ enable_thinking: z.boolean().optional(), thinking: z.boolean().optional() }).nullish();

export interface AskedReasoning {
  effort?: z.output<typeof effortField>;
  template?: z.output<typeof templateArguments>;
}

/** Undefined: as the template does by itself. */
export function toReasoning({ effort, template }: AskedReasoning): ReasoningChoice | undefined {
  if (effort === 'none') return 'off';
  if (effort != null) return effort === 'minimal' ? 'low' : effort === 'xhigh' ? 'high' : effort;
  const on = template?.enable_thinking ?? template?.thinking;
  return on === undefined ? undefined : on ? 'on' : 'off';
}
