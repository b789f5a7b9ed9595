import { expect, test } from 'vitest';
import { forTerminal, inLine, writeReply } from '../../../electron/cli/terminal.ts';

const ESC = '\u001B';
/** Sets the clipboard of a terminal that allows it. */
const OSC_52 = `${ESC}]52;c;aGVsbG8=\u0007`;

test('control characters and marks that reorder text go; layout, emoji and other scripts stay', () => {
  expect(forTerminal(`a${OSC_52}\r\n\tb\u009B31m\u202Ec`)).toBe('a]52;c;aGVsbG8=\n\tb31mc');
  for (const text of ['two\nlines\tof text', '👩‍👩‍👧 é 花', 'مرحبا', 'soft\u00ADhyphen']) expect(forTerminal(text)).toBe(text);
});

test('a title is one line, whatever is in it', () => {
  expect(inLine(`first\r\n  second${ESC}[2J\u2028third\tfourth\u2066`)).toBe('first second[2J third fourth');
});

test.each([
  [true, 'x]52;c;aGVsbG8='],
  [false, `x${OSC_52}`],
])('a reply written to a terminal (%s) cannot command it; files and pipes get it as it is', (isTTY, expected) => {
  const written: string[] = [];
  const out = { isTTY, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  writeReply(`x${OSC_52}`, out);
  expect(written).toEqual([expected]);
});
