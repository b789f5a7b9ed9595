/** Files that pages hand in, in pieces: real files in a folder of their own. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { MAX_PROMPT_FILE_BYTES } from '../../../electron/contract/index.ts';
import { PromptUploads } from '../../../electron/prompt-files/uploads.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-uploads-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('pieces join to the file, in whatever order their writing ends', async () => {
  const uploads = new PromptUploads(join(place(), 'made-when-needed'));
  const { uploadId } = await uploads.begin('../mine.txt', 6);
  await Promise.all([
    uploads.append(uploadId, 0, base64('ab')),
    uploads.append(uploadId, 2, base64('cd')),
    uploads.append(uploadId, 4, base64('ef')),
  ]);
  const { fileName, path } = await uploads.take(uploadId);
  expect(fileName).toBe('mine.txt');
  expect(readFileSync(path, 'utf8')).toBe('abcdef');
  await expect(uploads.take(uploadId)).rejects.toMatchObject({ code: 'not-found' });
  expect(existsSync(path)).toBe(true);
});

test('a piece that is sent again, since no answer was heard, is not added twice', async () => {
  const uploads = new PromptUploads(place());
  const { uploadId } = await uploads.begin('a.txt', 4);
  await uploads.append(uploadId, 0, base64('ab'));
  expect(await uploads.append(uploadId, 0, base64('ab'))).toEqual({ received: 2 });
  expect(await uploads.append(uploadId, 2, base64('cd'))).toEqual({ received: 4 });
  expect(readFileSync((await uploads.take(uploadId)).path, 'utf8')).toBe('abcd');
});

test('pieces that do not fit, a file that did not arrive whole, one that is too large, one that is gone', async () => {
  const folder = place();
  const uploads = new PromptUploads(folder);
  const { uploadId } = await uploads.begin('a.txt', 4);
  await uploads.append(uploadId, 0, base64('ab'));
  await expect(uploads.append(uploadId, 3, base64('d'))).rejects.toMatchObject({ code: 'conflict' });
  await expect(uploads.append(uploadId, 2, base64('cdef'))).rejects.toMatchObject({ code: 'conflict' });
  await expect(uploads.take(uploadId)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('2 of 4 bytes') as string,
  });
  await uploads.discard(uploadId);
  await expect(uploads.append(uploadId, 2, base64('cd'))).rejects.toMatchObject({ code: 'not-found' });
  await expect(uploads.begin('huge.txt', MAX_PROMPT_FILE_BYTES + 1)).rejects.toMatchObject({ code: 'bad-input' });
  expect(readdirSync(folder)).toEqual([]);
});

test('of files that nobody goes on with, no more than some stay', async () => {
  const folder = place();
  const uploads = new PromptUploads(folder);
  const ids: string[] = [];
  for (let at = 0; at < 70; at++) ids.push((await uploads.begin(`${at}.txt`, 1)).uploadId);
  expect(readdirSync(folder)).toHaveLength(64);
  await expect(uploads.append(ids[0]!, 0, base64('a'))).rejects.toMatchObject({ code: 'not-found' });
  expect(await uploads.append(ids[69]!, 0, base64('a'))).toEqual({ received: 1 });
});

test('what another copy of the app is receiving is left alone; what is a day old goes', async () => {
  const folder = place();
  for (const name of ['new', 'old']) writeFileSync(join(folder, name), 'x');
  utimesSync(join(folder, 'old'), 0, 0);
  await new PromptUploads(folder).begin('a.txt', 1);
  expect(readdirSync(folder)).toContain('new');
  expect(readdirSync(folder)).not.toContain('old');
});
