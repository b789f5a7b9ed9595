/** A benign prompt of an exact number of tokens, as the engine would evaluate it. */
import type { LlamaModel, Token } from 'node-llama-cpp';
import type { ChatTemplate } from '../../electron/engine/worker/chat-template.ts';
import { tokenizeSegments } from '../../electron/engine/worker/segments.ts';

const REQUEST = 'Please tell me in one short sentence what these notes about a garden are about.\n';
const NOTES = [
  'The apple trees along the wall were pruned in February and have plenty of buds.',
  'Tomatoes do best in the corner that gets the morning sun.',
  'Rain filled both barrels last week, so the beds need no water before Sunday.',
  'The hedge was cut back by a third and looks tidy again.',
  'Bees like the lavender beside the path more than anything else we planted.',
  'Compost from last autumn is ready and smells of earth.',
  'My sister brought three kinds of beans, and we sowed one row of each.',
  'The wooden bench needs a new coat of paint before the summer.',
];
/** Tokens at the end that are kept: the last words, the end of the turn, and the generation prompt. */
const TAIL = 24;

/** @throws RangeError for a length that the template's own text does not fit into. */
export function benignPrompt(model: LlamaModel, template: ChatTemplate, length: number): Token[] {
  let text = REQUEST;
  for (let note = 0; ; note++) {
    text += `${NOTES[note % NOTES.length]!} `;
    const segments = tokenizeSegments(model, template.segment({ systemPrompt: '', turns: [{ role: 'user', text: text.trimEnd() }] }));
    const tokens = segments.flatMap((segment) => segment.tokens);
    if (tokens.length < length) continue;
    if (length < 2 * TAIL) throw new RangeError(`A prompt of ${length} tokens has no room for a request.`);
    return [...tokens.slice(0, length - TAIL), ...tokens.slice(-TAIL)];
  }
}
