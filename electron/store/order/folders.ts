/** Folders of conversations, within each other. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import { MAX_FOLDER_DEPTH, MAX_FOLDERS, type Folder } from '../../contract/index.ts';
import { badInput, notFound } from '../errors.ts';

interface FolderRow {
  id: string;
  parentId: string | null;
  name: string;
}

export function createFolders(db: Database) {
  const all = db.prepare<[], FolderRow>('SELECT id, parent_id AS parentId, name FROM folders ORDER BY name COLLATE NOCASE, seq');
  const insert = db.prepare('INSERT INTO folders (id, parent_id, name, created_at) VALUES (?, ?, ?, ?)');
  const setName = db.prepare('UPDATE folders SET name = ? WHERE id = ?');
  const setParent = db.prepare('UPDATE folders SET parent_id = ? WHERE id = ?');
  const liftFolders = db.prepare('UPDATE folders SET parent_id = ? WHERE parent_id = ?');
  const liftConversations = db.prepare('UPDATE conversations SET folder_id = ? WHERE folder_id = ?');
  const drop = db.prepare('DELETE FROM folders WHERE id = ?');

  /** Every folder behind the one it is in, siblings by name. One that nothing leads to, or that is in itself, comes at the end. */
  const list = (): Folder[] => {
    const rows = all.all();
    const children = new Map<string | null, FolderRow[]>();
    for (const row of rows) children.set(row.parentId, [...(children.get(row.parentId) ?? []), row]);
    const ordered = new Set<Folder>();
    const waiting = [...(children.get(null) ?? [])].reverse();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (ordered.has(next)) continue;
      ordered.add(next);
      waiting.push(...[...(children.get(next.id) ?? [])].reverse());
    }
    return [...ordered, ...rows.filter((row) => !ordered.has(row)).map((row) => ({ ...row, parentId: null }))];
  };

  const find = (folders: readonly Folder[], id: string): Folder => {
    const found = folders.find((folder) => folder.id === id);
    if (found === undefined) throw notFound('folder');
    return found;
  };

  /** The folders from this one up to the outermost. */
  const above = (folders: readonly Folder[], id: string | null): Folder[] => {
    const line: Folder[] = [];
    for (let at = id; at !== null && line.length <= MAX_FOLDERS;) {
      const folder = find(folders, at);
      line.push(folder);
      at = folder.parentId;
    }
    return line;
  };

  /** How many folders a folder holds within each other, itself included. */
  const height = (folders: readonly Folder[], id: string): number =>
    Math.max(
      1,
      ...folders.map((folder) => {
        const at = above(folders, folder.id).findIndex((one) => one.id === id);
        return at + 1;
      }),
    );

  const create = db.transaction(({ name, parentId }: { name: string; parentId: string | null }): Folder => {
    const folders = list();
    if (folders.length >= MAX_FOLDERS) throw badInput(`There are ${MAX_FOLDERS} folders already.`);
    if (above(folders, parentId).length >= MAX_FOLDER_DEPTH) throw badInput(`Folders are nested ${MAX_FOLDER_DEPTH} deep at most.`);
    const id = uuidv7();
    insert.run(id, parentId, name.toWellFormed(), Date.now());
    return { id, parentId, name: name.toWellFormed() };
  });

  const update = db.transaction(
    ({ id, name, parentId }: { id: string; name?: string | undefined; parentId?: string | null | undefined }): Folder => {
      const folders = list();
      find(folders, id);
      if (name !== undefined) setName.run(name.toWellFormed(), id);
      if (parentId !== undefined) {
        const line = above(folders, parentId);
        if (line.some((folder) => folder.id === id)) throw badInput('A folder cannot be put into itself.');
        if (line.length + height(folders, id) > MAX_FOLDER_DEPTH) throw badInput(`Folders are nested ${MAX_FOLDER_DEPTH} deep at most.`);
        setParent.run(parentId, id);
      }
      return find(list(), id);
    },
  );

  const remove = db.transaction((id: string): void => {
    const { parentId } = find(list(), id);
    liftFolders.run(parentId, id);
    liftConversations.run(parentId, id);
    drop.run(id);
  });

  return {
    list,
    create: (input: { name: string; parentId: string | null }) => create.immediate(input),
    update: (input: { id: string; name?: string | undefined; parentId?: string | null | undefined }) => update.immediate(input),
    delete: (id: string) => remove.immediate(id),
  };
}
