/** A long job on disk: a folder of its own, and in it the record that says what it is and how far it came. */
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { z } from 'zod';
import { SteadyError } from '../contract/index.ts';
import { readJson, writeJson } from '../json-file.ts';

export interface JobKind<R> {
  /** What sentences for people call it, such as "calibration". */
  readonly noun: string;
  /** Where all jobs of the kind lie. */
  readonly root: string;
  /** The lock that a process has while it runs one. */
  readonly lock: string;
  readonly schema: z.ZodType<R>;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
const RECORD = 'job.json';

export class JobFolder<R> {
  readonly path: string;
  readonly #kind: JobKind<R>;

  /** @throws `not-found` for an id that no job has: it becomes a path */
  constructor(kind: JobKind<R>, id: string) {
    this.#kind = kind;
    if (!UUID.test(id)) throw this.#missing();
    this.path = join(kind.root, id);
  }

  get exists(): boolean {
    return existsSync(this.file(RECORD));
  }

  /** The path of a file in the folder. */
  file(name: string): string {
    return join(this.path, name);
  }

  /** @throws `not-found`, also for a record that is damaged */
  async read(): Promise<R> {
    const parsed = this.#kind.schema.safeParse(await readJson(this.file(RECORD)));
    if (!parsed.success) throw this.#missing();
    return parsed.data;
  }

  /** @throws the file system's own error; the record is then what it was */
  write(record: R): Promise<void> {
    return writeJson(this.file(RECORD), record);
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  #missing(): SteadyError {
    return new SteadyError('not-found', `There is no such ${this.#kind.noun}.`, { hint: 'Start a new one.' });
  }
}

/** Every job of a kind that can be read, newest first. */
export async function readJobs<R extends { createdAt: number }>(kind: JobKind<R>): Promise<R[]> {
  const names = await readdir(kind.root).catch(() => [] as string[]);
  const records = await Promise.all(names.filter((name) => UUID.test(name)).map((id) => new JobFolder(kind, id).read().catch(() => null)));
  return records.filter((record) => record !== null).sort((a, b) => b.createdAt - a.createdAt);
}
