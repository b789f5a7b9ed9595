import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { CatalogueEntry } from '../../../models/catalogue.ts';
import { downloadEntry, type DownloadProgress } from '../../../models/download/index.ts';
import { modelBytes, sampleEntry, temporaryFolder } from './helpers.ts';
import { startHub } from './hub-server.ts';

const MB = 1024 * 1024;

function startProcess(
  entry: CatalogueEntry,
  dataDir: string,
  hub: string,
  onReport: (report: DownloadProgress, child: ChildProcess) => void,
) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'download-process.ts'), JSON.stringify({ entry, dataDir, hub })], {
    env: { ...process.env, XDG_DATA_HOME: join(dataDir, 'none') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => onReport(JSON.parse(line) as DownloadProgress, child));
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise<number | null>((resolve) => child.once('close', resolve));
}

describe('several processes', () => {
  test('that want one model fetch it once, and the waiting one follows along', async () => {
    const bytes = modelBytes(2 * MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes, { pauseMs: 60 });
    const dataDir = temporaryFolder();
    const phases = [new Set<string>(), new Set<string>()];
    const codes = await Promise.all(
      phases.map((seen) => startProcess(entry, dataDir, hub.base, (report) => report.phase && seen.add(report.phase))),
    );
    expect(codes).toEqual([0, 0]);
    expect(hub.sentBytes).toBe(bytes.length);
    expect(phases.filter((seen) => seen.has('waiting'))).toHaveLength(1);
    expect(readdirSync(join(dataDir, 'models'))).toEqual([entry.fileName]);
  });

  test('a killed one leaves what it fetched, and the next goes on from there', async () => {
    const bytes = modelBytes(4 * MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes, { pauseMs: 20 });
    const dataDir = temporaryFolder();
    await startProcess(entry, dataDir, hub.base, (report, child) => {
      if (report.phase === 'downloading' && report.receivedBytes > MB) child.kill('SIGKILL');
    });
    const kept = statSync(join(dataDir, 'models', `${entry.fileName}.part`)).size;
    expect(kept).toBeGreaterThan(MB);
    const ready = await downloadEntry(entry, { dataDir, hub: hub.base });
    expect(readFileSync(ready.path).equals(bytes)).toBe(true);
    expect(hub.ranges).toEqual([null, `bytes=${kept}-`]);
  });
});

describe('a full disk', () => {
  /** A small file system in memory, where this process may mount one. */
  function smallDisk(megabytes: number): string | null {
    const folder = temporaryFolder();
    if (process.platform !== 'linux' || spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder]).status !== 0)
      return null;
    onTestFinished(() => void spawnSync('umount', ['-l', folder]));
    return folder;
  }

  test('is seen before anything is fetched', async ({ skip }) => {
    const dataDir = smallDisk(8);
    if (dataDir === null) return skip('this user may not mount a file system');
    const bytes = modelBytes(MB);
    const hub = await startHub(bytes);
    await expect(downloadEntry(sampleEntry(bytes), { dataDir, hub: hub.base })).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining('is free'),
      details: { neededBytes: expect.any(Number), freeBytes: expect.any(Number) },
    });
    expect(hub.paths).toEqual([]);
  });

  test('that fills up on the way is named, and what was fetched is kept', async ({ skip }) => {
    const dataDir = smallDisk(80);
    if (dataDir === null) return skip('this user may not mount a file system');
    const bytes = modelBytes(8 * MB);
    const entry = sampleEntry(bytes);
    const hub = await startHub(bytes, { pauseMs: 5 });
    let filled = false;
    const running = downloadEntry(entry, {
      dataDir,
      hub: hub.base,
      onProgress: ({ receivedBytes }) => {
        if (filled || receivedBytes < 2 * MB) return;
        filled = true;
        spawnSync('dd', ['if=/dev/zero', `of=${join(dataDir, 'ballast')}`, 'bs=1M', 'count=200']);
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'disk-full', hint: expect.stringContaining('Free some space') });
    expect(statSync(join(dataDir, 'models', `${entry.fileName}.part`)).size).toBeGreaterThanOrEqual(2 * MB);

    spawnSync('rm', [join(dataDir, 'ballast')]);
    const ready = await downloadEntry(entry, { dataDir, hub: hub.base });
    expect(readFileSync(ready.path).equals(bytes)).toBe(true);
  });
});
