import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Uploads } from '../../../electron/evaluation/jobs/uploads.ts';
import { folder } from './helpers.ts';

const CHUNK = 1024 * 1024;

/** Hands a file in as a page does. */
async function handIn(uploads: Uploads, name: string, content: Buffer | string, chunk = CHUNK) {
  const bytes = Buffer.from(content);
  const { setId } = await uploads.begin(name, bytes.length);
  for (let offset = 0; offset < bytes.length; offset += chunk) {
    await uploads.append(setId, offset, bytes.subarray(offset, offset + chunk).toString('base64'));
  }
  return uploads.finish(setId);
}

describe('prompts that are handed in', () => {
  test('a line each, with what repeats counted and nothing parsed that only looks like JSON', async () => {
    const uploads = new Uploads(folder());
    const set = await handIn(uploads, 'mine.txt', '\ufeffWhat is a tree?\r\n\r\n[1, 2] – which is larger?\nWhat is a tree?\n');
    expect(set).toMatchObject({ name: 'mine.txt', prompts: 2, duplicates: 1, withAnswers: 0 });
    expect(set.preview).toEqual(['What is a tree?', '[1, 2] – which is larger?']);
  });

  test('JSONL by its name, and pasted JSONL by its looks', async () => {
    const uploads = new Uploads(folder());
    const lines = '{"prompt": "2 + 2?", "answer": 4}\n{"turns": [{"role": "user", "text": "Hi"}]}\n';
    for (const name of ['sums.jsonl', 'Pasted prompts']) {
      expect(await handIn(uploads, name, lines)).toMatchObject({ prompts: 2, withAnswers: 1, preview: ['2 + 2?', 'Hi'] });
    }
  });

  test('characters that are cut by the pieces arrive whole', async () => {
    const uploads = new Uploads(folder());
    expect((await handIn(uploads, 'a.txt', 'Wie heißt du? 😀\n'.repeat(3), 5)).preview).toEqual(['Wie heißt du? 😀']);
  });

  test('faults are named line by line, and nothing of the file is kept', async () => {
    const uploads = new Uploads(folder());
    const fault = await handIn(uploads, 'bad.jsonl', '{"prompt": "a"}\n{"prompt": \n[]\n').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'bad-input', details: { count: 2 } });
    expect((fault as Error).message).toContain('bad.jsonl');
    expect((fault as Error).message).toContain('Line 2 is not JSON. Line 3 is not an object.');
  });

  test.each([
    ['an empty file', '', 'no prompts'],
    ['nothing but white space', ' \n\n', 'no prompts'],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0xff, 0xfe, 0x0a]), 'UTF-8'],
  ])('%s', async (_what, content, fault) => {
    await expect(handIn(new Uploads(folder()), 'x.txt', content)).rejects.toMatchObject({
      message: expect.stringContaining(fault) as string,
    });
  });

  test('pieces that do not fit, a file that did not arrive whole, one that is gone', async () => {
    const uploads = new Uploads(folder());
    const { setId } = await uploads.begin('a.txt', 4);
    await uploads.append(setId, 0, Buffer.from('ab').toString('base64'));
    await expect(uploads.append(setId, 0, Buffer.from('ab').toString('base64'))).rejects.toMatchObject({ code: 'conflict' });
    await expect(uploads.append(setId, 2, Buffer.from('cdef').toString('base64'))).rejects.toMatchObject({ code: 'conflict' });
    expect(() => uploads.infos([setId])).toThrow(/whole/);
    await expect(uploads.finish(setId)).rejects.toMatchObject({ code: 'conflict' });
    await expect(uploads.finish(setId)).rejects.toMatchObject({ code: 'not-found' });
  });

  // How the files get in each other's way is a matter of chance.
  test('twenty files at the same moment all arrive', { repeats: 4 }, async () => {
    const uploads = new Uploads(folder());
    const names = Array.from({ length: 20 }, (_, at) => `${at}.txt`);
    const sets = names.map(async (name, at) => {
      // As messages come: one after another, and none waits for the one before.
      for (let turn = 0; turn < at; turn++) await nextTurn();
      return handIn(uploads, name, `What is in ${name}?\n`);
    });
    expect((await Promise.all(sets)).map(({ preview }) => preview)).toEqual(names.map((name) => [`What is in ${name}?`]));
  });

  test('a disk that takes no more is a fault of this file, not the end of the app', async () => {
    const place = folder();
    const uploads = new Uploads(place);
    const { setId } = await uploads.begin('a.txt', 5);
    await uploads.append(setId, 0, Buffer.from('One?\n').toString('base64'));
    // Nothing can be written where a folder lies.
    mkdirSync(join(place, `${setId}.jsonl.part`));
    await expect(uploads.finish(setId)).rejects.toMatchObject({ code: 'EISDIR' });
    expect((await handIn(uploads, 'b.txt', 'Two?\n')).preview).toEqual(['Two?']);
  });

  test('are handed over once', async () => {
    const uploads = new Uploads(folder());
    const { setId } = await handIn(uploads, 'a.txt', 'One?\nTwo?\n');
    const path = join(folder(), '0.jsonl');
    await uploads.take(setId, path);
    expect(readFileSync(path, 'utf8')).toBe('{"prompt":"One?"}\n{"prompt":"Two?"}\n');
    expect(() => uploads.infos([setId])).toThrow(/not there/);
  });

  test('50 MB of them do not hold up the app', async () => {
    const uploads = new Uploads(folder());
    const lines = Array.from(
      { length: 500_000 },
      (_, at) => `Prompt number ${at}: what is this about, and why does it matter so much to us here?`,
    );
    const content = Buffer.from(lines.join('\n'));
    const { setId } = await uploads.begin('large.txt', content.length);
    for (let offset = 0; offset < content.length; offset += CHUNK) {
      await uploads.append(setId, offset, content.subarray(offset, offset + CHUNK).toString('base64'));
    }
    // Processor time between two turns of the event loop: what else this machine does has no part in it.
    const used = () => (process.cpuUsage().user + process.cpuUsage().system) / 1000;
    const stretches: number[] = [];
    let last = used();
    let done = false;
    const tick = () => {
      const now = used();
      stretches.push(now - last);
      last = now;
      if (!done) setImmediate(tick);
    };
    setImmediate(tick);
    const set = await uploads.finish(setId);
    done = true;
    expect(set.prompts).toBe(500_000);
    expect(stretches.sort((x, y) => x - y)[Math.floor(stretches.length * 0.99)]).toBeLessThan(50);
  }, 180_000);
});
