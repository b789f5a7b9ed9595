import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { describe, expect, test } from 'vitest';
import type { SteadyError } from '../../../electron/contract/errors.ts';
import { readEvaluationSet } from '../../../electron/evaluation/prompt-set.ts';
import { fileWith, folder } from './helpers.ts';

const lines = (...values: unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

async function failure(path: string): Promise<SteadyError> {
  const error = await readEvaluationSet(path).then(
    () => null,
    (cause: unknown) => cause as SteadyError,
  );
  expect(error).toMatchObject({ code: 'bad-input' });
  expect(error!.message).toContain(path);
  return error!;
}

describe('what a line may be', () => {
  test('a prompt, a prompt with its answer, a conversation', async () => {
    const path = fileWith(
      lines(
        { prompt: 'Name a river.' },
        { prompt: 'How many legs has a spider?', answer: 8, source: 'ignored' },
        { prompt: 'The capital of Peru?', answer: 'Lima', system: 'Be brief.' },
        {
          turns: [
            { role: 'user', text: 'Hello.' },
            { role: 'assistant', content: 'Hello!' },
            { role: 'user', content: 'And now?' },
          ],
        },
        {
          turns: [
            { role: 'system', text: 'Be kind.' },
            { role: 'user', text: 'Hello.' },
          ],
        },
      ),
    );
    const { items, duplicates } = await readEvaluationSet(path);
    expect(duplicates).toBe(0);
    expect(items.map(({ answer }) => answer)).toEqual([null, '8', 'Lima', null, null]);
    expect(items.map(({ prompt }) => prompt.systemPrompt)).toEqual(['', '', 'Be brief.', '', 'Be kind.']);
    expect(items[3]!.prompt.turns).toEqual([
      { role: 'user', text: 'Hello.' },
      { role: 'assistant', text: 'Hello!' },
      { role: 'user', text: 'And now?' },
    ]);
    expect(items[4]!.prompt.turns).toHaveLength(1);
  });

  test('empty lines, a byte order mark, Windows line ends and a missing last line end do no harm', async () => {
    const { items } = await readEvaluationSet(fileWith('\ufeff{"prompt": "Ä"}\r\n\r\n  \n{"prompt": "b"}'));
    expect(items.map(({ prompt }) => prompt.turns[0]!.text)).toEqual(['Ä', 'b']);
    expect(items.map(({ line }) => line)).toEqual([1, 4]);
  });

  test('what is repeated is asked once, unless anything about it differs', async () => {
    const path = fileWith(lines({ prompt: 'a' }, { prompt: 'a' }, { prompt: 'a', answer: 1 }, { prompt: 'a', system: 's' }));
    const set = await readEvaluationSet(path);
    expect(set.items).toHaveLength(3);
    expect(set.duplicates).toBe(1);
    expect(new Set(set.items.map(({ hash }) => hash)).size).toBe(3);
  });
});

describe('what is wrong is named', () => {
  test('each faulty line with its number and its fault', async () => {
    const path = fileWith(
      [
        '{"prompt": "fine"}',
        'not json',
        '{"tags": "x"}',
        '["x"]',
        '{"prompt": ""}',
        '{"prompt": 5}',
        '{"prompt": "a", "turns": []}',
        '{"prompt": "a", "answer": {}}',
        '{"turns": []}',
        '{"turns": [{"role": "user", "text": "a"}, {"role": "robot", "text": "b"}]}',
        '{"turns": [{"role": "user", "text": "a"}, {"role": "user", "text": "b"}]}',
      ].join('\n'),
    );
    const { message, details } = await failure(path);
    expect(message).toContain('Line 2 is not JSON.');
    expect(message).toContain('Line 3 has no "prompt", "text", "question", "instruction", "messages" or "turns".');
    expect(message).toContain('Line 4 is not an object.');
    expect(message).toContain('Line 5 has an empty "prompt".');
    expect(message).toContain('Line 6 has a "prompt" that is no text.');
    expect(message).toContain('Line 7 has both');
    expect(message).toContain('Line 8 has an "answer"');
    expect(message).toContain('Line 9 has no turns.');
    expect(message).toContain('Line 10 has a turn 2');
    expect(message).toContain('Line 11 has turns that do not alternate');
    expect(details).toMatchObject({ count: 10 });
  });

  test('a conversation that ends with a reply', async () => {
    const turns = [
      { role: 'user', text: 'a' },
      { role: 'assistant', text: 'b' },
    ];
    expect((await failure(fileWith(lines({ turns })))).message).toContain("do not end with the user's");
  });

  test('many faults are counted, not listed', async () => {
    const { message } = await failure(fileWith('x\n'.repeat(500)));
    expect(message).toContain('And 490 more.');
    expect(message.length).toBeLessThan(1000);
  });

  test.each([
    ['an empty file', '', 'no prompts'],
    ['nothing but empty lines', '\n \n', 'no prompts'],
    ['bytes that are no UTF-8', Uint8Array.from([0x7b, 0xff, 0xfe, 0x7d]), 'UTF-8'],
    ['half a character at the end', Uint8Array.from([0x22, 0xe2, 0x82]), 'UTF-8'],
  ])('%s', async (_name, content, fault) => {
    expect((await failure(fileWith(content))).message).toContain(fault);
  });

  test('a file that is not there, and a folder', async () => {
    expect((await failure(join(folder(), 'none.jsonl'))).message).toContain('no such file');
    expect((await failure(folder())).message).toContain('folder');
  });
});

describe('a large file', () => {
  test('of 50 MB is read, and only as far as it is wanted', async () => {
    const path = join(folder(), 'large.jsonl');
    const stream = createWriteStream(path);
    const filler = 'ö word '.repeat(600);
    let bytes = 0;
    for (let at = 0; bytes < 50_000_000; at++) {
      const line = `${JSON.stringify({ prompt: `${at} ${filler}` })}\n`;
      bytes += Buffer.byteLength(line);
      stream.write(line);
    }
    stream.end('not json\n');
    await finished(stream);
    const some = await readEvaluationSet(path, { limit: 100 });
    expect(some.items).toHaveLength(100);
    expect(some.items[99]!.prompt.turns[0]!.text.startsWith('99 ö word ö')).toBe(true);
    const { details } = await failure(path);
    expect(details).toMatchObject({ count: 1 });
  }, 180_000);
});
