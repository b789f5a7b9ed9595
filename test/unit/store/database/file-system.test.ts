/** Databases on a network: known by their file system, and kept without the log that needs shared memory. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import { networkFileSystem, networkFileSystemName } from '../../../../electron/store/database/file-system.ts';
import { MIGRATIONS } from '../../../../electron/store/migrations/index.ts';
import { temporaryFolder } from '../helpers.ts';

const onNfs = () => 'NFS';
const open = async (path: string, fileSystemOf: (file: string) => string | null) => {
  const db = await openDatabase(path, MIGRATIONS, fileSystemOf);
  onTestFinished(() => void db.close());
  return db;
};
const addSet = "INSERT INTO benign_sets (id, name, source, created_at, updated_at, complete) VALUES (?, ?, '', 0, 0, 1)";
const names = (db: Awaited<ReturnType<typeof openDatabase>>) => db.prepare('SELECT name FROM benign_sets ORDER BY name').pluck().all();

test.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xff534d42 | 0, 'CIFS'],
  [0xfe534d42, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9P'],
  [0xef53, null],
  [0x01021994, null],
  [0x9123683e, null],
  [0x58465342, null],
])('file system number %i is %s', (type, name) => {
  expect(networkFileSystemName(type)).toBe(name);
});

test('a folder of this machine is none, also before it is made', () => {
  const folder = temporaryFolder();
  expect(networkFileSystem(join(folder, 'steady.db'))).toBeNull();
  expect(networkFileSystem(join(folder, 'not', 'yet', 'steady.db'))).toBeNull();
});

test('on a disk a log is written ahead; on a network there is the older journal, and nothing in shared memory', async () => {
  const folder = temporaryFolder();
  const local = await open(join(folder, 'local.db'), () => null);
  expect(local.pragma('journal_mode', { simple: true })).toBe('wal');
  const remote = await open(join(folder, 'remote.db'), onNfs);
  remote.prepare(addSet).run('a', 'A');
  expect(remote.pragma('journal_mode', { simple: true })).toBe('truncate');
  expect(remote.pragma('synchronous', { simple: true })).toBe(2);
  expect(existsSync(join(folder, 'remote.db-shm'))).toBe(false);
  // Not locked for good: another process of the same machine may read and write as well.
  const other = await open(join(folder, 'remote.db'), onNfs);
  other.prepare(addSet).run('b', 'B');
  expect(names(remote)).toEqual(['A', 'B']);
});

test('a database that moved to a network takes its log with it', async () => {
  const path = join(temporaryFolder(), 'steady.db');
  const before = await open(path, () => null);
  before.prepare(addSet).run('a', 'A');
  // As after a crash: the log is there, and what it holds is nowhere else.
  const [database, log] = [readFileSync(path), readFileSync(`${path}-wal`)];
  expect(log.length).toBeGreaterThan(0);
  const moved = join(temporaryFolder(), 'steady.db');
  writeFileSync(moved, database);
  writeFileSync(`${moved}-wal`, log);
  const after = await open(moved, onNfs);
  expect(names(after)).toEqual(['A']);
  expect(after.pragma('journal_mode', { simple: true })).toBe('truncate');
  expect([existsSync(`${moved}-wal`), existsSync(`${moved}-shm`)]).toEqual([false, false]);
});
