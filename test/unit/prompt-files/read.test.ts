/** The one reader of prompt files: lines, encodings, formats, and what bounds them. */
import { describe, expect, test } from 'vitest';
import { askedOf } from '../../../electron/prompt-files/entry.ts';
import { decodeLines, MAX_LINE_BYTES } from '../../../electron/prompt-files/lines.ts';
import { readPromptFile, type ReadPromptFileOptions } from '../../../electron/prompt-files/read.ts';
import { fromBytes } from '../../../electron/prompt-files/source.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The lines of a file that comes in chunks of `size` bytes. */
async function linesIn(content: Uint8Array, size: number, encoding = 'utf-8') {
  const chunks = async function* () {
    for (let at = 0; at < content.length; at += size) yield content.subarray(at, at + size);
  };
  return (await Array.fromAsync(decodeLines(chunks(), encoding, (fault) => new Error(fault)))).flat();
}

async function read(name: string, content: Uint8Array | string, options?: ReadPromptFileOptions) {
  const file = await readPromptFile(fromBytes(name, typeof content === 'string' ? bytes(content) : content), options);
  return { ...file, entries: await Array.fromAsync(file.entries) };
}

describe('lines', () => {
  test.each([
    ['a line feed', 'one\ntwo\n'],
    ['a carriage return', 'one\rtwo\r'],
    ['both', 'one\r\ntwo\r\n'],
    ['none at the end', 'one\rtwo'],
  ])('end with %s, wherever the chunks are cut', async (_, text) => {
    for (const size of [1, 2, 3, 4, 5, 100]) {
      expect(await linesIn(bytes(text), size)).toEqual([
        { line: 1, text: 'one' },
        { line: 2, text: 'two' },
      ]);
    }
  });

  test('keep their numbers beside empty ones, however those end', async () => {
    const found = await linesIn(bytes('a\n\nb\r\rc\r\n\r\nd'), 1);
    expect(found.filter((line) => 'text' in line && line.text !== '').map(({ line }) => line)).toEqual([1, 3, 5, 7]);
  });

  test('in UTF-16 are cut as well, and characters that chunks cut arrive whole', async () => {
    const content = Buffer.from('\uFEFFone\r😀\r\nzwölf', 'utf16le');
    for (const size of [2, 3, 7, 100])
      expect((await linesIn(content, size, 'utf-16le')).map((line) => 'text' in line && line.text)).toEqual(['one', '😀', 'zwölf']);
  });

  test('that are too long are named and left out, and nothing of them is held', async () => {
    const content = bytes(`one\n${'x'.repeat(MAX_LINE_BYTES + 1)}\ntwo\n`);
    for (const size of [64 * 1024, content.length]) {
      expect(await linesIn(content, size)).toEqual([
        { line: 1, text: 'one' },
        { line: 2, fault: expect.stringMatching(/too long/) as string },
        { line: 3, text: 'two' },
      ]);
    }
  });
});

describe('the format', () => {
  test.each([
    ['a.csv', 'prompt\n"one"\n', 'csv'],
    ['a.CSV', 'one', 'csv'],
    ['a.jsonl', 'one', 'jsonl'],
    ['a.ndjson', '{"prompt": "one"}', 'jsonl'],
    ['a.txt', 'one', 'text'],
    ['a.txt', '\n\n{"prompt": "one"}\n', 'jsonl'],
    ['pasted', '{"question": "one"}', 'jsonl'],
    ['pasted', '{ is a brace', 'text'],
    ['pasted', '["one"]', 'text'],
  ])('of %s that begins with %j', async (name, content, format) => {
    expect((await read(name, content)).format).toBe(format);
  });

  test('is what the caller says, whatever the name says', async () => {
    expect(await read('a.txt', 'prompt,x\none,1\n', { format: 'csv' })).toMatchObject({ format: 'csv', entries: [{ line: 2 }] });
  });
});

describe('entries', () => {
  test('of one file are the same prompts, whoever reads it', async () => {
    const lines = '{"prompt": "one", "answer": 1}\n{"text": "two"}\n';
    for (const conversations of [false, true])
      expect((await read('a.jsonl', lines, { conversations })).entries.map((entry) => 'turns' in entry && askedOf(entry))).toEqual([
        'one',
        'two',
      ]);
  });

  test.each([
    [`{"turns": ${JSON.stringify(Array.from({ length: 1001 }, () => ({ role: 'user', text: 'a' })))}}`, /1001 turns/],
    [`{"prompt": "${'x'.repeat(2_000_001)}"}`, /2000001 characters/],
    [`{"prompt": "a", "answer": "${'x'.repeat(10_001)}"}`, /"answer"/],
    [`{"prompt": "a", "system": "${'x'.repeat(100_001)}"}`, /"system"/],
    ['['.repeat(1_000_000), /not JSON/],
  ])('of more than a line can mean are faults of that line (%#)', async (line, fault) => {
    const { entries } = await read('a.jsonl', `{"prompt": "fine"}\n${line}\n`, { conversations: true });
    expect(entries).toEqual([expect.objectContaining({ line: 1 }), { line: 2, fault: expect.stringMatching(fault) as string }]);
  });
});
