/** Prompt files of admins: what is read, and how each fault is named. */
import { describe, expect, test } from 'vitest';
import { MAX_BENIGN_PROMPT_LENGTH } from '../../../electron/contract/index.ts';
import { readPrompts } from '../../../electron/calibration/benign-sets/read-prompts.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const reading = (name: string, text: string) => readPrompts(name, bytes(text));
const read = async (name: string, text: string) => (await reading(name, text)).prompts;
const bad = (why: RegExp) => expect.objectContaining({ name: 'SteadyError', code: 'bad-input', message: expect.stringMatching(why) });

describe('TXT', () => {
  test('a prompt a line, trimmed, empty lines left out, whatever ends a line', async () => {
    expect(await read('a.txt', 'one\r\n\r\n  two  \n\nthree')).toEqual(['one', 'two', 'three']);
    expect(await read('noextension', '一\n二')).toEqual(['一', '二']);
    expect(await read('mac.txt', 'one\rtwo\r\rthree\r')).toEqual(['one', 'two', 'three']);
  });

  test('a byte order mark is no part of the first prompt', async () => {
    expect(await read('a.txt', '\uFEFFone\ntwo')).toEqual(['one', 'two']);
  });
});

test('UTF-16 with a byte order mark, either way round', async () => {
  const little = Buffer.from('\uFEFFone\r\nzwölf\n', 'utf16le');
  expect(await readPrompts('a.txt', new Uint8Array(little))).toMatchObject({ prompts: ['one', 'zwölf'], encoding: 'utf-16' });
  expect((await readPrompts('a.txt', new Uint8Array(Buffer.from(little).swap16()))).prompts).toEqual(['one', 'zwölf']);
});

describe('CSV', () => {
  test('the column called "prompt" or "text", wherever it stands and however it is written', async () => {
    expect(await read('a.csv', 'id,Prompt,tag\n1,"one, two",x\n2,"say ""hi""",y\n')).toEqual(['one, two', 'say "hi"']);
    expect(await read('a.CSV', 'TEXT\none\ntwo\n')).toEqual(['one', 'two']);
    expect(await read('a.csv', '\uFEFFprompt;x\none\n')).toEqual(['one']);
    expect(await read('a.csv', '\uFEFFprompt,x\none,1\n')).toEqual(['one']);
  });

  test('without a header, the first column; lines inside quotes stay together', async () => {
    expect(await read('a.csv', 'one,1\n"two\nlines",2\nthree\n')).toEqual(['one', 'two\nlines', 'three']);
  });

  test('a line with quotation marks inside an unquoted cell is left out once, whatever their number', async () => {
    const { prompts, badLines, badLineCount } = await reading('a.csv', 'prompt\none\nTell me what "foo" and "bar" mean\ntwo\n');
    expect(prompts).toEqual(['one', 'two']);
    expect(badLines).toEqual([{ line: 3, fault: expect.stringMatching(/is not CSV/) }]);
    expect(badLineCount).toBe(1);
  });

  test('a quote that is never closed is named with its line', async () => {
    await expect(read('a.csv', 'prompt\none\n"two\nthree\n')).rejects.toThrow(bad(/a\.csv.*line/i));
  });
});

describe('JSONL', () => {
  test('"prompt" or "text" of each line, other fields ignored', async () => {
    expect(await read('a.jsonl', '{"prompt":"one","id":1}\n\n{"text":"two\\nlines"}\r\n')).toEqual(['one', 'two\nlines']);
    expect(await read('a.ndjson', '{"text":"x","prompt":"y"}')).toEqual(['y']);
  });

  test.each([
    ['{"prompt":"one"}\n{"prompt":', 2, /is not JSON/],
    ['{"prompt":"one"}\n\n{"answer":"two"}', 3, /has no "prompt", "text"/],
    ['{"prompt":"one"}\n{"prompt":7}', 2, /"prompt" that is no text/],
    ['{"prompt":"one"}\n{"__proto__":{"prompt":"x"}}', 2, /has no/],
  ])('a bad line of %j is named and left out', async (text, line, fault) => {
    const { prompts, badLines, badLineCount, notes } = await reading('a.jsonl', text);
    expect(prompts).toEqual(['one']);
    expect(badLines).toEqual([{ line, fault: expect.stringMatching(fault) }]);
    expect(badLineCount).toBe(1);
    expect(notes).toEqual(['1 line was left out.']);
  });

  test.each(['["one"]', '"one"', 'null', '{"prompt":7}', 'a\nb\n{"prompt":"one"}'])(
    '%j has too few good lines to be a list',
    async (text) => {
      await expect(reading('a.jsonl', text)).rejects.toThrow(bad(/[Ll]ine 1(,| )/));
    },
  );

  test('without an ending that says so, the first line decides', async () => {
    expect(await reading('pasted', '{"prompt":"one"}\n{"text":"two"}')).toMatchObject({ format: 'jsonl', prompts: ['one', 'two'] });
    expect(await reading('pasted', '{ is a brace\ntwo')).toMatchObject({ format: 'text', prompts: ['{ is a brace', 'two'] });
  });
});

