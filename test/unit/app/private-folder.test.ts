import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { makePrivateFolder } from '../../../electron/private-folder.ts';

function machine(home: string, platform: NodeJS.Platform = 'win32') {
  const ran: string[][] = [];
  const run = (command: string, args: readonly string[]) => Promise.resolve(void ran.push([command, ...args]));
  return { ran, machine: { platform, home, user: 'ada', run } };
}

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'steady-private-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test.skipIf(process.platform === 'win32')('a folder is for its owner alone', async () => {
  const folder = join(temporaryFolder(), 'a', 'data');
  await makePrivateFolder(folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test("on Windows a new folder outside the user's own gets an access list for the user alone", async () => {
  const root = temporaryFolder();
  const { ran, machine: windows } = machine(join(root, 'home'));
  const folder = join(root, 'elsewhere');
  await makePrivateFolder(folder, windows);
  const everything = (who: string) => ['/grant:r', `${who}:(OI)(CI)F`];
  expect(ran).toEqual([
    ['icacls', folder, '/inheritance:r', ...everything('ada'), ...everything('*S-1-5-18'), ...everything('*S-1-5-32-544'), '/Q'],
  ]);
  // It is there now, and whoever changed its list since keeps it.
  await makePrivateFolder(folder, windows);
  expect(ran).toHaveLength(1);
});

test("on Windows the user's own folder is left to the system", async () => {
  const root = temporaryFolder();
  const { ran, machine: windows } = machine(root);
  await makePrivateFolder(join(root, 'AppData', 'Local', 'Steady'), windows);
  expect(ran).toEqual([]);
});

test('a list that cannot be set keeps nobody from starting', async () => {
  const root = temporaryFolder();
  const { machine: windows } = machine(join(root, 'home'));
  const run = () => Promise.reject(new Error('no icacls'));
  await expect(makePrivateFolder(join(root, 'elsewhere'), { ...windows, run })).resolves.toBeUndefined();
});
