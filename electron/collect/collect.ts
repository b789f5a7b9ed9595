/** Gathers the refusal logs of many machines into one file, and says of each whether it is whole. */
import { toErrorShape, type ChainFault } from '../contract/index.ts';
import { openBundleLog, openDatabaseLog } from '../store/index.ts';
import { findLogs, type FoundLog } from './find-logs.ts';
import type { LogReader, ReadOptions } from './log-reader.ts';
import { MachineTally, type MachineNumbers } from './tally.ts';
import { ParquetFile } from './parquet.ts';

/** What is known of one log that was found. */
export interface MachineReport {
  machine: string;
  kind: FoundLog['kind'];
  path: string;
  key: string | null;
  /** `whole`; `not-whole`: its rows are in the file, marked; `unreadable`: nothing of it is; `older-copy`: all of it is in another log of the same machine. */
  state: 'whole' | 'not-whole' | 'unreadable' | 'older-copy';
  faults: { kind: ChainFault['kind'] | 'unreadable' | 'fork'; seq: number | null; message: string }[];
  entries: number;
  headSeq: number;
  head: string;
  numbers: MachineNumbers;
}

export interface Collected {
  machines: MachineReport[];
  rows: number;
}

export interface CollectOptions extends ReadOptions {
  folder: string;
  out: string;
  createdBy: string;
  signal: AbortSignal;
  onProgress(done: number, total: number, name: string): void;
}

/**
 * Logs that cannot be read, and such as are not whole, are reported and cost nobody else's rows.
 * @throws what finding logs and writing the file throws; the signal's reason
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const { folder, out, createdBy, signal, onProgress } = options;
  const logs = await findLogs(folder);
  const opened: { report: MachineReport; log: LogReader | null }[] = [];
  const file = new ParquetFile(out, createdBy);
  try {
    for (const [at, found] of logs.entries()) {
      signal.throwIfAborted();
      onProgress(at, 2 * logs.length, found.name);
      opened.push(await openLog(found, options));
    }
    await compareCopies(opened);
    for (const [at, { report, log }] of opened.entries()) {
      signal.throwIfAborted();
      onProgress(logs.length + at, 2 * logs.length, report.machine);
      if (log === null || report.state === 'older-copy') continue;
      const tally = new MachineTally();
      const origin = { machine: report.machine, machineKey: report.key, chainWhole: report.state === 'whole' };
      await log.each((row) => {
        tally.add(row);
        file.add(row, origin);
      });
      report.numbers = tally.numbers;
    }
    signal.throwIfAborted();
    file.finish();
  } catch (error) {
    file.abandon();
    throw error;
  } finally {
    for (const { log } of opened) log?.close();
  }
  return { machines: opened.map(({ report }) => report), rows: file.rows };
}

async function openLog(found: FoundLog, options: ReadOptions): Promise<{ report: MachineReport; log: LogReader | null }> {
  const base = { machine: found.name, kind: found.kind, path: found.path, numbers: new MachineTally().numbers };
  try {
    const log: LogReader = await (found.kind === 'bundle' ? openBundleLog : openDatabaseLog)(found.path, options);
    const { faults, key, entries, headSeq, head } = log;
    return {
      report: { ...base, key, state: faults.length === 0 ? 'whole' : 'not-whole', faults: [...faults], entries, headSeq, head },
      log,
    };
  } catch (error) {
    const { message, hint } = toErrorShape(error);
    const faults = [{ kind: 'unreadable' as const, seq: null, message: `${message} ${hint}`.trim() }];
    return { report: { ...base, key: null, state: 'unreadable', faults, entries: 0, headSeq: 0, head: '' }, log: null };
  }
}

/**
 * A machine can be there several times: its data folder and bundles of it, or bundles of several days. The longest one counts. Each
 * shorter one is a witness of it: where its last row is not in the longest one, as it would be had rows only been added, one of them was
 * made anew. What is not whole bears no witness.
 */
async function compareCopies(opened: readonly { report: MachineReport; log: LogReader | null }[]): Promise<void> {
  const byKey = Map.groupBy(
    opened.filter(({ report, log }) => log !== null && report.state === 'whole' && report.key !== null),
    ({ report }) => report.key,
  );
  for (const copies of byKey.values()) {
    const [longest, ...shorter] = copies.toSorted(
      (a, b) => b.report.headSeq - a.report.headSeq || (a.report.kind === 'data-folder' ? -1 : 1),
    );
    for (const { report } of shorter) {
      if (report.headSeq === 0 || (await longest!.log!.hashAt(report.headSeq)) === report.head) {
        report.state = 'older-copy';
        continue;
      }
      for (const [one, other] of [
        [report, longest!.report],
        [longest!.report, report],
      ] as const) {
        one.state = 'not-whole';
        one.faults.push({
          kind: 'fork',
          seq: report.headSeq,
          message: `It is another log than that of ${other.machine}, though both have the same key.`,
        });
      }
    }
  }
}
