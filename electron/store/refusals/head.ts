/**
 * The number and hash of the log's last row, kept outside the log: in the settings, and in a small file beside the
 * database. Whoever cuts rows off the end, or puts an old copy of the database in its place, leaves the file behind.
 */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { threadId } from 'node:worker_threads';
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { GENESIS } from './chain.ts';

export interface Head {
  seq: number;
  hash: string;
}

const SETTING = 'refusalLogHead';
const headSchema = z.object({ seq: z.number().int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/) });
const fileSchema = headSchema.extend({ format: z.literal('steady-refusal-head'), version: z.literal(1) });

/** The file of a database. */
export const headPath = (databasePath: string): string => `${databasePath}.refusal-head.json`;

/** The head in the file; `missing`, or `damaged` when it holds something else. */
export function readHeadFile(databasePath: string): Head | 'missing' | 'damaged' {
  const path = headPath(databasePath);
  if (!existsSync(path)) return 'missing';
  try {
    const { seq, hash } = fileSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { seq, hash };
  } catch {
    return 'damaged';
  }
}

export interface HeadKeeper {
  /** The last row as it is in the log. */
  last(): Head;
  /** Notes the last row in the settings; call inside the transaction that added it. */
  note(head: Head): void;
  /** What the settings say; null where nothing was noted. */
  noted(): Head | null;
  /** Brings the file up to the log. Leaves one that does not fit the log as it is: it is evidence. */
  recordFile(): void;
  /** Replaces the file whatever it says. */
  replaceFile(): void;
}

export function createHeadKeeper(db: Database): HeadKeeper {
  const lastRow = db.prepare<[], Head>('SELECT seq, hash FROM refusal_log ORDER BY seq DESC LIMIT 1');
  const hashAt = db.prepare<[number], string>('SELECT hash FROM refusal_log WHERE seq = ?').pluck();
  const setting = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck();
  const put = db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');

  const last = (): Head => lastRow.get() ?? { seq: 0, hash: GENESIS };
  const fits = (head: Head): boolean => head.seq === 0 || hashAt.get(head.seq) === head.hash;

  const write = (head: Head): void => {
    const path = headPath(db.name);
    const temporary = `${path}.${process.pid}-${threadId}`;
    try {
      const file = openSync(temporary, 'w', 0o600);
      try {
        writeSync(file, `${JSON.stringify({ format: 'steady-refusal-head', version: 1, ...head })}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(temporary, path);
    } catch {
      // A disk that is full: the row itself is safe, and the next one brings the file up to date.
      rmSync(temporary, { force: true });
    }
  };

  return {
    last,
    note: (head) => void put.run(SETTING, JSON.stringify(head)),
    noted: () => {
      const value = setting.get(SETTING);
      if (value === undefined) return null;
      const parsed = headSchema.safeParse(JSON.parse(value));
      return parsed.success ? parsed.data : { seq: -1, hash: '' };
    },
    recordFile: () => {
      // What is not committed yet may never be.
      if (db.inTransaction) return;
      const head = last();
      if (head.seq === 0) return;
      const file = readHeadFile(db.name);
      if (file === 'damaged') return;
      // Once there was a file, its absence is a finding and not ours to mend.
      if (file === 'missing' && setting.get(`${SETTING}File`) !== undefined) return;
      if (file !== 'missing' && (file.seq >= head.seq || !fits(file))) return;
      write(head);
      if (file === 'missing' && existsSync(headPath(db.name))) put.run(`${SETTING}File`, 'true');
    },
    replaceFile: () => {
      write(last());
      put.run(`${SETTING}File`, 'true');
    },
  };
}

/** Whether the settings remember that there was a file. */
export function hadHeadFile(db: Database): boolean {
  return db.prepare("SELECT 1 FROM settings WHERE key = 'refusalLogHeadFile'").get() !== undefined;
}
