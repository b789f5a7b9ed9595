/**
 * How a model sets its reasoning apart from its reply: what it writes around it, and what of it can be chosen. Both are read from the chat
 * template by rendering it, since a name or an architecture says nothing of either.
 */
import type { ReasoningChoice } from '../../../contract/index.ts';
import type { TextPiece, TextSegment, TemplateMessage } from '../text-segment.ts';

/** What stands around reasoning. Texts are as the template writes them, line breaks and all. */
export interface ReasoningFormat {
  /** `tags`: one text opens it and one closes it. `channels`: every part has a header that names its channel. */
  kind: 'tags' | 'channels';
  /** In front of the reasoning. */
  open: string;
  /** Between the reasoning and the reply. */
  close: string;
  /** In front of a reply without any. */
  direct: string;
}

export interface TemplateReasoning {
  /** Null: the model is not known to reason. */
  format: ReasoningFormat | null;
  /** What the template lets a person choose, beside leaving it as it is. */
  choices: ReasoningChoice[];
}

/** Renders a conversation, with the template's own names for what can be chosen. */
export type Render = (messages: readonly TemplateMessage[], options: { variables?: Record<string, unknown>; answer: boolean }) => string;

/** The parts of a channelled reply, as gpt-oss writes them. */
export const CHANNELS = {
  start: '<|start|>',
  channel: '<|channel|>',
  message: '<|message|>',
  end: '<|end|>',
  /** The channel that is the reply. */
  reply: 'final',
} as const;

const HARMONY: ReasoningFormat = {
  kind: 'channels',
  open: `${CHANNELS.channel}analysis${CHANNELS.message}`,
  close: `${CHANNELS.end}${CHANNELS.start}assistant${CHANNELS.channel}${CHANNELS.reply}${CHANNELS.message}`,
  direct: `${CHANNELS.channel}${CHANNELS.reply}${CHANNELS.message}`,
};

/** Tags of models whose templates take reasoning out of a reply without being able to write it. */
const KNOWN_TAGS: readonly (readonly [open: string, close: string])[] = [
  ['<think>\n', '\n</think>\n\n'],
  ['<thinking>\n', '\n</thinking>\n\n'],
  ['<seed:think>', '</seed:think>'],
  ['<|channel>thought\n', '\n<channel|>'],
  ['<|START_THINKING|>', '<|END_THINKING|>'],
  ['[THINK]', '[/THINK]'],
];

/** Names under which templates look for what a reply's reasoning was. */
export const reasoningFields = (text: string) => ({ reasoning_content: text, reasoning: text, thinking: text });

const ASKED = '\uE0000\uE001';
const REPLY = '\uE0001\uE001';
const THOUGHT = '\uE0002\uE001';

/**
 * @param source of the template
 * @param isToken whether the vocabulary has a text as one token
 */
export function templateReasoning(source: string, render: Render, isToken: (text: string) => boolean): TemplateReasoning {
  const format = formatOf(source, render, isToken);
  return { format, choices: format === null ? [] : choicesOf(render) };
}

function formatOf(source: string, render: Render, isToken: (text: string) => boolean): ReasoningFormat | null {
  if (source.includes(CHANNELS.channel) && source.includes(CHANNELS.message)) return HARMONY;
  const written = writtenTags(render);
  if (written !== null) return { kind: 'tags', ...written, direct: '' };
  const known = KNOWN_TAGS.find(([open, close]) => {
    const [begins, ends] = [open.trim(), close.trim()];
    return source.includes(ends) || source.includes(begins) || (isToken(begins) && isToken(ends));
  });
  return known === undefined ? null : { kind: 'tags', open: known[0], close: known[1], direct: '' };
}

