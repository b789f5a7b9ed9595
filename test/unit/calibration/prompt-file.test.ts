/** Prompt files of admins: what is read, and how each fault is named. */
import { describe, expect, test } from 'vitest';
import { readPromptFile } from '../../../electron/calibration/prompt-file.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (name: string, text: string) => readPromptFile(name, bytes(text));
const bad = (why: RegExp) => expect.objectContaining({ name: 'SteadyError', code: 'bad-input', message: expect.stringMatching(why) });

describe('TXT', () => {
  test('a prompt a line, trimmed, empty lines left out, whatever ends a line', () => {
    expect(read('a.txt', 'one\r\n\r\n  two  \n\nthree')).toEqual(['one', 'two', 'three']);
    expect(read('noextension', '一\n二')).toEqual(['一', '二']);
  });

  test('a byte order mark is no part of the first prompt', () => {
    expect(read('a.txt', '\uFEFFone\ntwo')).toEqual(['one', 'two']);
  });
});

describe('CSV', () => {
  test('the column called "prompt" or "text", wherever it stands and however it is written', () => {
    expect(read('a.csv', 'id,Prompt,tag\n1,"one, two",x\n2,"say ""hi""",y\n')).toEqual(['one, two', 'say "hi"']);
    expect(read('a.CSV', 'TEXT\none\ntwo\n')).toEqual(['one', 'two']);
    expect(read('a.csv', '\uFEFFprompt;x\none\n')).toEqual(['prompt;x', 'one']);
    expect(read('a.csv', '\uFEFFprompt,x\none,1\n')).toEqual(['one']);
  });

  test('without a header, the first column; lines inside quotes stay together', () => {
    expect(read('a.csv', 'one,1\n"two\nlines",2\nthree\n')).toEqual(['one', 'two\nlines', 'three']);
  });

  test('a quote that is never closed is named with its line', () => {
    expect(() => read('a.csv', 'prompt\none\n"two\nthree\n')).toThrow(bad(/a\.csv.*line/i));
  });
});

describe('JSONL', () => {
  test('"prompt" or "text" of each line, other fields ignored', () => {
    expect(read('a.jsonl', '{"prompt":"one","id":1}\n\n{"text":"two\\nlines"}\r\n')).toEqual(['one', 'two\nlines']);
    expect(read('a.ndjson', '{"text":"x","prompt":"y"}')).toEqual(['y']);
  });

  test.each([
    ['{"prompt":"one"}\n{"prompt":', /Line 2 is not JSON/],
    ['{"prompt":"one"}\n\n{"question":"two"}', /Line 3 has no "prompt" or "text"/],
    ['["one"]', /Line 1 has no/],
    ['"one"', /Line 1 has no/],
    ['null', /Line 1 has no/],
    ['{"prompt":7}', /Line 1 has no/],
    ['{"__proto__":{"prompt":"x"}}', /Line 1 has no/],
  ])('%j is refused with its line', (text, why) => expect(() => read('a.jsonl', text)).toThrow(bad(why)));
});

describe('what is no prompt file', () => {
  test('binary, UTF-16, another encoding, nothing at all', () => {
    expect(() => readPromptFile('a.txt', Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0))).toThrow(bad(/not a text file/));
    expect(() => readPromptFile('a.txt', new Uint8Array(Buffer.from('\uFEFFone\ntwo', 'utf16le')))).toThrow(
      bad(/not (a text file|encoded in UTF-8)/),
    );
    expect(() => readPromptFile('a.csv', Uint8Array.of(0x66, 0xfc, 0x72))).toThrow(bad(/not encoded in UTF-8/));
    for (const name of ['a.txt', 'a.csv', 'a.jsonl']) {
      expect(() => read(name, '')).toThrow(bad(/no prompts/));
      expect(() => read(name, '\n \n')).toThrow(bad(/no prompts/));
    }
    expect(() => read('a.csv', 'prompt\n')).toThrow(bad(/no prompts/));
  });

  test('one that is far too large is refused before it is parsed', () => {
    expect(() => readPromptFile('a.txt', new Uint8Array(64 * 1024 * 1024 + 1).fill(97))).toThrow(bad(/64 MiB/));
  });

  test('the file is named, and what would be right is said', () => {
    try {
      read('my prompts.jsonl', 'x');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({
        message: expect.stringContaining('my prompts.jsonl'),
        hint: expect.stringMatching(/TXT, CSV or JSONL/),
      });
    }
  });
});
