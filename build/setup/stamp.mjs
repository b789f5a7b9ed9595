/** Stamps: what a step was last done for, so that it is not done again. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { ROOT, STATE_DIR } from './context.mjs';

const stampPath = (name) => join(STATE_DIR, `${name}.stamp`);

/** The stamp's content, or null. */
export function readStamp(name) {
  try {
    return readFileSync(stampPath(name), 'utf8');
  } catch {
    return null;
  }
}

/** Writes a stamp whole or not at all. */
export function writeStamp(name, content) {
  mkdirSync(STATE_DIR, { recursive: true });
  const temporary = `${stampPath(name)}.${process.pid}`;
  writeFileSync(temporary, content);
  renameSync(temporary, stampPath(name));
}

export function removeStamp(name) {
  rmSync(stampPath(name), { force: true });
}

/**
 * One hash of files and folders (paths from the repository's root) and of whatever else the result depends on. What is
 * absent counts as empty.
 */
export function hashInputs(paths, ...more) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesUnder(join(ROOT, path))) hash.update(relative(ROOT, file)).update('\0').update(readFileSync(file)).update('\0');
  }
  for (const value of more) hash.update(String(value)).update('\0');
  return hash.digest('hex');
}

function filesUnder(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    return error.code === 'ENOTDIR' ? [path] : [];
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const child = join(path, entry.name);
      if (entry.isDirectory()) return filesUnder(child);
      return entry.isFile() ? [child] : [];
    });
}
