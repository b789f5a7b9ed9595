/** Dropped and pasted files: text is read, anything else is named for what it is. */
import { expect, test } from 'vitest';
import { readTextFile } from '../../../renderer/lib/util/text-files.ts';

const file = (content: BlobPart, name: string, type = '') => new File([content], name, { type });

test.each([
  [file('a,b\n1,2', 'table.csv'), 'a,b\n1,2'],
  [file('\uFEFFGrüße', 'notes.txt'), 'Grüße'],
  [file(new Uint8Array([0xff, 0xfe, 0x68, 0, 0x69, 0]), 'utf16.txt'), 'hi'],
])('%o is text', async (given, text) => {
  expect(await readTextFile(given)).toEqual({ name: given.name, text });
});

test.each([
  [file(new Uint8Array([0x89, 0x50, 0x4e, 0x47]), 'shot.png', 'image/png'), /“shot\.png” is a picture/],
  [file(new Uint8Array([0x50, 0x4b, 3, 4, 0]), 'letter.docx'), /is not a text file/],
  [file('%PDF-1.7\n', 'paper.pdf'), /is not a text file/],
  [file(new Uint8Array([0xc3, 0x28]), 'broken.txt'), /is not a text file/],
  [file('  \n', 'blank.txt'), /is empty/],
  [file('x'.repeat(2_000_001), 'long.txt'), /too large/],
])('%o is not, and the page says why', async (given, message) => {
  const read = await readTextFile(given);
  expect('message' in read ? read.message : '').toMatch(message);
});
