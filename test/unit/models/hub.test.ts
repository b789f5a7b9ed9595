import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { CATALOGUE } from '../../../models/catalogue.ts';
import {
  discardDownload,
  downloadEntry,
  partialDownload,
  type DownloadOptions,
  type DownloadProgress,
} from '../../../models/download/index.ts';
import { acquireLock } from '../../../models/download/lock.ts';
import { modelBytes, sampleEntry, temporaryFolder, unreachableHub } from './helpers.ts';
import { answer, breakAfter, startHub } from './hub-server.ts';

const MB = 1024 * 1024;
let dataDir = '';

beforeEach(() => {
  dataDir = temporaryFolder();
  vi.stubEnv('XDG_DATA_HOME', temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** Options with retries quick enough for a test. */
const options = (hub: string, more: DownloadOptions = {}): DownloadOptions => ({ dataDir, hub, retryDelayMs: 5, ...more });
const inModels = (name: string) => join(dataDir, 'models', name);

describe('a download from the hub', () => {
  test('brings the file, reports progress and leaves nothing else behind', async () => {
    const bytes = modelBytes(3 * MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes);
    const reports: DownloadProgress[] = [];
    const ready = await downloadEntry(entry, options(hub.base, { onProgress: (progress) => reports.push(progress) }));

    expect(ready).toEqual({ entry, status: 'ready', path: inModels(entry.fileName), sha256: entry.sha256 });
    expect(readFileSync(ready.path).equals(bytes)).toBe(true);
    expect(readdirSync(join(dataDir, 'models'))).toEqual([entry.fileName]);
    expect(hub.paths).toEqual(['/maker/model/resolve/abc123/sample%20model.gguf']);

    expect(reports.every((report) => report.totalBytes === bytes.length)).toBe(true);
    const downloading = reports.filter((report) => report.phase === 'downloading' && report.source === 'model hub');
    expect(downloading.at(-1)?.receivedBytes).toBe(bytes.length);
    expect(reports.at(-1)).toMatchObject({ phase: 'verifying', receivedBytes: bytes.length });
  });

  test('is not made again when the file is there', async () => {
    const bytes = modelBytes(MB);
    const hub = await startHub(bytes);
    await downloadEntry(sampleEntry(bytes), options(hub.base));
    await downloadEntry(sampleEntry(bytes), options(hub.base));
    expect(hub.paths).toHaveLength(1);
  });

  test('measures the speed', async () => {
    const bytes = modelBytes(MB);
    const hub = await startHub(bytes, { pauseMs: 60, pieceBytes: 64 * 1024 });
    const speeds: number[] = [];
    await downloadEntry(sampleEntry(bytes), options(hub.base, { onProgress: (p) => p.bytesPerSecond && speeds.push(p.bytesPerSecond) }));
    const speed = speeds.at(-2) ?? 0;
    expect(speed).toBeGreaterThan(0.2 * MB);
    expect(speed).toBeLessThan(1.2 * MB);
  });

  test('resumes where an earlier process stopped', async () => {
    const bytes = modelBytes(2 * MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(inModels(`${entry.fileName}.part`), bytes.subarray(0, 1_500_000));
    await downloadEntry(entry, options(hub.base));
    expect(hub.ranges).toEqual(['bytes=1500000-']);
    expect(hub.sentBytes).toBe(bytes.length - 1_500_000);
  });

  test('that was begun can be thrown away, but not while a process works on it', async () => {
    const { id, fileName } = CATALOGUE[0]!;
    const part = inModels(`${fileName}.part`);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(part, modelBytes(MB));
    expect(await partialDownload(id, { dataDir })).toBe(MB);
    const lock = await acquireLock(part, new AbortController().signal, () => undefined);
    await expect(discardDownload(id, { dataDir })).rejects.toMatchObject({ code: 'busy' });
    expect(existsSync(part)).toBe(true);
    await lock.release();
    await discardDownload(id, { dataDir });
    expect(readdirSync(join(dataDir, 'models'))).toEqual([]);
    expect(await partialDownload(id, { dataDir })).toBe(0);
    await discardDownload(id, { dataDir });
    await expect(discardDownload('nothing', { dataDir })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('goes on by itself when the connection breaks', async () => {
    const bytes = modelBytes(2 * MB);
    const hub = await startHub(bytes);
    hub.behaviours.push(breakAfter(bytes, 700_000), answer(503));
    await downloadEntry(sampleEntry(bytes), options(hub.base));
    expect(hub.ranges).toEqual([null, 'bytes=700000-', 'bytes=700000-']);
  });

  test('starts over when the hub cannot resume', async () => {
    const bytes = modelBytes(MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(inModels(`${entry.fileName}.part`), bytes.subarray(0, 1000));
    hub.behaviours.push(answer(200, bytes, { 'content-length': String(bytes.length) }));
    await downloadEntry(entry, options(hub.base));
    expect(hub.ranges).toEqual(['bytes=1000-']);
  });

  test('follows redirects, to another server, keeping the range', async () => {
    const bytes = modelBytes(MB);
    const entry = sampleEntry(bytes);
    const storage = await startHub(bytes);
    const hub = await startHub(Buffer.alloc(0));
    hub.behaviours.push(answer(302, '', { location: `${storage.base}/blobs/1` }));
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(inModels(`${entry.fileName}.part`), bytes.subarray(0, 1000));
    await downloadEntry(entry, options(hub.base));
    expect(storage.paths).toEqual(['/blobs/1']);
    expect(storage.ranges).toEqual(['bytes=1000-']);
  });

  test('stops at once when cancelled, keeps what it has, and goes on later', async () => {
    const bytes = modelBytes(4 * MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes, { pauseMs: 10 });
    const stop = new AbortController();
    const running = downloadEntry(
      entry,
      options(hub.base, { signal: stop.signal, onProgress: (progress) => progress.receivedBytes > MB / 2 && stop.abort() }),
    );
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    const kept = statSync(inModels(`${entry.fileName}.part`)).size;
    expect(kept).toBeGreaterThan(MB / 2);
    expect(kept).toBeLessThan(bytes.length);
    expect(existsSync(inModels(entry.fileName))).toBe(false);

    await downloadEntry(entry, options(hub.base));
    expect(hub.ranges.at(-1)).toBe(`bytes=${kept}-`);
  });
});

describe('wrong bytes', () => {
  test('a damaged file in the data folder is fetched again', async () => {
    const bytes = modelBytes(MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(inModels(entry.fileName), modelBytes(MB));
    expect(await downloadEntry(entry, options(hub.base))).toMatchObject({ status: 'ready' });
    expect(hub.ranges).toEqual([null]);
  });

  test('a truncated file in the data folder is completed', async () => {
    const bytes = modelBytes(MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(inModels(entry.fileName), bytes.subarray(0, 999_999));
    await downloadEntry(entry, options(hub.base));
    expect(hub.sentBytes).toBe(bytes.length - 999_999);
  });

  test('a part file that is not the start of the right file is thrown away', async () => {
    const bytes = modelBytes(MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes);
    mkdirSync(join(dataDir, 'models'));
    writeFileSync(inModels(`${entry.fileName}.part`), modelBytes(500_000));
    await downloadEntry(entry, options(hub.base));
    expect(hub.ranges).toEqual(['bytes=500000-', null]);
  });

  test('a hub that serves other bytes is named, and the file never appears', async () => {
    const entry = sampleEntry(modelBytes(MB));
    const hub = await startHub(modelBytes(MB));
    await expect(downloadEntry(entry, options(hub.base))).rejects.toMatchObject({
      code: 'model-damaged',
      message: expect.stringContaining('model hub'),
      details: { failures: [{ source: 'model hub', reason: expect.stringContaining('SHA-256') }] },
    });
    expect(readdirSync(join(dataDir, 'models'))).toEqual([]);
  });

  test.each([
    ['a file of another size', answer(200, modelBytes(1000), { 'content-length': '1000' }), 'size differs'],
    ['a login page', answer(200, '<html>Log in to the network</html>'), 'not a model file'],
    ['a file that is too long', answer(200, modelBytes(MB + 10)), 'more than the file has'],
    ['another part than was asked for', answer(206, '', { 'content-range': 'bytes 5-9/10' }), 'another part'],
    ['a refusal', answer(401), 'HTTP 401'],
    ['no such file', answer(404), 'HTTP 404'],
  ])('%s is refused with the reason', async (_, behaviour, reason) => {
    const entry = sampleEntry(modelBytes(MB));
    const hub = await startHub(Buffer.alloc(0));
    hub.behaviours.push(behaviour, behaviour);
    await expect(downloadEntry(entry, options(hub.base))).rejects.toMatchObject({
      code: 'download-failed',
      details: { failures: [{ reason: expect.stringContaining(reason) }] },
      hint: expect.stringContaining(entry.fileName),
    });
  });
});

describe('a hub out of reach', () => {
  const failure = (reason: string) => ({ code: 'download-failed', details: { failures: [{ reason: expect.stringContaining(reason) }] } });

  test('a name that does not resolve', async () => {
    await expect(downloadEntry(sampleEntry(modelBytes(MB)), options('http://hub.invalid'))).rejects.toMatchObject(failure('resolved'));
  });

  test('a port that nobody listens on', async () => {
    await expect(downloadEntry(sampleEntry(modelBytes(MB)), options(await unreachableHub()))).rejects.toMatchObject(failure('reached'));
  });

  test('a server that accepts and says nothing', async () => {
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const hub = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const startedAt = performance.now();
    await expect(downloadEntry(sampleEntry(modelBytes(MB)), options(hub, { stallTimeoutMs: 500 }))).rejects.toMatchObject(
      failure('stopped answering'),
    );
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test('a connection that stalls half-way is retried', async () => {
    const bytes = modelBytes(2 * MB);
    const hub = await startHub(bytes);
    hub.behaviours.push((_request, response) => {
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 300_000));
    });
    await downloadEntry(sampleEntry(bytes), options(hub.base, { stallTimeoutMs: 500 }));
    expect(hub.ranges).toEqual([null, 'bytes=300000-']);
  });
});
