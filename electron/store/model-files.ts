/** The user's own GGUF files, and hashes of files that take seconds to compute. */
import type { Database } from 'better-sqlite3';
import type { ModelFile } from './interface.ts';

export function createModelFiles(db: Database) {
  const add = db.prepare('INSERT INTO model_files (path, added_at) VALUES (?, ?) ON CONFLICT (path) DO NOTHING');
  const one = db.prepare<[string], ModelFile>('SELECT path, added_at AS addedAt FROM model_files WHERE path = ?');
  const all = db.prepare<[], ModelFile>('SELECT path, added_at AS addedAt FROM model_files ORDER BY seq');
  const remove = db.prepare('DELETE FROM model_files WHERE path = ?');
  const hash = db.prepare<[string, number, number], string>('SELECT sha256 FROM file_hashes WHERE path = ? AND size = ? AND mtime_ms = ?');
  const putHash = db.prepare(
    `INSERT INTO file_hashes (path, size, mtime_ms, sha256) VALUES (?, ?, ?, ?)
     ON CONFLICT (path) DO UPDATE SET size = excluded.size, mtime_ms = excluded.mtime_ms, sha256 = excluded.sha256`,
  );
  return {
    remember: (path: string): ModelFile => {
      add.run(path, Date.now());
      return one.get(path) as ModelFile;
    },
    list: (): ModelFile[] => all.all(),
    forget: (path: string): void => void remove.run(path),
    getHash: (path: string, size: number, mtimeMs: number): string | null => hash.pluck().get(path, size, mtimeMs) ?? null,
    setHash: (path: string, size: number, mtimeMs: number, sha256: string): void => void putHash.run(path, size, mtimeMs, sha256),
  };
}
