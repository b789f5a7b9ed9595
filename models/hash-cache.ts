/**
 * Remembers the SHA-256 of files that were hashed before, so that a start does not read gigabytes again. An entry holds
 * only while the file's size and modification time are what they were.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { sha256File, type HashOptions } from './hash.ts';
import { defaultDataDir } from './paths.ts';

export interface FileStamp {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch, with their fraction. */
  readonly mtimeMs: number;
}

/** Where hashes are remembered. The app may bring its own (a table, say). */
export interface HashCache {
  get(file: FileStamp): Promise<string | undefined>;
  set(file: FileStamp, sha256: string): Promise<void>;
}

const cacheFile = z.record(z.string(), z.object({ size: z.number(), mtimeMs: z.number(), sha256: z.string().regex(/^[0-9a-f]{64}$/) }));
type CacheFile = z.infer<typeof cacheFile>;

/** A cache of tens of thousands of files; a larger one is not ours. */
const MAX_CACHE_BYTES = 16 * 1024 * 1024;

async function readCache(path: string): Promise<CacheFile> {
  try {
    const found = await stat(path);
    if (!found.isFile() || found.size > MAX_CACHE_BYTES) return {};
    const parsed = cacheFile.safeParse(JSON.parse(await readFile(path, 'utf8')));
    return parsed.success ? parsed.data : {};
  } catch {
    return {}; // Missing or unreadable: everything is simply hashed again.
  }
}

/** A cache in a JSON file. Hashes known to `alsoRead` are used but never written there. */
export function jsonHashCache(path: string, alsoRead: readonly string[] = []): HashCache {
  return {
    async get(file) {
      for (const source of [path, ...alsoRead]) {
        const entry = (await readCache(source))[file.path];
        if (entry && entry.size === file.size && entry.mtimeMs === file.mtimeMs) return entry.sha256;
      }
      return undefined;
    },
    async set(file, sha256) {
      const next = { ...(await readCache(path)), [file.path]: { size: file.size, mtimeMs: file.mtimeMs, sha256 } };
      const temporary = `${path}.${process.pid}.tmp`;
      try {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(temporary, `${JSON.stringify(next, null, 1)}\n`);
        await rename(temporary, path);
      } catch {
        // Only speed is lost: a folder that cannot be written to must not keep a verified model from being used.
      }
    },
  };
}

/** The cache of a data folder, which also knows what the per-user folder's cache knows. */
export function defaultHashCache(dataDir: string): HashCache {
  const own = join(dataDir, 'model-hashes.json');
  const perUser = join(defaultDataDir(), 'model-hashes.json');
  return jsonHashCache(own, resolve(own) === resolve(perUser) ? [] : [perUser]);
}

/** The file's SHA-256, from the cache where it holds. @throws what `sha256File` throws. */
export async function cachedSha256(path: string, cache: HashCache, options: HashOptions = {}): Promise<string> {
  const absolute = resolve(path);
  const before = await stat(absolute);
  const stamp = { path: absolute, size: before.size, mtimeMs: before.mtimeMs };
  const known = await cache.get(stamp);
  if (known) return known;
  const sha256 = await sha256File(absolute, options);
  const after = await stat(absolute);
  // A file that changed while it was read has no hash worth remembering.
  if (after.size === stamp.size && after.mtimeMs === stamp.mtimeMs) await cache.set(stamp, sha256);
  return sha256;
}

/**
 * The identity of a model: of one file, its SHA-256; of several, the SHA-256 over the lines of their SHA-256s in order, as
 * `sha256sum NAME-*.gguf | cut -c -64 | sha256sum` prints it. No part can be exchanged without it.
 * @param options.onBytes is told the bytes of all files that were hashed so far
 * @throws what `sha256File` throws
 */
export async function cachedModelSha256(paths: readonly string[], cache: HashCache, options: HashOptions = {}): Promise<string> {
  const hashes: string[] = [];
  let before = 0;
  for (const path of paths) {
    const start = before;
    hashes.push(await cachedSha256(path, cache, { ...options, onBytes: (bytes) => options.onBytes?.(start + bytes) }));
    before += (await stat(path)).size;
  }
  if (hashes.length === 1) return hashes[0]!;
  return createHash('sha256')
    .update(hashes.map((sha256) => `${sha256}\n`).join(''))
    .digest('hex');
}