describe('what is left out', () => {
  test('repeated prompts count once, wherever they stand', async () => {
    expect(await reading('a.txt', 'one\ntwo\n one \none')).toMatchObject({ prompts: ['one', 'two'], duplicates: 2 });
    expect(await reading('a.txt', 'one\none\none')).toMatchObject({
      prompts: ['one'],
      duplicates: 2,
      notes: [expect.stringMatching(/same prompt/)],
    });
  });

  test('lines in another encoding are named; the others are read', async () => {
    const mixed = new Uint8Array([...bytes('one\nzwölf\n'), 0x66, 0xfc, 0x72, 0x0a, ...bytes('three\r\n')]);
    expect(await readPrompts('a.txt', mixed)).toMatchObject({
      prompts: ['one', 'zwölf', 'three'],
      badLines: [{ line: 3, fault: expect.stringMatching(/UTF-8/) }],
    });
    const csv = new Uint8Array([...bytes('prompt\none\n'), 0x66, 0xfc, 0x72, 0x0a, ...bytes('zwölf\n')]);
    expect(await readPrompts('a.csv', csv)).toMatchObject({ prompts: ['one', 'zwölf'], badLines: [{ line: 3 }] });
  });

  test('a prompt that is longer than any that is used', async () => {
    expect(
      await reading('a.txt', `one\n${'x'.repeat(MAX_BENIGN_PROMPT_LENGTH + 1)}\n${'y'.repeat(MAX_BENIGN_PROMPT_LENGTH)}`),
    ).toMatchObject({
      prompts: ['one', expect.stringMatching(/^y/)],
      badLines: [{ line: 2, fault: expect.stringMatching(/characters/) }],
    });
  });
});

test('100,000 prompts are read without holding up the app', async () => {
  const text = Array.from({ length: 100_000 }, (_, index) => `Tell me about the number ${index}.`).join('\n');
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 1);
  const { prompts } = await reading('many.txt', text);
  clearInterval(timer);
  expect(prompts).toHaveLength(100_000);
  expect(longest).toBeLessThan(500);
});

test('reading stops when it is told to', async () => {
  const controller = new AbortController();
  const under = readPrompts('a.txt', bytes('a line\n'.repeat(1_000_000)), { signal: controller.signal });
  controller.abort();
  await expect(under).rejects.toMatchObject({ code: 'cancelled' });
});

describe('what is no prompt file', () => {
  test('binary, UTF-16 without a mark, another encoding, nothing at all', async () => {
    await expect(readPrompts('a.txt', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0))).rejects.toThrow(bad(/not a text file/));
    await expect(readPrompts('a.txt', new Uint8Array(Buffer.from('one\ntwo', 'utf16le')))).rejects.toThrow(bad(/not a text file/));
    await expect(readPrompts('a.txt', Uint8Array.of(0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00))).rejects.toThrow(bad(/UTF-16/));
    await expect(readPrompts('a.jsonl', Uint8Array.of(0x66, 0xfc, 0x72))).rejects.toThrow(bad(/not encoded in UTF-8/));
    for (const name of ['a.txt', 'a.csv', 'a.jsonl']) {
      await expect(read(name, '')).rejects.toThrow(bad(/no prompts/));
      await expect(read(name, '\n \n')).rejects.toThrow(bad(/no prompts/));
    }
    await expect(read('a.csv', 'prompt\n')).rejects.toThrow(bad(/no prompts/));
  });

  test('one that is far too large is refused before it is parsed', async () => {
    await expect(readPrompts('a.txt', new Uint8Array(64 * 1024 * 1024 + 1).fill(97))).rejects.toThrow(bad(/64 MiB/));
  });

  test('the file is named, and what would be right is said', async () => {
    await expect(read('my prompts.jsonl', 'x')).rejects.toMatchObject({
      message: expect.stringContaining('my prompts.jsonl'),
      hint: expect.stringMatching(/TXT, CSV or JSONL/),
    });
  });
});
