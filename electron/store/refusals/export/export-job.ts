/**
 * Writes exports of the refusal log, in steps: the file grows under another name, and gets its own once it is complete
 * and on the disk.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { notFound } from '../../errors.ts';
import type { RefusalExportRequest, RefusalExportResult, StepProgress } from '../interface.ts';
import { createBundle } from './bundle/write.ts';
import { CSV_START, csvHeader, csvLine } from './csv.ts';
import { createHeadKeeper } from '../head.ts';
import { countRows, exportRows } from './rows.ts';
import { TarWriter } from './bundle/tar.ts';

/** How long one step may hold the store. */
const STEP_MS = 20;
const PORTION = 50;
/** Between an export's name and what tells two of them apart, while it is written. */
export const PARTIAL = '.partial-';

/** What is written, a portion at a time. */
interface Source {
  total: number;
  /** Answers how many rows it wrote; fewer than `limit` means that it is done. */
  portion(limit: number): number;
  finish(): RefusalExportResult['bundle'];
}

class Job {
  readonly #request: RefusalExportRequest;
  readonly #partial: string;
  readonly #source: Source;
  #file: number | null;
  #bytes = 0;
  #rows = 0;

  constructor(db: Database, request: RefusalExportRequest) {
    this.#request = request;
    this.#partial = `${request.path}${PARTIAL}${randomUUID()}`;
    this.#file = openSync(this.#partial, 'wx', 0o600);
    try {
      this.#source = request.format === 'bundle' ? this.#bundle(db) : this.#lines(db);
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  step(): StepProgress<RefusalExportResult> & { bytes: number } {
    try {
      const end = performance.now() + STEP_MS;
      let more = true;
      while (more && performance.now() < end) {
        const written = this.#source.portion(PORTION);
        this.#rows += written;
        more = written === PORTION;
      }
      const result = more ? null : this.#finish();
      return { done: this.#rows, total: Math.max(this.#source.total, this.#rows), bytes: this.#bytes, result };
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /** Leaves nothing of a file that is not finished. */
  abandon(): void {
    if (this.#file === null) return;
    closeSync(this.#file);
    this.#file = null;
    rmSync(this.#partial, { force: true });
  }

  #finish(): RefusalExportResult {
    const bundle = this.#source.finish();
    const file = this.#file!;
    fsyncSync(file);
    closeSync(file);
    this.#file = null;
    try {
      renameSync(this.#partial, this.#request.path);
    } catch (error) {
      rmSync(this.#partial, { force: true });
      throw error;
    }
    syncFolder(dirname(this.#request.path));
    return { rows: this.#rows, bytes: this.#bytes, bundle };
  }

  #writeAt(data: Buffer, position: number): void {
    for (let done = 0; done < data.length;) done += writeSync(this.#file!, data, done, data.length - done, position + done);
    this.#bytes = Math.max(this.#bytes, position + data.length);
  }

  #lines(db: Database): Source {
    const { format, filter, includePrompts, includeReplies } = this.#request;
    const last = createHeadKeeper(db).last().seq;
    const next = exportRows(db, { filter, last, includePrompts, includeReplies });
    const write = (text: string) => this.#writeAt(Buffer.from(text), this.#bytes);
    if (format === 'csv') write(CSV_START + csvHeader());
    return {
      total: countRows(db, filter, last),
      portion: (limit) => {
        const rows = next(limit);
        if (rows.length > 0) write(rows.map((row) => (format === 'csv' ? csvLine(row) : `${JSON.stringify(row)}\n`)).join(''));
        return rows.length;
      },
      finish: () => null,
    };
  }

  #bundle(db: Database): Source {
    const head = createHeadKeeper(db).last();
    const bundle = createBundle(db, new TarWriter((data, position) => this.#writeAt(data, position)), this.#request, head);
    return {
      total: head.seq,
      portion: (limit) => bundle.portion(limit),
      finish: () => ({ headSeq: head.seq, head: head.hash, fingerprint: bundle.finish() }),
    };
  }
}

/** So that the new name survives a power cut; not every system lets a folder be opened. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // The file itself is on the disk.
  }
}

export function createRefusalExporter(db: Database) {
  const jobs = new Map<string, Job>();
  return {
    beginExport: (request: RefusalExportRequest): string => {
      const id = randomUUID();
      jobs.set(id, new Job(db, request));
      return id;
    },
    stepExport: (id: string): StepProgress<RefusalExportResult> & { bytes: number } => {
      const job = jobs.get(id);
      if (!job) throw notFound('export');
      try {
        const progress = job.step();
        if (progress.result !== null) jobs.delete(id);
        return progress;
      } catch (error) {
        jobs.delete(id);
        throw error;
      }
    },
    endExport: (id: string): void => {
      jobs.get(id)?.abandon();
      jobs.delete(id);
    },
  };
}
