/** Conversations: trees of messages with a title, a system prompt and sampling parameters. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import type { Conversation, ConversationPlace, ConversationSummary, ConversationTree } from '../../contract/index.ts';
import { MAX_BENIGN_PROMPT_LENGTH } from '../../contract/index.ts';
import { badInput, notFound } from '../errors.ts';
import { createFreeTime } from './free-time.ts';
import type { ConversationPatch, NewConversation, RefusalFate } from './interface.ts';
import { check, conversationPatch, MESSAGES, newConversation, toConversation, toMessage, toSummary } from '../rows.ts';
import type { ConversationRow, MessageRow } from '../rows.ts';

const COLUMNS: Record<keyof ConversationPatch, string> = {
  title: 'title',
  systemPrompt: 'system_prompt',
  sampling: 'sampling',
  reasoning: 'reasoning',
  activeLeafId: 'active_leaf_id',
};

/** A clock for `updated_at`: now, or the next time that no conversation has. */
export function createClock(db: Database): () => number {
  const freeTime = createFreeTime(db);
  return () => freeTime(Date.now());
}

/** What conversations need of the refusal log. */
export interface ConversationRefusals {
  /** Called inside the transaction that removes the conversation. */
  removeConversation(id: string, what: 'text' | 'row'): void;
  recordHead(): void;
}

/** A sample of what was asked looks at so many conversations, the newest, and takes so many messages of one. */
const SAMPLED_CONVERSATIONS = 2000;
const MOST_OF_ONE = 5;

/** What conversations need of the documents; called inside the transaction that removes one. */
export interface ConversationDocuments {
  removeConversation(id: string): void;
}

