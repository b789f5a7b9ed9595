/** Finds refusal logs below a folder: data folders by their database, and exported bundles. */
import { open, readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { SteadyError } from '../contract/index.ts';

export interface FoundLog {
  kind: 'data-folder' | 'bundle';
  /** Of the database, or of the bundle. */
  path: string;
  /** What tells it apart: where it lies below the folder, without what every one of its kind has. */
  name: string;
}

const DATABASE = 'steady.db';
const MOST_DEPTH = 6;
const MOST_ENTRIES = 200_000;
/** A bundle begins with the tar header of this file. */
const FIRST_FILE = 'README.txt';

/**
 * In the order of their names. Links are not followed.
 * @throws SteadyError `bad-input` for a folder with more in it than logs of many machines have; the file system's error for the folder itself
 */
export async function findLogs(folder: string): Promise<FoundLog[]> {
  const found: FoundLog[] = [];
  let seen = 0;
  const look = async (path: string, depth: number): Promise<void> => {
    // A folder below that cannot be read is told by what is missing; the one that was named is the caller's mistake.
    const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
      if (depth === 0) throw error;
      return [];
    });
    seen += entries.length;
    if (seen > MOST_ENTRIES) {
      throw new SteadyError('bad-input', `There are more than ${MOST_ENTRIES} files below ${folder}.`, {
        hint: 'Name a folder that has data folders and bundles alone.',
      });
    }
    if (entries.some((entry) => entry.name === DATABASE && entry.isFile())) {
      found.push({ kind: 'data-folder', path: join(path, DATABASE), name: nameOf(folder, path) });
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) {
        if (depth < MOST_DEPTH) await look(inner, depth + 1);
      } else if (entry.isFile() && (await isBundle(inner))) found.push({ kind: 'bundle', path: inner, name: nameOf(folder, inner) });
    }
  };
  await look(folder, 0);
  return found;
}

function nameOf(folder: string, path: string): string {
  const name = relative(folder, path).split(sep).join('/');
  return name === '' ? basename(folder) : name.replace(/\.tar$/i, '');
}

async function isBundle(path: string): Promise<boolean> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
      return (
        bytesRead === 512 &&
        buffer.toString('latin1', 0, FIRST_FILE.length + 1) === `${FIRST_FILE}\0` &&
        buffer.toString('latin1', 257, 262) === 'ustar'
      );
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
