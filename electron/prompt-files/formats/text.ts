/** Plain text: a prompt a line. */
import { singlePrompt } from '../entry.ts';
import { eachLine, type PromptFormat } from './format.ts';

export const text: PromptFormat = {
  name: 'text',
  // Not ".txt": JSON lines are often saved under that name.
  endings: [],
  read: (lines) => eachLine(lines, (line, number) => singlePrompt(number, line.trim())),
};
