import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { HandedInSets } from '../../../electron/evaluation/jobs/handed-in-sets.ts';
import { PromptUploads } from '../../../electron/prompt-files/uploads.ts';
import { readEvaluationSet } from '../../../electron/evaluation/prompt-set.ts';
import { rounds } from '../../fixtures/rounds.ts';
import { folder } from './helpers.ts';

const CHUNK = 1024 * 1024;

/** Hands a file in as a page does. */
async function handIn({ uploads, sets }: Rig, name: string, content: Buffer | string, chunk = CHUNK) {
  return sets.read(await send(uploads, name, content, chunk));
}

async function send(uploads: PromptUploads, name: string, content: Buffer | string, chunk = CHUNK): Promise<string> {
  const bytes = Buffer.from(content);
  const { uploadId } = await uploads.begin(name, bytes.length);
  for (let offset = 0; offset < bytes.length; offset += chunk) {
    await uploads.append(uploadId, offset, bytes.subarray(offset, offset + chunk).toString('base64'));
  }
  return uploadId;
}

interface Rig {
  uploads: PromptUploads;
  sets: HandedInSets;
  /** Where sets lie, and where files do that are not read yet. */
  place: string;
  waiting: string;
}

function open(): Rig {
  const [place, waiting] = [folder(), folder()];
  const uploads = new PromptUploads(waiting);
  return { uploads, sets: new HandedInSets(place, uploads), place, waiting };
}

describe('prompts that are handed in', () => {
  test('a line each, with what repeats counted and nothing parsed that only looks like JSON', async () => {
    const rig = open();
    const set = await handIn(rig, 'mine.txt', '\ufeffWhat is a tree?\r\n\r\n[1, 2] – which is larger?\nWhat is a tree?\n');
    expect(set).toMatchObject({ name: 'mine.txt', prompts: 2, duplicates: 1, withAnswers: 0 });
    expect(set.preview).toEqual(['What is a tree?', '[1, 2] – which is larger?']);
  });

  test('JSONL by its name, and pasted JSONL by its looks', async () => {
    const rig = open();
    const lines = '{"prompt": "2 + 2?", "answer": 4}\n{"turns": [{"role": "user", "text": "Hi"}]}\n';
    for (const name of ['sums.jsonl', 'Pasted prompts']) {
      expect(await handIn(rig, name, lines)).toMatchObject({ prompts: 2, withAnswers: 1, preview: ['2 + 2?', 'Hi'] });
    }
  });

  test('characters that are cut by the pieces arrive whole', async () => {
    const rig = open();
    expect((await handIn(rig, 'a.txt', 'Wie heißt du? 😀\n'.repeat(3), 5)).preview).toEqual(['Wie heißt du? 😀']);
  });

  test('faults are named line by line, and nothing of the file is kept', async () => {
    const rig = open();
    const fault = await handIn(rig, 'bad.jsonl', '{"prompt": "a"}\n{"prompt": \n[]\n').catch((error: unknown) => error);
    expect(fault).toMatchObject({ code: 'bad-input', details: { count: 2 } });
    expect((fault as Error).message).toContain('bad.jsonl');
    expect((fault as Error).message).toContain('Line 2 is not JSON. Line 3 is not an object.');
  });

  test.each([
    ['an empty file', '', 'no prompts'],
    ['nothing but white space', ' \n\n', 'no prompts'],
    ['bytes that are no text', Buffer.from([0x61, 0x00, 0x01, 0x0a]), 'not a text file'],
  ])('%s', async (_what, content, fault) => {
    await expect(handIn(open(), 'x.txt', content)).rejects.toMatchObject({
      message: expect.stringContaining(fault) as string,
    });
  });

  // How the files get in each other's way is a matter of chance.
  test('twenty files at the same moment all arrive', { repeats: rounds(1) }, async () => {
    const rig = open();
    const names = Array.from({ length: 20 }, (_, at) => `${at}.txt`);
    const sets = names.map(async (name, at) => {
      // As messages come: one after another, and none waits for the one before.
      for (let turn = 0; turn < at; turn++) await nextTurn();
      return handIn(rig, name, `What is in ${name}?\n`);
    });
    expect((await Promise.all(sets)).map(({ preview }) => preview)).toEqual(names.map((name) => [`What is in ${name}?`]));
  });

  test('a disk that takes no more is a fault of this file, not the end of the app', async () => {
    const rig = open();
    await handIn(rig, 'first.txt', 'Zero?\n');
    // Nothing can be written where there is no folder any more.
    rmSync(rig.place, { recursive: true });
    await expect(handIn(rig, 'a.txt', 'One?\n'.repeat(100_000))).rejects.toMatchObject({ code: 'ENOENT' });
    mkdirSync(rig.place);
    expect((await handIn(rig, 'b.txt', 'Two?\n')).preview).toEqual(['Two?']);
    // The files of the two that were read stay, to be read in another way.
    expect(readdirSync(rig.waiting)).toHaveLength(2);
  });

  test('CSV by its name: the column of prompts, each on its line', async () => {
    const rig = open();
    const { setId, ...info } = await handIn(rig, 'mine.csv', 'id,prompt\n1,"One,\ntwo?"\n2,Three?\n');
    expect(info).toMatchObject({ prompts: 2, preview: ['One,\ntwo?', 'Three?'] });
    const path = join(folder(), '0.jsonl');
    await rig.sets.take(setId, path);
    const { items } = await readEvaluationSet(path);
    expect(items.map(({ line, prompt }) => [line, prompt.turns[0]!.text])).toEqual([
      [3, 'One,\ntwo?'],
      [4, 'Three?'],
    ]);
  });

  test('what a job finds is what was handed in, whatever a line says', async () => {
    const rig = open();
    const text = [
      '{"prompt": " 2 + 2? ", "answer": 4, "system": "Be brief."}',
      '',
      '{"turns": [{"role": "system", "text": "Be kind."}, {"role": "user", "text": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "text": "And?"}]}',
    ].join('\r');
    const { setId } = await handIn(rig, 'a.jsonl', text);
    const [mine, theirs] = [join(folder(), '0.jsonl'), join(folder(), 'a.jsonl')];
    await rig.sets.take(setId, mine);
    writeFileSync(theirs, text);
    expect((await readEvaluationSet(mine)).items).toEqual((await readEvaluationSet(theirs)).items);
    expect((await readEvaluationSet(mine)).items.map(({ line }) => line)).toEqual([1, 3]);
  });

  test('are handed over once', async () => {
    const rig = open();
    const { setId } = await handIn(rig, 'a.txt', 'One?\nTwo?\n');
    const path = join(folder(), '0.jsonl');
    await rig.sets.take(setId, path);
    expect(readFileSync(path, 'utf8')).toBe('{"prompt":"One?"}\n{"prompt":"Two?"}\n');
    expect(() => rig.sets.infos([setId])).toThrow(/not there/);
  });

  test('50 MB of them do not hold up the app', async () => {
    const rig = open();
    const lines = Array.from(
      { length: 500_000 },
      (_, at) => `Prompt number ${at}: what is this about, and why does it matter so much to us here?`,
    );
    const content = Buffer.from(lines.join('\n'));
    const uploadId = await send(rig.uploads, 'large.txt', content);
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
    const set = await rig.sets.read(uploadId);
    done = true;
    expect(set.prompts).toBe(500_000);
    expect(stretches.sort((x, y) => x - y)[Math.floor(stretches.length * 0.99)]).toBeLessThan(50);
  }, 180_000);
});
