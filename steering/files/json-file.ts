/** Small JSON files. */
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from './write-file-atomic.ts';

/** For this user alone: such files can hold what people wrote. */
const MODE = 0o600;

/** @throws the file system's own error (ENOSPC, EACCES, …); the file then holds what it held before */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(value), MODE);
}

/** The value, or null where there is no file or it is damaged: what such a file holds can be made again. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch {
    return null;
  }
}
