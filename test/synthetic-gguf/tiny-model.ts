/**
 * The models of tests that look at how the app works and not at what a model says: a few blocks, loaded in milliseconds.
 * They are written once for each state of their writer, beside what set-up keeps.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promptSetHashes } from '../../steering/prompts/index.ts';
import { writeRefusingModel } from './refusing-model.ts';
import { SHAPES } from './shapes.ts';
import type { Dialect } from './vocabulary.ts';
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

/** Random weights. */
export const tinyModel = (): Promise<TinyModel> =>
  written('tiny', 'Tiny', [], (path) => writeSyntheticModel({ shapeName: 'tiny', shape: TINY_SHAPE, path, seed: 1 }));

/** One that refuses some harmful requests by itself: what a calibration needs of a model. */
export const refusingModel = (): Promise<TinyModel> =>
  written('refusing', 'Refusing', Object.values(promptSetHashes()), writeRefusingModel);

/**
 * Random weights, and a vocabulary of so few words that it writes the markers of its dialect now and then.
 * @param name of letters alone, one a dialect
 * @param size of the vocabulary; in a larger one markers come less often
 */
export const thinkingModel = (name: string, dialect: Dialect, size = FEW_WORDS): Promise<TinyModel> =>
  written(`thinking-${name}`, 'Thinking', [JSON.stringify(dialect), String(size)], (path) =>
    writeSyntheticModel({ shapeName: 'thinking', shape: { ...TINY_SHAPE, vocabulary: size }, path, seed: 1, dialect }),
  );

const FEW_WORDS = 272;

/** Writes the file where it is not there yet. @param from what else its weights are made from */
async function written(kind: string, name: string, from: readonly string[], write: (path: string) => Promise<unknown>): Promise<TinyModel> {
  const sources = readdirSync(import.meta.dirname).sort();
  const parts = sources.map((file) => readFileSync(join(import.meta.dirname, file)));
  const key = sha256Of(...parts, Buffer.from(from.join())).slice(0, 16);
  const path = join(FOLDER, `${kind}-${key}.gguf`);
  if (!existsSync(path)) {
    mkdirSync(FOLDER, { recursive: true });
    // Several processes may be at it at once: each writes its own, and all are the same.
    const own = `${path}.${process.pid}`;
    await write(own);
    renameSync(own, path);
    const old = new RegExp(`^${kind}-[0-9a-f]{16}\\.gguf$`);
    for (const file of readdirSync(FOLDER)) if (old.test(file) && !path.endsWith(file)) rmSync(join(FOLDER, file));
  }
  return { path, sha256: sha256Of(readFileSync(path)), id: `file:${path}`, name };
}
