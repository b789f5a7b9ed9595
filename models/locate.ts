/** Finds model files on this machine. A file is a catalogue model only once its SHA-256 matched. */
import { stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { CATALOGUE, catalogueEntry, entryBySha256, type CatalogueEntry } from './catalogue.ts';
import { ModelError } from './errors.ts';
import { cachedModelSha256, cachedSha256, defaultHashCache, type HashCache } from './hash-cache.ts';
import { inspectGguf, type GgufInfo } from './inspect.ts';
import { defaultDataDir, searchDirs } from './paths.ts';
import { formatBytes } from './text.ts';

export interface LocateOptions {
  /** Defaults to the per-user data folder. */
  dataDir?: string | undefined;
  /** Defaults to a JSON file in the data folder. */
  hashCache?: HashCache | undefined;
  signal?: AbortSignal | undefined;
}

/** Where a catalogue model stands on this machine. */
export type LocatedModel = ReadyModel | DamagedModel | MissingModel;
export interface ReadyModel {
  readonly entry: CatalogueEntry;
  readonly status: 'ready';
  readonly path: string;
  readonly sha256: string;
}
export interface DamagedModel {
  readonly entry: CatalogueEntry;
  readonly status: 'damaged';
  readonly path: string;
  /** One sentence that names the file and its fault. */
  readonly problem: string;
}
export interface MissingModel {
  readonly entry: CatalogueEntry;
  readonly status: 'missing';
}

/**
 * Looks for a catalogue model in every folder that is searched. A damaged file is reported only where no good one is
 * found elsewhere. Hashing a file for the first time reads all of it; later calls use the cache.
 * @throws ModelError `not-found` for an id that is not in the catalogue, `cancelled`.
 */
export async function findModel(id: string, options: LocateOptions = {}): Promise<LocatedModel> {
  return locateEntry(catalogueEntry(id), options);
}

/** Like `findModel`, for an entry. */
export async function locateEntry(entry: CatalogueEntry, options: LocateOptions = {}): Promise<LocatedModel> {
  const dataDir = options.dataDir ?? defaultDataDir();
  const cache = options.hashCache ?? defaultHashCache(dataDir);
  let damaged: DamagedModel | undefined;
  for (const directory of searchDirs(dataDir)) {
    const path = join(directory, entry.fileName);
    const problem = await checkFile(path, entry, cache, options.signal);
    if (problem === 'missing') continue;
    if (problem === null) return { entry, status: 'ready', path, sha256: entry.sha256 };
    damaged ??= { entry, status: 'damaged', path, problem };
  }
  return damaged ?? { entry, status: 'missing' };
}

/** Null when the file is the entry's; a sentence when it is not. */
async function checkFile(path: string, entry: CatalogueEntry, cache: HashCache, signal?: AbortSignal): Promise<string | 'missing' | null> {
  try {
    const found = await stat(path);
    if (!found.isFile()) return 'missing';
    if (found.size < entry.bytes) return `${path} is cut short: ${formatBytes(found.size)} of ${formatBytes(entry.bytes)}.`;
    if (found.size > entry.bytes) return `${path} is not the file it should be: it is too long.`;
    const sha256 = await cachedSha256(path, cache, { signal });
    return sha256 === entry.sha256 ? null : `${path} is damaged: its contents are not what they should be.`;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'missing';
    return `${path} cannot be read (${code ?? String(error)}).`;
  }
}

/** Every catalogue model and where it stands here, in the catalogue's order; models for tests only where they are present. */
export async function listModels(options: LocateOptions = {}): Promise<LocatedModel[]> {
  const located: LocatedModel[] = [];
  for (const entry of CATALOGUE) {
    const model = await locateEntry(entry, options);
    if (!entry.testOnly || model.status === 'ready') located.push(model);
  }
  return located;
}

/**
 * The catalogue model, ready to be loaded.
 * @throws ModelError `not-found`, `model-missing` or `model-damaged`, with a hint how to get it.
 */
export async function requireModel(id: string, options: LocateOptions = {}): Promise<ReadyModel> {
  const model = await findModel(id, options);
  if (model.status === 'ready') return model;
  const hint = `Download it: steady models pull ${id}`;
  if (model.status === 'damaged') {
    throw new ModelError('model-damaged', `The file of ${model.entry.name} cannot be used. ${model.problem}`, {
      hint,
      details: { modelId: id, path: model.path },
    });
  }
  throw new ModelError('model-missing', `${model.entry.name} is not on this machine.`, { hint, details: { modelId: id } });
}

export interface VerifiedFile {
  readonly path: string;
  /** Of all files of the model, see `cachedModelSha256`. */
  readonly sha256: string;
  readonly info: GgufInfo;
  /** The catalogue model that this is, if it is one. */
  readonly entry: CatalogueEntry | null;
}

export interface VerifyOptions extends LocateOptions {
  /** Reads the file even where the cache knows its hash. */
  fresh?: boolean | undefined;
  onProgress?: ((hashedBytes: number, totalBytes: number) => void) | undefined;
}

/**
 * Checks any model file: a whole GGUF, and what it is. A file that carries a catalogue model's name but not its contents
 * is damaged.
 * @throws ModelError `model-missing`, `model-not-gguf`, `model-damaged`, `model-unsupported`, `cancelled`.
 */
export async function verifyModel(path: string, options: VerifyOptions = {}): Promise<VerifiedFile> {
  const absolute = resolve(path);
  const info = await inspectGguf(absolute);
  const cache = options.hashCache ?? defaultHashCache(options.dataDir ?? defaultDataDir());
  const lookup: HashCache = options.fresh ? { get: async () => undefined, set: (file, sha256) => cache.set(file, sha256) } : cache;
  const sha256 = await cachedModelSha256(info.paths, lookup, {
    signal: options.signal,
    onBytes: (bytes) => options.onProgress?.(bytes, info.bytes),
  });
  const entry = entryBySha256(sha256) ?? null;
  const claimed = CATALOGUE.find((candidate) => candidate.fileName === basename(absolute));
  if (claimed && claimed !== entry) {
    throw new ModelError('model-damaged', `The model file is damaged: ${absolute} is not ${claimed.name} as it was published.`, {
      hint: `Download it again: steady models pull ${claimed.id}`,
      details: { path: absolute, sha256, expectedSha256: claimed.sha256 },
    });
  }
  return { path: absolute, sha256, info, entry };
}
