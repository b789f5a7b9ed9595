/** Whole conversations out of the database and into it. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import { timestamp, type AttachedDocument, type DocumentUse, type ExportedConversation } from '../../contract/index.ts';
import { badInput, notFound } from '../errors.ts';
import { createFreeTime } from './free-time.ts';
import type { ImportedConversation } from './interface.ts';
import { parentsFirst } from './message-order.ts';
import { MESSAGES, reasoningColumns, toConversation, toJson, toMessage, type ConversationRow, type MessageRow } from '../rows.ts';

/** What whole conversations need of the documents; called inside their transactions. */
export interface TransferDocuments {
  get(id: string): AttachedDocument;
  textOf(id: string): string;
  exists(id: string): boolean;
  put(document: Omit<AttachedDocument, 'id' | 'length'> & { text: string }, id?: string): AttachedDocument;
  attach(messageId: string, ids: readonly string[]): void;
}

type SeededRow = MessageRow & { seed: number | null };

export function createTransfer(db: Database, documents: TransferDocuments) {
  const ids = db.prepare<[], string>('SELECT id FROM conversations WHERE deleted_at IS NULL ORDER BY updated_at, seq');
  const one = db.prepare<[string], ConversationRow>('SELECT * FROM conversations WHERE id = ? AND deleted_at IS NULL');
  const tree = db.prepare<[string], SeededRow>(`${MESSAGES} WHERE m.conversation_id = ? ORDER BY m.seq`);
  const conversationTaken = db.prepare<[string]>('SELECT 1 FROM conversations WHERE id = ?');
  const messageTaken = db.prepare<[string]>('SELECT 1 FROM messages WHERE id = ?');
  const freeTime = createFreeTime(db);
  const addConversation = db.prepare(
    `INSERT INTO conversations (id, title, system_prompt, sampling, reasoning, created_at, updated_at, folder_id, pinned, archived, tags, origin)
     VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT id FROM folders WHERE id = ?), ?, ?, ?, ?)`,
  );
  const byOrigin = db.prepare<[string], { id: string; deleted_at: number | null }>(
    'SELECT id, deleted_at FROM conversations WHERE origin = ?',
  );
  const show = db.prepare('UPDATE conversations SET deleted_at = NULL WHERE id = ?');
  const addMessage = db.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, reasoning, reasoning_about, state, created_at, model_name, outcome, stats,
       error, seed, reading, foreign_text)
     VALUES (@id, @conversationId, @parentId, @role, @text, @reasoning, @reasoningAbout, @state, @createdAt, @modelName, @outcome, @stats,
       @error, @seed, @reading, 1)`,
  );
  const setLeaf = db.prepare('UPDATE conversations SET active_leaf_id = ? WHERE id = ?');

  const read = db.transaction((id: string): ExportedConversation => {
    const row = one.get(id);
    if (row === undefined) throw notFound('conversation');
    const messages = tree.all(id).map((message) => {
      // Whoever imports it takes every message for foreign.
      const { foreign: _, ...kept } = toMessage(message);
      return { ...kept, seed: message.seed };
    });
    const attached = new Set(messages.flatMap((message) => (message.documents ?? []).map((document) => document.id)));
    const texts = [...attached].map((documentId) => ({ ...documents.get(documentId), text: documents.textOf(documentId) }));
    return { conversation: toConversation(row), messages, ...(texts.length === 0 ? {} : { documents: texts }) };
  });

  /** Under which id each of a file's documents is kept here. */
  const putDocuments = ({ documents: texts = [] }: ExportedConversation): Map<string, string> =>
    new Map(
      texts.map(({ id, name, kind, bytes, notes, text }) => {
        const kept = documents.put({ name, kind, bytes, notes, text }, documents.exists(id) ? undefined : id);
        return [id, kept.id];
      }),
    );

  const insert = db.transaction((exported: ExportedConversation, origin: string | null): ImportedConversation => {
    const { conversation, messages } = exported;
    const known = origin === null ? undefined : byOrigin.get(origin);
    if (known !== undefined) {
      // One that was deleted since is brought back, as it was.
      if (known.deleted_at !== null) show.run(known.id);
      return { id: known.id, messages: 0, renumbered: false, known: known.deleted_at === null };
    }
    const ordered = parentsFirst(messages);
    const taken = conversationTaken.get(conversation.id) !== undefined || ordered.some(({ id }) => messageTaken.get(id) !== undefined);
    const fresh = new Map<string, string>();
    if (taken) for (const { id } of ordered) fresh.set(id, uuidv7());
    const idOf = (id: string) => fresh.get(id) ?? id;
    const conversationId = taken ? uuidv7() : conversation.id;
    const { title, systemPrompt, sampling, reasoning = null, createdAt, activeLeafId, folderId, pinned, archived, tags } = conversation;
    const updatedAt = freeTime(conversation.updatedAt);
    const place = [folderId, Number(pinned), Number(archived), JSON.stringify(tags), origin];
    addConversation.run(conversationId, title, systemPrompt, JSON.stringify(sampling), reasoning, createdAt, updatedAt, ...place);
    const put = putDocuments(exported);
    for (const message of ordered) {
      const attached = (message.documents ?? []).flatMap((document) => put.get(document.id) ?? []);
      const reading = message.reading?.flatMap((use): DocumentUse[] => {
        const documentId = put.get(use.documentId);
        return documentId === undefined ? [] : [{ ...use, documentId }];
      });
      addMessage.run({
        ...message,
        id: idOf(message.id),
        conversationId,
        parentId: message.parentId === null ? null : idOf(message.parentId),
        // Nobody is writing it any more.
        state: message.state === 'streaming' ? 'stopped' : message.state,
        ...reasoningColumns(message.reasoning),
        outcome: toJson(message.outcome),
        stats: toJson(message.stats),
        error: toJson(message.error),
        reading: toJson(reading),
      });
      documents.attach(idOf(message.id), [...new Set(attached)]);
    }
    if (activeLeafId !== null) setLeaf.run(idOf(activeLeafId), conversationId);
    return { id: conversationId, messages: ordered.length, renumbered: taken, known: false };
  });

  return {
    ids: (): string[] => ids.pluck().all(),
    read: (id: string) => read(id),
    insert: (tree: ExportedConversation, origin: string | null = null) => {
      checkTree(tree);
      return insert.immediate(tree, origin);
    },
  };
}

/** @throws SteadyError `bad-input` for what is no tree of turns. */
function checkTree({ conversation, messages }: ExportedConversation): void {
  const times = [conversation.createdAt, conversation.updatedAt, ...messages.map(({ createdAt }) => createdAt)];
  if (!times.every((time) => timestamp.safeParse(time).success)) throw badInput('It has a time that no calendar has.');
  const byId = new Map(messages.map((message) => [message.id, message]));
  if (byId.size !== messages.length) throw badInput('Two of its messages have the same id.');
  messages.forEach(({ parentId, role, conversationId }, index) => {
    const name = `Message ${index + 1}`;
    if (conversationId !== conversation.id) throw badInput(`${name} belongs to another conversation.`);
    if (parentId === null) {
      if (role !== 'user') throw badInput(`${name} begins the conversation and is not the user's.`);
      return;
    }
    const parent = byId.get(parentId);
    if (parent === undefined) throw badInput(`${name} follows a message that is not there.`);
    if (parent.role === role) throw badInput(`${name} and the one it follows have the same author.`);
  });
  if (conversation.activeLeafId !== null && !byId.has(conversation.activeLeafId)) throw badInput('The message it is open at is not there.');
}