/** What the template writes around the reasoning of a last reply; null where it leaves that out. */
function writtenTags(render: Render): { open: string; close: string } | null {
  const asked = { role: 'user', content: ASKED };
  const before = attempt(() => render([asked], { answer: true }));
  const whole = attempt(() => render([asked, { role: 'assistant', content: REPLY, ...reasoningFields(THOUGHT) }], { answer: false }));
  if (before === null || whole === null) return null;
  const [from, to] = [whole.indexOf(THOUGHT), whole.indexOf(REPLY)];
  if (from < 0 || to < from) return null;
  const close = whole.slice(from + THOUGHT.length, to);
  const ahead = whole.slice(0, from);
  // Where the prompt to answer ends with the opening tag already, the tag is the last thing that looks like one.
  const open =
    ahead.startsWith(before) && ahead !== before ? ahead.slice(before.length) : (/[<[][^<[\n]{1,40}[>\]]\s*$/.exec(ahead)?.[0] ?? '');
  return open.trim() === '' || close.trim() === '' ? null : { open, close };
}

/** What templates are told; each looks for the names it knows. */
export function reasoningVariables(choice: ReasoningChoice | undefined): Record<string, unknown> {
  if (choice === undefined) return {};
  const on = choice !== 'off';
  const switches = { enable_thinking: on, thinking: on };
  return choice === 'off' || choice === 'on' ? switches : { ...switches, reasoning_effort: choice };
}

function choicesOf(render: Render): ReasoningChoice[] {
  const asked = [{ role: 'user', content: ASKED }];
  const of = (choice: ReasoningChoice) => attempt(() => render(asked, { variables: reasoningVariables(choice), answer: true }));
  const differ = (a: ReasoningChoice, b: ReasoningChoice) => of(a) !== null && of(b) !== null && of(a) !== of(b);
  const switched = differ('off', 'on');
  if (differ('low', 'high')) return [...(switched ? (['off'] as const) : []), 'low', 'medium', 'high'];
  return switched ? ['off', 'on'] : [];
}

function attempt<T>(task: () => T): T | null {
  try {
    return task();
  } catch {
    return null;
  }
}

/** Whether a prompt ends with what opens the reasoning, so that the model goes on inside it. */
export function isOpened(format: ReasoningFormat, { pieces }: TextSegment): boolean {
  const last = pieces.at(-1);
  return format.kind === 'tags' && last?.special === true && last.text.trimEnd().endsWith(format.open.trim());
}

/** The prompt with its reasoning closed before it begins, for replies that have no room for any: those that must have a shape. */
export function withoutReasoning(format: ReasoningFormat, prompt: TextSegment): TextSegment {
  const last = prompt.pieces.at(-1);
  const written = last?.special === true ? last.text : '';
  if (format.kind === 'tags' && written.trimEnd().endsWith(format.close.trim())) return prompt;
  const more =
    format.kind === 'channels'
      ? format.direct
      : isOpened(format, prompt)
        ? format.close.trimStart()
        : format.open + format.close.trimStart();
  const tail: TextPiece = { text: written + more, special: true };
  return { ...prompt, pieces: [...prompt.pieces.slice(0, written === '' ? undefined : -1), tail] };
}

/**
 * A reply so far as the model wrote it, its reasoning (with what stands around it) apart from the rest.
 * @param opened whether the prompt ends inside the reasoning
 */
export function writtenSegments(
  format: ReasoningFormat | null,
  opened: boolean,
  { text, reasoning }: { text: string; reasoning: { text: string; ended: boolean } | null },
): { segment: TextSegment; reasoning: boolean }[] {
  const marker = (marked: string): TextPiece[] => (marked === '' ? [] : [{ text: marked, special: true }]);
  const words = (said: string): TextPiece => ({ text: said, special: false });
  const part = (thought: boolean, ...pieces: TextPiece[]) => ({ segment: { kind: 'reply' as const, pieces }, reasoning: thought });
  if (format === null) return [part(false, words(text))];
  if (reasoning === null) return [part(false, ...marker(opened ? format.close : format.direct), words(text))];
  const thought = [...marker(opened ? '' : format.open), words(reasoning.text)];
  if (!reasoning.ended) return [part(true, ...thought)];
  const whole = part(true, ...thought, ...marker(format.close));
  return text === '' ? [whole] : [whole, part(false, words(text))];
}
