/** Reading what is named from outside: regular files, up to a limit, and nothing that could have no end. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FileTooLarge, NotRegularFile, readRegularFile } from '../../../../steering/files/regular-file.ts';
import { readProfile } from '../../../../steering/profile/index.ts';

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'steady-files-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

test('a file is read whole, through a link too, up to the limit and no further', async () => {
  const dir = await folder();
  const path = join(dir, 'file');
  await writeFile(path, 'twelve bytes');
  await symlink(path, join(dir, 'link'));
  expect((await readRegularFile(join(dir, 'link'), 12)).toString()).toBe('twelve bytes');
  await expect(readRegularFile(path, 11)).rejects.toThrow(FileTooLarge);
  await writeFile(path, '');
  expect(await readRegularFile(path, 0)).toHaveLength(0);
});

test.skipIf(process.platform !== 'linux')('a file that claims to be empty is read to its end, or to the limit', async () => {
  expect((await readRegularFile('/proc/self/status', 1024 * 1024)).toString()).toContain('Pid:');
  await expect(readRegularFile('/proc/self/status', 10)).rejects.toThrow(FileTooLarge);
});

test.skipIf(process.platform === 'win32')('a pipe, a device and a folder are named as such, at once', async () => {
  const dir = await folder();
  const pipe = join(dir, 'pipe');
  execFileSync('mkfifo', [pipe]);
  for (const path of [pipe, '/dev/zero', '/dev/null', dir]) await expect(readRegularFile(path, 100), path).rejects.toThrow(NotRegularFile);
  await expect(readProfile(pipe)).rejects.toMatchObject({
    code: 'profile-damaged',
    message: expect.stringContaining('not a regular file') as string,
  });
});

test('a profile of many gigabytes is refused without being read', async () => {
  const path = join(await folder(), 'huge.safetensors');
  await writeFile(path, '');
  await truncate(path, 8 * 1024 ** 3);
  await expect(readProfile(path)).rejects.toMatchObject({
    code: 'profile-damaged',
    message: expect.stringContaining('too large') as string,
  });
});
