/** Many conversations at once: pinned, archived, filed, tagged, deleted and brought back; and one made of another's messages. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import type { Arrangement, Conversation, ConversationSummary, Message, Tag } from '../../contract/index.ts';
import { createClock } from '../conversations/conversations.ts';
import { badInput, notFound } from '../errors.ts';
import { toConversation, toSummary, type ConversationRow, type MessageRow } from '../rows.ts';

/** What copies of messages need of the documents: they go with the copy as well. */
interface CopiedDocuments {
  attach(messageId: string, ids: readonly string[]): void;
}

type CopiedRow = MessageRow & { seed: number | null };

export function createArrange(
  db: Database,
  path: (leafId: string) => readonly Pick<Message, 'id' | 'documents'>[],
  copies: CopiedDocuments,
) {
  const now = createClock(db);
  const byId = db.prepare<[string], ConversationRow>('SELECT * FROM conversations WHERE id = ?');
  const folderExists = db.prepare<[string]>('SELECT 1 FROM folders WHERE id = ?');
  const set = db.prepare('UPDATE conversations SET pinned = ?, archived = ?, folder_id = ?, tags = ? WHERE id = ?');
  const hide = db.prepare('UPDATE conversations SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL');
  const show = db.prepare('UPDATE conversations SET deleted_at = NULL WHERE id = ?');
  const messageById = db.prepare<[string], CopiedRow>('SELECT * FROM messages WHERE id = ?');
  const addConversation = db.prepare(
    `INSERT INTO conversations (id, title, system_prompt, sampling, reasoning, created_at, updated_at, folder_id, tags)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const addMessage = db.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, reasoning, reasoning_about, state, created_at, model_name, outcome, stats,
       error, seed, reading, foreign_text)
     VALUES (@id, @conversation_id, @parent_id, @role, @text, @reasoning, @reasoning_about, @state, @created_at, @model_name, @outcome, @stats,
       @error, @seed, @reading, @foreign_text)`,
  );
  const setLeaf = db.prepare('UPDATE conversations SET active_leaf_id = ? WHERE id = ?');

  const row = (id: string): ConversationRow => {
    const found = byId.get(id);
    if (found === undefined) throw notFound('conversation');
    return found;
  };
  const visible = (id: string): ConversationRow => {
    const found = row(id);
    if (found.deleted_at !== null) throw notFound('conversation');
    return found;
  };

  const arrange = db.transaction((ids: readonly string[], change: Arrangement): ConversationSummary[] => {
    if (change.folderId != null && folderExists.get(change.folderId) === undefined) throw notFound('folder');
    return ids.map((id) => {
      const before = toSummary(visible(id));
      const tags = new Set<Tag>(before.tags);
      if (change.addTag !== undefined) tags.add(change.addTag);
      if (change.removeTag !== undefined) tags.delete(change.removeTag);
      const pinned = change.pinned ?? before.pinned;
      const archived = change.archived ?? before.archived;
      const folderId = change.folderId === undefined ? before.folderId : change.folderId;
      set.run(Number(pinned), Number(archived), folderId, JSON.stringify([...tags]), id);
      return toSummary(row(id));
    });
  });

  const removeMany = db.transaction((ids: readonly string[]): void => {
    const time = Date.now();
    for (const id of ids) {
      row(id);
      hide.run(time, id);
    }
  });

  const restoreMany = db.transaction((ids: readonly string[]): ConversationSummary[] =>
    ids.map((id) => {
      row(id);
      show.run(id);
      return toSummary(row(id));
    }),
  );

  const duplicate = db.transaction((messageId: string): Conversation => {
    const last = messageById.get(messageId);
    if (last === undefined) throw notFound('message');
    if (last.state === 'streaming') throw badInput('A reply that is still being written cannot be copied.');
    const from = visible(last.conversation_id);
    const id = uuidv7();
    const time = now();
    const title = `${from.title} (copy)`.trim().slice(0, 200).toWellFormed();
    addConversation.run(id, title, from.system_prompt, from.sampling, from.reasoning, time, time, from.folder_id, from.tags);
    let parent: string | null = null;
    for (const { id: messageAt, documents = [] } of path(messageId)) {
      const message = messageById.get(messageAt)!;
      const copy = uuidv7();
      addMessage.run({ ...message, id: copy, conversation_id: id, parent_id: parent });
      copies.attach(
        copy,
        documents.map((document) => document.id),
      );
      parent = copy;
    }
    setLeaf.run(parent, id);
    return toConversation(row(id));
  });

  return {
    arrange: (ids: readonly string[], change: Arrangement) => arrange.immediate(ids, change),
    deleteMany: (ids: readonly string[]) => removeMany.immediate(ids),
    restoreMany: (ids: readonly string[]) => restoreMany.immediate(ids),
    duplicate: (messageId: string) => duplicate.immediate(messageId),
  };
}
