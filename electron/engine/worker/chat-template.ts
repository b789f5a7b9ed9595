/**
 * A conversation as segments of tokens, from the model's own chat template.
 *
 * The cache, steering and determinism all rest on segments: one prompt segment a user turn (from the end of the last
 * reply to the end of the generation prompt) and one reply segment an assistant turn. Text that a person or a model
 * wrote is never parsed for special tokens; only the template's own text is.
 */
import { Template } from '@huggingface/jinja';
import { SteadyError } from '../../contract/errors.ts';
import type { EnginePrompt, EngineTurn } from '../protocol.ts';
import {
  reasoningFields,
  reasoningVariables,
  templateReasoning,
  withoutReasoning,
  type Render,
  type TemplateReasoning,
} from './reasoning/format.ts';
import { templateDate } from './template-date.ts';
import type { TemplateMessage, TextPiece, TextSegment } from './text-segment.ts';

export interface ChatTemplate {
  /** Segments of a conversation that ends with a user turn: prompt, reply, prompt, …, prompt. */
  segment(prompt: EnginePrompt): TextSegment[];
  /** How the model's reasoning is set apart, and what of it can be chosen. */
  readonly reasoning: TemplateReasoning;
}

/** What templates write at the beginning and the end; empty where a model has none. */
export interface TemplateTokens {
  bos: string;
  eos: string;
}

/**
 * Contents are rendered as placeholders of private-use characters and put back afterwards, so that the template's text
 * and people's text stay apart.
 */
const placeholder = (index: number) => `\uE000${index}\uE001`;
const PLACEHOLDER = /\uE000(\d+)\uE001/g;

/** What templates call for the date. */
const DATE = 'conversation_date';

/** Whose a placeholder is. What a reply's reasoning was may be left out by the template; nothing else may. */
type Placed = EngineTurn['role'] | 'system' | 'reasoning';

/**
 * @param isToken whether the vocabulary has a text as one token
 * @throws SteadyError `model-unsupported` when the template cannot be parsed.
 */
export function chatTemplate(source: string, tokens: TemplateTokens, isToken: (text: string) => boolean = () => false): ChatTemplate {
  let template: Template;
  try {
    // The library's own clock cannot be set from outside, so templates ask for ours under another name.
    template = new Template(source.replaceAll('strftime_now', DATE));
  } catch (cause) {
    throw unusable(cause);
  }
  const render = (messages: readonly TemplateMessage[], options: Parameters<Render>[1] & { startedAt?: number | undefined }): string =>
    template.render({
      messages,
      add_generation_prompt: options.answer,
      bos_token: tokens.bos,
      eos_token: tokens.eos,
      tools: null,
      [DATE]: (format: string) => templateDate(format, options.startedAt),
      ...options.variables,
    });
  const reasoning = templateReasoning(source, render, isToken);

  return {
    reasoning,
    segment(prompt) {
      if (prompt.raw === true) return [{ kind: 'prompt', pieces: [{ text: prompt.turns.at(-1)!.text, special: false }] }];
      const contents: string[] = [];
      const roles: Placed[] = [];
      const put = (role: Placed, text: string): string => {
        roles.push(role);
        return placeholder(contents.push(text) - 1);
      };
      const foreign = new Set<number>();
      const placed = (turn: Omit<EngineTurn, 'role'> & { role: Placed }): TemplateMessage => {
        const { role, text, reasoning: thought = '' } = turn;
        if (turn.foreign === true) foreign.add(contents.length);
        return { role, content: put(role, text), ...(thought === '' ? {} : reasoningFields(put('reasoning', thought))) };
      };
      const system = prompt.systemPrompt === '' ? [] : [placed({ role: 'system', text: prompt.systemPrompt })];
      const turns = prompt.turns.map(placed);
      const options = { answer: true, variables: reasoningVariables(prompt.reasoning), startedAt: prompt.startedAt };
      let rendered: string;
      try {
        rendered = renderWithSystem((messages) => render(messages, options), system, turns);
      } catch (cause) {
        throw unusable(cause);
      }
      const segments = cut(rendered, contents, roles, foreign);
      if (prompt.withoutReasoning !== true || reasoning.format === null) return segments;
      return [...segments.slice(0, -1), withoutReasoning(reasoning.format, segments.at(-1)!)];
    },
  };
}

