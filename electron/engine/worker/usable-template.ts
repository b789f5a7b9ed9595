/** The chat template that a model is chatted with: its own where that works, else the built-in one of its family. */
import type { ChosenTemplate } from '../../contract/index.ts';
import type { SteadyError } from '../../contract/errors.ts';
import type { EnginePrompt } from '../protocol.ts';
import { chatTemplate, type ChatTemplate, type TemplateTokens } from './chat-template.ts';
import { CHATML, familyOf, familyOfVocabulary, familyTemplate } from './template-family.ts';

export interface UsableTemplate {
  template: ChatTemplate;
  /** Jinja source of the template that is used. */
  source: string;
  /** One sentence for a person where it is not the model's own; null where it is, or where the model has none. */
  note: string | null;
}

/** What every chat comes to: a first question, and one after a reply, with and without a system prompt. */
const TRIALS: readonly EnginePrompt[] = ['', 'Be brief.'].flatMap((systemPrompt) => {
  const first = { role: 'user' as const, text: 'Hello' };
  const more = [first, { role: 'assistant' as const, text: 'Hi' }, { role: 'user' as const, text: 'Bye' }];
  return [
    { systemPrompt, turns: [first] },
    { systemPrompt, turns: more },
  ];
});

/**
 * Reads a model's template and tries it, since much of what a template does wrong shows only when it is used.
 * @param own the model's own template; null where it has none
 * @param chosen what a person chose instead; nothing else is tried then
 * @throws SteadyError `model-unsupported`, with what the template could not do, where no built-in template fits
 */
export function usableTemplate(
  own: string | null,
  tokens: TemplateTokens,
  isControlToken: (text: string) => boolean,
  chosen: ChosenTemplate | null = null,
): UsableTemplate {
  if (chosen !== null) {
    const source = 'family' in chosen ? familyTemplate(chosen.family, isControlToken) : chosen.source;
    return { template: tried(source, tokens, isControlToken), source, note: null };
  }
  if (own === null) {
    const source = familyOfVocabulary(isControlToken)?.template ?? CHATML;
    return { template: chatTemplate(source, tokens, isControlToken), source, note: null };
  }
  try {
    return { template: tried(own, tokens, isControlToken), source: own, note: null };
  } catch (error) {
    const family = familyOf(own, isControlToken);
    if (family === null) throw error;
    const why = (error as SteadyError).message.replace(/\.$/, '');
    const note = `${why}. The built-in template of its family (${family.name}) is used.`;
    return { template: tried(family.template, tokens, isControlToken), source: family.template, note };
  }
}

/** @throws SteadyError `model-unsupported` for a template that does not render a conversation, or leaves out part of one */
export function tried(source: string, tokens: TemplateTokens, isToken: (text: string) => boolean): ChatTemplate {
  const template = chatTemplate(source, tokens, isToken);
  for (const prompt of TRIALS) template.segment(prompt);
  return template;
}
