/** A real log in a database of its own, in the test's own thread, with rows of every kind. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { createRefusals } from '../../../../electron/store/refusals/log.ts';
import { createRefusalVerifier } from '../../../../electron/store/refusals/verify.ts';
import { openDatabase } from '../../../../electron/store/database/database.ts';
import type { RefusalEntry, RefusalExportRequest, RefusalExportResult } from '../../../../electron/store/index.ts';
import { TAR_BLOCK, TarWriter, tarPadding } from '../../../../electron/store/refusals/export/bundle/tar.ts';

/** The log's methods, with the whole check in one go. */
export const openedLog = (db: Database) => {
  const { within, methods } = createRefusals(db);
  /** As the end of a reply does. */
  const append = (refusal: RefusalEntry) => {
    const row = db.transaction(() => within.append(refusal)).immediate();
    within.recordHead();
    return row;
  };
  return { ...methods, append, verifyChain: createRefusalVerifier(db).verifyChain };
};
export type Log = ReturnType<typeof openedLog>;

export function temporaryFolder(cleanup: (task: () => void) => void): string {
  const folder = mkdtempSync(join(tmpdir(), 'steady-refusals-'));
  cleanup(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openLog(cleanup: (task: () => void) => void): Promise<{ db: Database; log: Log; folder: string }> {
  const folder = temporaryFolder(cleanup);
  const db = await openDatabase(join(folder, 'steady.db'));
  cleanup(() => db.close());
  return { db, log: openedLog(db), folder };
}

export const entry = (change: Partial<RefusalEntry> = {}): RefusalEntry => ({
  conversationId: randomUUID(),
  messageId: randomUUID(),
  prompt: 'A harmful request.',
  reply: 'I cannot help with that.',
  cause: 'steered',
  verdict: 'refused',
  scores: [
    { layer: 7, score: 0.91, gate: 0.5 },
    { layer: 8, score: -0.25, gate: 0 },
  ],
  profileSha256: 'a'.repeat(64),
  profileName: 'A profile',
  modelSha256: 'b'.repeat(64),
  modelName: 'A model',
  createdAt: 1_750_000_000_000,
  ...change,
});

/** Rows of every kind and state, reviewed, reported, sent to the benign set, removed in part and as a whole. */
export function fillLog(log: Log, refusals = 12): void {
  for (let i = 0; i < refusals; i++) {
    log.append(
      entry({
        prompt: `Request ${i}`,
        reply: `Refused ${i}`,
        createdAt: 1000 + i,
        storeText: i % 5 !== 4,
        cause: i % 4 === 3 ? 'answered' : 'steered',
      }),
    );
  }
  log.review(1, 'wrong', 'First note.');
  log.review(2, 'right', '');
  log.review(1, 'unsure', 'Second note.');
  log.addBenign(3);
  log.report(log.get(4).messageId);
  log.remove([2], 'text', 'admin');
  log.review(6, 'wrong', 'Goes with its row.');
  log.remove([6], 'row', 'retention');
}

/** Runs an export to its end. */
export function exportAll(log: Log, request: RefusalExportRequest): RefusalExportResult {
  const job = log.beginExport(request);
  for (;;) {
    const { result } = log.stepExport(job);
    if (result !== null) return result;
  }
}

export const bundleRequest = (path: string, change: Partial<RefusalExportRequest> = {}): RefusalExportRequest => ({
  format: 'bundle',
  filter: {},
  includePrompts: true,
  includeReplies: true,
  path,
  appVersion: '1.2.3',
  ...change,
});

/** The files of a bundle, in order. */
export function unpack(path: string): [name: string, data: Buffer][] {
  const archive = readFileSync(path);
  const files: [string, Buffer][] = [];
  for (let at = 0; archive[at] !== 0;) {
    const name = archive.toString('latin1', at, archive.indexOf(0, at));
    const size = Number.parseInt(archive.toString('latin1', at + 124, at + 135), 8);
    files.push([name, archive.subarray(at + TAR_BLOCK, at + TAR_BLOCK + size)]);
    at += TAR_BLOCK + size + tarPadding(size);
  }
  return files;
}

/** Packs files again, in the form that bundles have. */
export function pack(path: string, files: readonly [name: string, data: Buffer][]): void {
  const parts: { at: number; data: Buffer }[] = [];
  const tar = new TarWriter((data, at) => parts.push({ at, data: Buffer.from(data) }));
  for (const [name, data] of files) tar.add(name, data);
  tar.finish();
  const archive = Buffer.alloc(tar.bytes);
  for (const { at, data } of parts) data.copy(archive, at);
  writeFileSync(path, archive);
}

/** Random numbers that are the same in every run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * below);
  };
}
