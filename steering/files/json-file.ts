/** Small JSON files. */
import { parseBoundedJson } from './bounded-json.ts';
import { readRegularFile } from './regular-file.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/** For this user alone: such files can hold what people wrote. */
const MODE = 0o600;

/** @throws the file system's own error (ENOSPC, EACCES, …); the file then holds what it held before */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, JSON.stringify(value), MODE);
}

/** More than the largest of these files has: the replies of a calibration. */
const MAX_BYTES = 256 * 1024 * 1024;

/** The value, or null where there is no file or it is damaged: what such a file holds can be made again. */
export async function readJson(path: string): Promise<unknown> {
  try {
    return parseBoundedJson((await readRegularFile(path, MAX_BYTES)).toString('utf8'));
  } catch {
    return null;
  }
}
