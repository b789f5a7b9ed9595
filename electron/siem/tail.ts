/** Follows the refusal log: what was written so far, and then what comes. */
import { z } from 'zod';
import { SteadyError, type RefusalDetail } from '../contract/index.ts';
import { readJson, writeJson } from '../json-file.ts';
import { existsSync } from 'node:fs';
import type { RefusalStore } from '../store/index.ts';

export interface TailOptions {
  store: Pick<RefusalStore, 'page' | 'get'>;
  /** The number that was told last; 0: none yet. */
  after: number;
  /** Whether to wait for more. */
  follow: boolean;
  signal: AbortSignal;
  /** Told in their order. Resolves once they are where they belong. */
  onRows(rows: readonly RefusalDetail[]): Promise<void>;
}

const PAGE = 200;
/** Another process writes the log, and tells nobody. */
const EVERY_MS = 2000;

/** Resolves when there is no more, or at the signal. */
export async function tailRefusals({ store, after, follow, signal, onRows }: TailOptions): Promise<void> {
  let last = after;
  for (;;) {
    for (const seqs of await newer(store, last)) {
      if (signal.aborted) return;
      const rows = (await Promise.all(seqs.map((seq) => store.get(seq).catch(ifGone)))).filter((row) => row !== null);
      await onRows(rows);
      last = seqs.at(-1)!;
    }
    if (!follow || signal.aborted) return;
    await pause(EVERY_MS, signal);
  }
}

/** A row may be removed between the two questions. */
function ifGone(error: unknown): null {
  if ((error as SteadyError).code !== 'not-found') throw error;
  return null;
}

/** Numbers beyond `after`, ascending, in portions. */
async function newer(store: TailOptions['store'], after: number): Promise<number[][]> {
  const portions: number[][] = [];
  for (let before: number | null = null; ;) {
    const { rows }: Awaited<ReturnType<RefusalStore['page']>> = await store.page({ filter: {}, limit: PAGE, before });
    const seqs = rows.map(({ seq }) => seq).filter((seq) => seq > after);
    if (seqs.length > 0) portions.unshift(seqs.reverse());
    if (seqs.length < rows.length || rows.length < PAGE) return portions;
    before = rows.at(-1)!.seq;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

const place = z.strictObject({ format: z.literal('steady-tail'), version: z.literal(1), after: z.number().int().min(0) });

/** Where a tail got to; 0 without a file. @throws SteadyError `bad-input` for a file that says something else: beginning anew would tell all twice */
export async function readPlace(path: string): Promise<number> {
  if (!existsSync(path)) return 0;
  const parsed = place.safeParse(await readJson(path));
  if (parsed.success) return parsed.data.after;
  throw new SteadyError('bad-input', `${path} does not say where to go on.`, {
    hint: 'Take it away to begin anew, or name a number with --after.',
  });
}

export function writePlace(path: string, after: number): Promise<void> {
  return writeJson(path, { format: 'steady-tail', version: 1, after });
}
