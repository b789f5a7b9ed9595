/** The refusal log with many rows: what an admin waits for, and what exports take. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import type { ExportFormat } from '../../electron/contract/index.ts';
import { runExport } from '../../electron/refusals/run-export.ts';
import { verifyBundle } from '../../electron/store/refusals/export/bundle/verify.ts';
import type { RefusalEntry, Store } from '../../electron/store/index.ts';

/** As the page asks for them. */
const PAGE = 100;
const MINUTE_MS = 60_000;

/** A row of a log that was filled over months, by several models, some of them seldom. */
export function refusalEntry(conversationId: string, row: number, message: () => string): RefusalEntry {
  const rare = row % 1000 === 999;
  return {
    conversationId,
    messageId: uuidv7(),
    prompt: message(),
    reply: message(),
    cause: rare ? 'both' : row % 5 === 4 ? 'answered' : row % 3 === 2 ? 'model' : 'steered',
    verdict: row % 5 === 4 && !rare ? 'complied' : 'refused',
    scores: [6, 7, 8, 9, 10].map((layer) => ({ layer, score: 0.25 + (row % 100) / 100 + layer / 1000, gate: (row % 10) / 10 })),
    profileSha256: 'a'.repeat(64),
    profileName: 'bench profile',
    modelSha256: rare ? 'c'.repeat(64) : 'b'.repeat(64),
    modelName: rare ? 'seldom' : 'bench',
    createdAt: Date.UTC(2026, 0, 1) + row * MINUTE_MS,
  };
}

type Task = [name: string, count: number, run: () => Promise<unknown>];

/** @param word the word of a rank: 0 is in most texts. */
export function refusalTasks(store: Store, folder: string, word: (rank: number) => string): Task[] {
  const { refusals } = store;
  const page = (filter: Parameters<typeof refusals.page>[0]['filter'], before: number | null = null) =>
    refusals.page({ filter, limit: PAGE, before });
  const verifyWhole = async () => {
    const job = await refusals.beginVerify();
    while ((await refusals.stepVerify(job)).result === null);
  };
  const bundle = join(folder, 'export.bundle');
  let rank = 0;
  const exportAs = async (format: ExportFormat) => {
    const path = join(folder, `export.${format}`);
    const request = { format, path, filter: {}, includePrompts: true, includeReplies: true, appVersion: 'bench' };
    let peak = 0;
    const { rows } = await runExport(refusals, { ...request, onProgress: () => (peak = Math.max(peak, process.memoryUsage.rss())) });
    const mebibytes = (bytes: number) => (bytes / 2 ** 20).toFixed(0);
    process.stdout.write(
      `  export as ${format}: ${rows} rows, ${mebibytes((await stat(path)).size)} MiB; memory of the process at most ${mebibytes(peak)} MiB\n`,
    );
  };
  return [
    ['refusal log: first page', 50, () => page({})],
    ['refusal log: a page from the middle', 50, () => page({}, 50_000)],
    ['refusal log: filter, common', 30, () => page({ causes: ['steered'], reviews: ['none'], minScore: 0.5 })],
    ['refusal log: filter, seldom', 30, () => page({ models: ['c'.repeat(64)], causes: ['both'] })],
    ['refusal log: filter, no match', 30, () => page({ models: ['d'.repeat(64)] })],
    ['refusal log: filter by date', 30, () => page({ from: Date.UTC(2026, 0, 10), to: Date.UTC(2026, 0, 11) })],
    ['refusal log: search, a word in most', 10, () => page({ query: word(0) })],
    ['refusal log: search, a rare word', 30, () => page({ query: word(15_000 + rank++) })],
    ['refusal log: search, two words', 20, () => page({ query: `${word(40 + rank++)} ${word(300 + rank)}` })],
    ['refusal log: search and filter', 20, () => page({ query: word(60 + rank++), models: ['c'.repeat(64)] })],
    [
      'refusal log: first page with a total',
      20,
      () => refusals.page({ filter: { causes: ['model'] }, limit: PAGE, before: null, withTotal: true }),
    ],
    ['refusal log: facets', 10, () => refusals.facets()],
    ['refusal log: numbers by day', 10, () => refusals.stats({ filter: {}, utcOffsetMinutes: 60 })],
    ['refusal log: review a row', 50, () => refusals.review(1 + rank++, 'wrong', 'A note.')],
    ['refusal log: verify the chain', 1, () => verifyWhole()],
    ['refusal log: export as CSV', 1, () => exportAs('csv')],
    ['refusal log: export as JSONL', 1, () => exportAs('jsonl')],
    ['refusal log: export as a bundle', 1, () => exportAs('bundle')],
    ['refusal log: verify the bundle', 1, () => verifyBundle(bundle)],
  ];
}
