/** Built-in chat templates of model families, for models whose own template cannot be read. */

import { SteadyError, TEMPLATE_FAMILIES, type TemplateFamily } from '../../contract/index.ts';

interface Family {
  readonly id: TemplateFamily;
  readonly name: string;
  /** A control token that every template of the family writes, and no other family has. */
  readonly marker: string;
  readonly template: string;
}

/** Used for models that bring no template: ChatML is the most widely understood. */
export const CHATML =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

const LLAMA_3 =
  "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] + '<|eot_id|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";

/** Gemma has no system role; its text then leads the first turn of the user. */
const GEMMA =
  "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'system' %}{{ raise_exception('There is no system role.') }}{% endif %}" +
  "{{ '<start_of_turn>' + ('model' if message['role'] == 'assistant' else 'user') + '\n' + message['content'] + '<end_of_turn>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}";

const PHI =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>\n' + message['content'] + '<|end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}";

const FAMILIES: readonly Family[] = [
  { id: 'chatml', name: TEMPLATE_FAMILIES.chatml, marker: '<|im_start|>', template: CHATML },
  { id: 'llama-3', name: TEMPLATE_FAMILIES['llama-3'], marker: '<|start_header_id|>', template: LLAMA_3 },
  { id: 'gemma', name: TEMPLATE_FAMILIES.gemma, marker: '<start_of_turn>', template: GEMMA },
  { id: 'phi', name: TEMPLATE_FAMILIES.phi, marker: '<|assistant|>', template: PHI },
];

/**
 * The family that a template belongs to; null where no family's control tokens are in it.
 * @param isControlToken whether the model's vocabulary has a text as one control token
 */
export function familyOf(source: string, isControlToken: (text: string) => boolean): Family | null {
  return FAMILIES.find(({ marker }) => source.includes(marker) && isControlToken(marker)) ?? null;
}

/** The family whose control token a model's vocabulary has, for models without a template; null where it has none's. */
export function familyOfVocabulary(isControlToken: (text: string) => boolean): Family | null {
  return FAMILIES.find(({ marker }) => isControlToken(marker)) ?? null;
}

/**
 * The built-in template of a family that was chosen.
 * @throws SteadyError `model-unsupported` where its control token is letters to this model, which would then read no turns
 */
export function familyTemplate(id: TemplateFamily, isControlToken: (text: string) => boolean): string {
  const { name, marker, template } = FAMILIES.find((family) => family.id === id)!;
  if (isControlToken(marker)) return template;
  throw new SteadyError('model-unsupported', `This model cannot have the chat template of ${name}: ${marker} is no token of its own.`, {
    hint: 'Choose another template, or paste one.',
  });
}