export function createConversations(db: Database, refusals: ConversationRefusals, documents: ConversationDocuments) {
  const now = createClock(db);
  const insert = db.prepare(
    'INSERT INTO conversations (id, title, system_prompt, sampling, reasoning, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const byId = db.prepare<[string], ConversationRow>('SELECT * FROM conversations WHERE id = ?');
  const pageIn = (where: string) =>
    db.prepare<unknown[], ConversationRow>(
      `SELECT * FROM conversations WHERE deleted_at IS NULL AND updated_at < ? AND ${where} ORDER BY updated_at DESC LIMIT ?`,
    );
  const pages = {
    all: pageIn('1'),
    chats: pageIn('pinned = 0 AND archived = 0 AND folder_id IS NULL'),
    pinned: pageIn('pinned = 1 AND archived = 0'),
    archive: pageIn('archived = 1'),
  };
  const pageInFolder = db.prepare<[string, number, number], ConversationRow>(
    'SELECT * FROM conversations WHERE folder_id = ? AND deleted_at IS NULL AND archived = 0 AND updated_at < ? ORDER BY updated_at DESC LIMIT ?',
  );
  const tree = db.prepare<[string], MessageRow>(`${MESSAGES} WHERE m.conversation_id = ? ORDER BY m.seq`);
  const contains = db.prepare<[string, string]>('SELECT 1 FROM messages WHERE conversation_id = ? AND id = ?');
  const hide = db.prepare('UPDATE conversations SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL');
  const show = db.prepare('UPDATE conversations SET deleted_at = NULL WHERE id = ?');
  const expired = db.prepare<[number], string>('SELECT id FROM conversations WHERE deleted_at <= ?');
  const dropLeaf = db.prepare('UPDATE conversations SET active_leaf_id = NULL WHERE id = ?');
  const dropMessages = db.prepare('DELETE FROM messages WHERE conversation_id = ?');
  const drop = db.prepare('DELETE FROM conversations WHERE id = ?');

  const answered = (verdicts: string) =>
    `EXISTS (SELECT 1 FROM messages r WHERE r.conversation_id = m.conversation_id AND r.parent_id = m.id AND json_extract(r.outcome, '$.verdict') IN (${verdicts}))`;
  const asked = db
    .prepare<[number, number], string>(
      `SELECT text FROM (
         SELECT m.text AS text, row_number() OVER (PARTITION BY m.conversation_id ORDER BY m.parent_id IS NOT NULL, random()) AS nth
         FROM (SELECT id FROM conversations WHERE deleted_at IS NULL ORDER BY updated_at DESC LIMIT ${SAMPLED_CONVERSATIONS}) v
         CROSS JOIN messages m ON m.conversation_id = v.id
         WHERE m.role = 'user' AND length(m.text) <= ? AND ${answered("'complied'")} AND NOT ${answered("'refused', 'partial'")}
       ) WHERE nth <= ${MOST_OF_ONE} ORDER BY nth, random() LIMIT ?`,
    )
    .pluck();

  const row = (id: string): ConversationRow => {
    const found = byId.get(id);
    if (!found) throw notFound('conversation');
    return found;
  };
  const visible = (id: string): ConversationRow => {
    const found = row(id);
    if (found.deleted_at !== null) throw notFound('conversation');
    return found;
  };
  const get = (id: string): Conversation => toConversation(visible(id));

  const create = (input: NewConversation): Conversation => {
    const { title, systemPrompt, sampling, reasoning = null } = check(newConversation, input, 'conversation');
    const id = uuidv7();
    const time = now();
    insert.run(id, title, systemPrompt, JSON.stringify(sampling), reasoning, time, time);
    return get(id);
  };

  const update = db.transaction((id: string, patch: ConversationPatch): Conversation => {
    visible(id);
    const checked = check(conversationPatch, patch, 'change');
    if (checked.activeLeafId !== undefined && !contains.get(id, checked.activeLeafId)) {
      throw badInput('The chosen message is not part of this conversation.');
    }
    for (const [key, value] of Object.entries(checked)) {
      if (value === undefined) continue;
      const stored = typeof value === 'string' || value === null ? value : JSON.stringify(value);
      db.prepare(`UPDATE conversations SET ${COLUMNS[key as keyof ConversationPatch]} = ? WHERE id = ?`).run(stored, id);
    }
    return get(id);
  });

  const open = db.transaction((id: string): ConversationTree => ({ conversation: get(id), messages: tree.all(id).map(toMessage) }));

  const remove = db.transaction((id: string): void => {
    row(id);
    hide.run(Date.now(), id);
  });

  const restore = db.transaction((id: string): ConversationSummary => {
    row(id);
    show.run(id);
    return toSummary(row(id));
  });

  const purgeDeleted = db.transaction((deletedUntil: number, fate: RefusalFate): number => {
    const ids = expired.pluck().all(deletedUntil);
    for (const id of ids) {
      if (fate !== 'keep') refusals.removeConversation(id, fate === 'remove' ? 'row' : 'text');
      dropLeaf.run(id);
      documents.removeConversation(id);
      dropMessages.run(id);
      drop.run(id);
    }
    return ids.length;
  });

  return {
    /** For transactions that begin a turn. */
    within: { create, get },
    methods: {
      asked: (limit: number): string[] => asked.all(MAX_BENIGN_PROMPT_LENGTH, limit),
      list: ({ limit, before, place }: { limit: number; before: number | null; place?: ConversationPlace | undefined }) => {
        const from = before ?? Number.MAX_SAFE_INTEGER;
        const rows = typeof place === 'object' ? pageInFolder.all(place.folderId, from, limit) : pages[place ?? 'all'].all(from, limit);
        return rows.map(toSummary);
      },
      open: (id: string) => open(id),
      get,
      update: (id: string, patch: ConversationPatch) => update.immediate(id, patch),
      delete: (id: string) => remove.immediate(id),
      restore: (id: string) => restore.immediate(id),
      purgeDeleted: (deletedUntil: number, fate: RefusalFate): number => {
        const purged = purgeDeleted.immediate(deletedUntil, fate);
        if (purged > 0) refusals.recordHead();
        return purged;
      },
    },
  };
}
