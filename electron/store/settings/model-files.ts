/** The user's own GGUF files. */
import type { Database } from 'better-sqlite3';
import type { ModelFile } from './interface.ts';

export function createModelFiles(db: Database) {
  const add = db.prepare('INSERT INTO model_files (path, added_at) VALUES (?, ?) ON CONFLICT (path) DO NOTHING');
  const one = db.prepare<[string], ModelFile>('SELECT path, added_at AS addedAt FROM model_files WHERE path = ?');
  const all = db.prepare<[], ModelFile>('SELECT path, added_at AS addedAt FROM model_files ORDER BY seq');
  const remove = db.prepare('DELETE FROM model_files WHERE path = ?');
  return {
    remember: (path: string): ModelFile => {
      add.run(path, Date.now());
      return one.get(path) as ModelFile;
    },
    list: (): ModelFile[] => all.all(),
    forget: (path: string): void => void remove.run(path),
  };
}