/** What the template library says of a construct that it does not know, and what a person would look for in the template. */
const UNKNOWN: readonly (readonly [RegExp, (name: string) => string])[] = [
  [/^Unknown statement type: (.{1,100})$/, (name) => `the statement {% ${name} %}`],
  [/^Unknown \w+ filter: (.{1,100})$/, (name) => `the filter “${name}”`],
  [/^Unknown test: (.{1,100})$/, (name) => `the test “${name}”`],
  [/^Cannot call something that is not a function/, () => 'a function'],
];
const MAX_REASON = 200;

/** Names the construct that a template fails at, or what it says itself. */
function unusable(cause: unknown): SteadyError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const hint = 'Look for a newer conversion of the model, or choose another one.';
  for (const [pattern, construct] of UNKNOWN) {
    const match = pattern.exec(reason);
    if (match === null) continue;
    return new SteadyError(
      'model-unsupported',
      `The model's chat template uses ${construct(match[1] ?? '')}, which Steady does not know.`,
      {
        hint,
        cause,
      },
    );
  }
  const said = reason
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .replace(/\.$/, '')
    .slice(0, MAX_REASON);
  return new SteadyError('model-unsupported', `The model's chat template does not work: ${said}.`, { hint, cause });
}

/** Some templates know no system role; its text then leads the first user turn. */
function renderWithSystem(render: (messages: TemplateMessage[]) => string, system: TemplateMessage[], turns: TemplateMessage[]): string {
  const [first, ...rest] = turns;
  if (system.length === 0 || first === undefined) return render(turns);
  const content = system[0]!.content;
  try {
    const rendered = render([...system, ...turns]);
    if (rendered.includes(content)) return rendered;
  } catch {
    // Falls through to the other form.
  }
  return render([{ role: 'user', content: `${content}\n\n${first.content}` }, ...rest]);
}

/**
 * Cuts rendered text at its placeholders into segments; assistant contents are segments of their own, with their reasoning in front of them
 * where the template keeps it.
 * @param foreign which of the contents are foreign replies
 */
function cut(rendered: string, contents: readonly string[], roles: readonly Placed[], foreign: ReadonlySet<number>): TextSegment[] {
  const segments: TextSegment[] = [];
  let current: TextPiece[] = [];
  const seen = new Set<number>();
  let inReply = false;
  let at = 0;
  for (const match of rendered.matchAll(PLACEHOLDER)) {
    const index = Number(match[1]);
    const text = contents[index];
    if (text === undefined) continue;
    if (match.index > at) current.push({ text: rendered.slice(at, match.index), special: true });
    at = match.index + match[0].length;
    seen.add(index);
    const role = roles[index];
    if ((role === 'assistant' || role === 'reasoning') && !inReply) {
      segments.push({ kind: 'prompt', pieces: current });
      current = [];
    }
    current.push({ text, special: false });
    inReply = role === 'reasoning';
    if (role !== 'assistant') continue;
    segments.push({ kind: 'reply', pieces: current, ...(foreign.has(index) ? { foreign: true } : {}) });
    current = [];
  }
  if (at < rendered.length) current.push({ text: rendered.slice(at), special: true });
  segments.push({ kind: 'prompt', pieces: current });
  if (roles.some((role, index) => role !== 'reasoning' && !seen.has(index))) {
    throw new SteadyError('model-unsupported', "The model's chat template leaves out part of the conversation.", {
      hint: 'Choose another model file.',
    });
  }
  return segments;
}
