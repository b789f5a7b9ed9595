import { appendFileSync, copyFileSync, mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { cachedSha256, jsonHashCache } from '../../../models/hash-cache.ts';
import { requireModel, searchDirs, verifyModel } from '../../../models/index.ts';
import { locateEntry } from '../../../models/locate.ts';
import { defaultDataDir } from '../../../models/paths.ts';
import { modelBytes, sampleEntry, sha256, temporaryFolder } from './helpers.ts';
import { sampleGguf } from './sample-gguf.ts';

afterEach(() => vi.unstubAllEnvs());

/** A data folder and, apart from it, an empty per-user one. */
function isolatedDataDir(): string {
  vi.stubEnv('XDG_DATA_HOME', temporaryFolder());
  return temporaryFolder();
}

describe('where models are looked for', () => {
  test('the per-user folder of each system', () => {
    expect(defaultDataDir({}, 'linux', '/home/a')).toBe('/home/a/.local/share/steady');
    expect(defaultDataDir({ XDG_DATA_HOME: '/data' }, 'linux', '/home/a')).toBe('/data/steady');
    expect(defaultDataDir({}, 'darwin', '/Users/a')).toBe('/Users/a/Library/Application Support/Steady');
    expect(defaultDataDir({ LOCALAPPDATA: '/L' }, 'win32', '/U')).toBe(join('/L', 'Steady'));
  });

  test('the data folder, the per-user folder, then STEADY_MODELS, each once', () => {
    const env = { XDG_DATA_HOME: '/data', STEADY_MODELS: ['/one', '/two', '/mine/models'].join(delimiter) };
    expect(searchDirs('/mine', env)).toEqual(['/mine/models', '/data/steady/models', '/one', '/two']);
  });
});

describe('finding a model', () => {
  const bytes = modelBytes(5000);
  const entry = sampleEntry(bytes);

  test('is missing, ready, or damaged and named', async () => {
    const dataDir = isolatedDataDir();
    const path = join(dataDir, 'models', entry.fileName);
    expect(await locateEntry(entry, { dataDir })).toMatchObject({ status: 'missing' });

    mkdirSync(join(dataDir, 'models'));
    writeFileSync(path, bytes);
    expect(await locateEntry(entry, { dataDir })).toEqual({ entry, status: 'ready', path, sha256: entry.sha256 });

    writeFileSync(path, bytes.subarray(0, 4000));
    expect(await locateEntry(entry, { dataDir })).toMatchObject({
      status: 'damaged',
      path,
      problem: expect.stringMatching(/cut short.*4 kB of 5 kB/),
    });

    const flipped = Buffer.from(bytes);
    flipped[4321] = (flipped[4321] ?? 0) ^ 1;
    writeFileSync(path, flipped);
    expect(await locateEntry(entry, { dataDir })).toMatchObject({
      status: 'damaged',
      problem: expect.stringContaining('not what they should be'),
    });

    appendFileSync(path, 'x');
    expect(await locateEntry(entry, { dataDir })).toMatchObject({ status: 'damaged', problem: expect.stringContaining('too long') });
  });

  test('a good file elsewhere makes up for a damaged one', async () => {
    const dataDir = isolatedDataDir();
    const elsewhere = temporaryFolder();
    vi.stubEnv('STEADY_MODELS', elsewhere);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(join(dataDir, 'models', entry.fileName), 'broken');
    writeFileSync(join(elsewhere, entry.fileName), bytes);
    expect(await locateEntry(entry, { dataDir })).toMatchObject({ status: 'ready', path: join(elsewhere, entry.fileName) });
  });

  test('a model that is needed and missing is an error that says how to get it', async () => {
    await expect(requireModel('gemma-2-9b-it', { dataDir: isolatedDataDir() })).rejects.toMatchObject({
      code: 'model-missing',
      hint: expect.stringContaining('models pull gemma-2-9b-it'),
    });
  });
});

describe('the hash cache', () => {
  test('a file is read again only when its size or time changed', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    const cache = jsonHashCache(join(folder, 'cache.json'));
    const write = (text: string, second: number) => {
      writeFileSync(path, text);
      utimesSync(path, second, second);
    };
    write('one', 1000);
    const first = await cachedSha256(path, cache);
    expect(first).toBe(sha256(Buffer.from('one')));

    // Same size and time: the cache is believed, which shows that nothing was read.
    write('two', 1000);
    expect(await cachedSha256(path, cache)).toBe(first);

    write('two', 1001);
    expect(await cachedSha256(path, cache)).toBe(sha256(Buffer.from('two')));
  });

  test('a broken cache file is as good as none', async () => {
    const folder = temporaryFolder();
    const cachePath = join(folder, 'cache.json');
    writeFileSync(cachePath, '{"/x": {"sha256": 5}');
    writeFileSync(join(folder, 'file'), 'one');
    expect(await cachedSha256(join(folder, 'file'), jsonHashCache(cachePath))).toBe(sha256(Buffer.from('one')));
    expect(JSON.parse(readFileSync(cachePath, 'utf8'))).toHaveProperty([join(folder, 'file'), 'size'], 3);
  });

  test('a folder that cannot be written to costs speed only', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), 'one');
    writeFileSync(join(folder, 'blocker'), '');
    const cache = jsonHashCache(join(folder, 'blocker', 'cache.json'));
    expect(await cachedSha256(join(folder, 'file'), cache)).toBe(sha256(Buffer.from('one')));
  });
});

describe('verifying a file', () => {
  test("a user's own file is described and hashed", async () => {
    const dataDir = isolatedDataDir();
    const path = join(dataDir, 'mine.gguf');
    const bytes = sampleGguf();
    writeFileSync(path, bytes);
    expect(await verifyModel(path, { dataDir })).toMatchObject({
      path,
      sha256: sha256(bytes),
      entry: null,
      info: { architecture: 'llama' },
    });
  });

  test('a catalogue model is known whatever it is called', async () => {
    const { path } = await requireModel('smollm2-135m-instruct');
    const dataDir = isolatedDataDir();
    const renamed = join(dataDir, 'renamed.gguf');
    copyFileSync(path, renamed);
    const seen: number[] = [];
    expect(await verifyModel(renamed, { dataDir, onProgress: (bytes) => seen.push(bytes) })).toMatchObject({
      entry: { id: 'smollm2-135m-instruct' },
    });
    expect(seen.at(-1)).toBe(98_362_432);
  });

  test("a file with a catalogue model's name and other contents is damaged", async () => {
    const dataDir = isolatedDataDir();
    const path = join(dataDir, 'SmolLM2-135M-Instruct.Q4_1.gguf');
    writeFileSync(path, sampleGguf());
    await expect(verifyModel(path, { dataDir })).rejects.toMatchObject({ code: 'model-damaged', hint: expect.stringContaining('pull') });
  });

  test('stops when told to', async () => {
    const dataDir = isolatedDataDir();
    const path = join(dataDir, 'mine.gguf');
    writeFileSync(path, sampleGguf());
    await expect(verifyModel(path, { dataDir, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'cancelled' });
  });
});
