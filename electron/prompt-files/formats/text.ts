/** Plain text: a prompt a line. */
import { singlePrompt } from '../entry.ts';
import { eachLine, NOTHING_FOUND, type TextFormat } from './format.ts';

export const text: TextFormat = {
  kind: 'text',
  name: 'text',
  // Not ".txt": JSON lines are often saved under that name.
  endings: [],
  open: (input) =>
    Promise.resolve({
      ...NOTHING_FOUND,
      notes: [],
      batches: eachLine(input.lines(), (line, number) => singlePrompt(number, line.trim())),
    }),
};
