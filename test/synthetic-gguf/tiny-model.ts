/**
 * The model of tests that look at how the app works and not at what a model says: random weights, a few blocks, loaded in
 * milliseconds. It is written once for each state of the writer, beside what set-up keeps.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { SHAPES } from './shapes.ts';
import { writeSyntheticModel } from './write.ts';

export const TINY_SHAPE = SHAPES['tiny']!;
const FOLDER = join(import.meta.dirname, '..', '..', '.cache', 'test');

const sha256Of = (...parts: Uint8Array[]) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex');

export interface TinyModel {
  path: string;
  sha256: string;
  /** How the app lists it. */
  id: string;
  name: string;
}

/** Writes the file where it is not there yet. */
export async function tinyModel(): Promise<TinyModel> {
  const sources = readdirSync(import.meta.dirname).sort();
  const key = sha256Of(...sources.map((name) => readFileSync(join(import.meta.dirname, name)))).slice(0, 16);
  const path = join(FOLDER, `tiny-${key}.gguf`);
  if (!existsSync(path)) {
    mkdirSync(FOLDER, { recursive: true });
    // Several processes may be at it at once: each writes its own, and all are the same.
    const own = `${path}.${process.pid}`;
    await writeSyntheticModel({ shapeName: 'tiny', shape: TINY_SHAPE, path: own, seed: 1 });
    renameSync(own, path);
    for (const name of readdirSync(FOLDER)) if (/^tiny-[0-9a-f]{16}\.gguf$/.test(name) && !path.endsWith(name)) rmSync(join(FOLDER, name));
  }
  return { path, sha256: sha256Of(readFileSync(path)), id: `file:${path}`, name: 'Tiny' };
}
