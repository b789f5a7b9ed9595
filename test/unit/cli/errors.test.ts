import { randomUUID } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { reportError } from '../../../electron/cli/errors.ts';
import { writeFileAtomic } from '../../../steering/files/write-file-atomic.ts';

afterEach(() => void vi.restoreAllMocks());

/** What is said on stderr, and the exit code. */
function reported(error: unknown): { code: number; said: string } {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const code = reportError(error, false);
  return { code, said: write.mock.calls.map(([text]) => String(text)).join('') };
}

const missing = join(tmpdir(), 'steady-none', 'prompts.txt');
// Made up, since root may read everything.
const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', path: '/root/prompts.txt' });

test.each<[string, () => Promise<unknown>, number, string]>([
  ['that is not there', () => readFile(missing), 3, `There is no ${missing}.`],
  ['that is a folder, to be written', () => writeFile(tmpdir(), ''), 2, `${tmpdir()} is a folder.`],
  ['that is a folder, to be read', () => readFile(tmpdir()), 2, 'is a folder.'],
  ['that leads through a file', () => readFile(join(import.meta.filename, 'x')), 2, 'leads through something that is no folder.'],
  ['that is a file, for a folder', () => mkdir(import.meta.filename, { recursive: true }), 2, `${import.meta.filename} is a file, where`],
  ['under a name of its own until it is whole', () => writeFile(`${missing}.partial-${randomUUID()}`, ''), 3, `There is no ${missing}.`],
  ['that is a folder, to be replaced', () => writeFileAtomic(import.meta.dirname, '', 0o600), 2, `${import.meta.dirname} is a folder.`],
  ['that may not be read', () => Promise.reject(denied), 2, '/root/prompts.txt may not be read or written.'],
])('a path %s is what a person got wrong, and no fault of ours', async (_, work, code, sentence) => {
  const error = await work().catch((thrown: unknown) => thrown);
  const report = reported(error);
  expect(report).toEqual({ code, said: expect.stringContaining(sentence) as string });
  expect(report.said).toMatch(/^.+\nCheck the path\.\n$/);
});

test('what the file system says otherwise, and every other error, is shown with where it came from', () => {
  const broken = Object.assign(new Error('EIO: i/o error'), { code: 'EIO', path: '/dev/sda' });
  for (const error of [broken, new Error('Oh.')]) {
    expect(reported(error)).toEqual({ code: 1, said: expect.stringContaining('errors.test.ts') as string });
    vi.restoreAllMocks();
  }
});
