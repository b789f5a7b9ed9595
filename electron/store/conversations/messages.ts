/** Messages: added, written as they stream, finished once, and picked up after a crash. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import type { Conversation, ErrorShape, Message, ReplyPart } from '../../contract/index.ts';
import { createClock } from './conversations.ts';
import { badInput, conflict, notFound } from '../errors.ts';
import type { MessageFinish, NewConversation, NewTurn, StartedTurn } from './interface.ts';
import type { RefusalEntry } from '../refusals/interface.ts';
import { check, MESSAGES, messageFinish, newMessage, readingOf, reasoningColumns, toJson, toMessage, type MessageRow } from '../rows.ts';
import type { Writer } from './writer.ts';

const INTERRUPTED: ErrorShape = {
  code: 'engine-crashed',
  message: 'Steady was closed before this reply was finished.',
  hint: 'What was written is kept. Regenerate to get a whole reply.',
};

/** What messages need of the refusal log: `append` is called inside the transaction that finishes a reply, `recordHead` after it. */
export interface RefusalLog {
  append(entry: RefusalEntry): unknown;
  recordHead(): void;
}

/** What messages need of the conversations; called inside their transactions. */
export interface TurnConversations {
  create(input: NewConversation): Conversation;
  /** @throws `not-found` */
  get(id: string): Conversation;
}

/** What messages need of the documents; called inside their transactions. */
export interface TurnDocuments {
  /** @throws `not-found` */
  attach(messageId: string, ids: readonly string[]): void;
}

export function createMessages(
  db: Database,
  writer: Writer,
  refusals: RefusalLog,
  conversations: TurnConversations,
  documents: TurnDocuments,
) {
  const now = createClock(db);
  const byId = db.prepare<[string], MessageRow>(`${MESSAGES} WHERE m.id = ?`);
  const insert = db.prepare(
    `INSERT INTO messages (id, conversation_id, parent_id, role, text, state, created_at, model_name, writer)
     VALUES (@id, @conversationId, @parentId, @role, @text, @state, @createdAt, @modelName, @writer)`,
  );
  const conversationExists = db.prepare<[string]>('SELECT 1 FROM conversations WHERE id = ? AND deleted_at IS NULL');
  const touch = db.prepare('UPDATE conversations SET active_leaf_id = ?, updated_at = ? WHERE id = ?');
  const branch = db.prepare<[string], MessageRow>(
    `WITH RECURSIVE branch (depth, seq, parent_id) AS (
       SELECT 0, seq, parent_id FROM messages WHERE id = ?
       UNION ALL SELECT depth + 1, m.seq, m.parent_id FROM branch b JOIN messages m ON m.id = b.parent_id
     ) ${MESSAGES} JOIN branch b ON m.seq = b.seq ORDER BY b.depth DESC`,
  );
  const seedOf = db.prepare<[string], { seed: number | null }>('SELECT seed FROM messages WHERE id = ?');
  const setReading = db.prepare('UPDATE messages SET reading = ? WHERE id = ?');
  const setText = {
    reply: db.prepare('UPDATE messages SET text = ? WHERE id = ?'),
    reasoning: db.prepare('UPDATE messages SET reasoning = ? WHERE id = ?'),
  };
  const end = db.prepare(
    `UPDATE messages SET state = @state, text = @text, reasoning = @reasoning, reasoning_about = @reasoningAbout, outcome = @outcome,
       stats = @stats, error = @error, seed = @seed, writer = NULL
     WHERE id = @id`,
  );
  const hasChildren = db.prepare<[string, string]>('SELECT 1 FROM messages WHERE conversation_id = ? AND parent_id = ? LIMIT 1');
  const resume = db.prepare(
    "UPDATE messages SET state = 'streaming', error = NULL, writer = @writer, model_name = coalesce(model_name, @modelName) WHERE id = @id",
  );
  const unfinished = db.prepare<[], { id: string; writer: string | null }>("SELECT id, writer FROM messages WHERE state = 'streaming'");
  const interrupt = db.prepare("UPDATE messages SET state = 'stopped', error = ?, writer = NULL WHERE id = ?");

  const row = (id: string): MessageRow => {
    const found = byId.get(id);
    if (!found) throw notFound('message');
    return found;
  };

  /** For transactions. The message becomes the conversation's active leaf, and the conversation moves up the list. */
  const add = (message: Pick<Message, 'conversationId' | 'parentId' | 'role' | 'text' | 'modelName'>): Message => {
    const { conversationId, parentId, role, ...rest } = check(newMessage, message, 'message');
    if (!conversationExists.get(conversationId)) throw notFound('conversation');
    if (parentId !== null) {
      const parent = row(parentId);
      if (parent.conversation_id !== conversationId) throw badInput('The message that is answered belongs to another conversation.');
      if (parent.role === role) throw badInput('A message and the one it follows cannot have the same author.');
    }
    const id = uuidv7();
    // A question is whole; a reply is about to be written by this process.
    const written = role === 'user' ? { state: 'done', writer: null } : { state: 'streaming', writer: writer.id };
    if (role === 'assistant') writer.hold();
    insert.run({ id, conversationId, parentId, role, ...rest, ...written, createdAt: Date.now() });
    touch.run(id, now(), conversationId);
    return toMessage(row(id));
  };
  const addReply = (conversationId: string, parentId: string, modelName: string | null): Message =>
    add({ conversationId, parentId, role: 'assistant', text: '', modelName });

  const startTurn = db.transaction(
    ({ conversation: of, parentId, text, modelName, documents: attached = [], reading }: NewTurn): StartedTurn => {
      const conversationId = typeof of === 'string' ? of : conversations.create(of).id;
      const { id: userId } = add({ conversationId, parentId, role: 'user', text, modelName: null });
      documents.attach(userId, attached);
      if (reading !== undefined) setReading.run(JSON.stringify(readingOf(reading)), userId);
      const userMessage = toMessage(row(userId));
      const reply = addReply(conversationId, userMessage.id, modelName);
      return { conversation: conversations.get(conversationId), userMessage, reply };
    },
  );

  const startReply = db.transaction((parentId: string, modelName: string | null): Omit<StartedTurn, 'userMessage'> => {
    const { conversation_id: conversationId } = row(parentId);
    const reply = addReply(conversationId, parentId, modelName);
    return { conversation: conversations.get(conversationId), reply };
  });

  const resumeReply = db.transaction((id: string, modelName: string | null): Omit<StartedTurn, 'userMessage'> => {
    const { conversation_id: conversationId, role, state, text, reasoning } = row(id);
    if (role !== 'assistant' || state === 'streaming' || (text === '' && (reasoning ?? '') === ''))
      throw badInput('Only a reply that was cut can go on.');
    if (hasChildren.get(conversationId, id) !== undefined) throw conflict('A reply that is followed by a message cannot go on.');
    writer.hold();
    resume.run({ id, writer: writer.id, modelName });
    touch.run(id, now(), conversationId);
    return { conversation: conversations.get(conversationId), reply: toMessage(row(id)) };
  });

  const appendText = db.transaction((id: string, offset: number, delta: string, part: ReplyPart): number => {
    const { state, ...texts } = row(id);
    const text = (part === 'reply' ? texts.text : texts.reasoning) ?? '';
    if (state !== 'streaming') throw conflict('This reply is already finished.');
    if (offset > text.length) throw conflict(`Text is missing before this piece of the reply (${text.length} of ${offset} are here).`);
    const fresh = delta.slice(text.length - offset);
    if (fresh === '') return text.length;
    const grown = (text + fresh).toWellFormed();
    setText[part].run(grown, id);
    return grown.length;
  });

  const takeBackText = db.transaction((id: string): void => {
    if (row(id).state !== 'streaming') throw conflict('This reply is already finished.');
    setText.reply.run('', id);
    setText.reasoning.run(null, id);
  });

  const finish = db.transaction((id: string, result: MessageFinish): Message => {
    const { refusal, ...rest } = result;
    const checked = check(messageFinish, rest, 'reply');
    if (row(id).state !== 'streaming') throw conflict('This reply is already finished.');
    end.run({
      id,
      state: checked.state,
      text: checked.text,
      ...reasoningColumns(checked.reasoning),
      outcome: toJson(checked.outcome),
      stats: toJson(checked.stats),
      error: toJson(checked.error),
      seed: checked.seed ?? null,
    });
    if (refusal) refusals.append(refusal);
    return toMessage(row(id));
  });

  const recoverInterrupted = db.transaction((): number => {
    const gone = unfinished.all().filter((reply) => reply.writer === null || writer.isGone(reply.writer));
    for (const { id } of gone) interrupt.run(JSON.stringify(INTERRUPTED), id);
    writer.sweep();
    return gone.length;
  });

  return {
    startTurn: (turn: NewTurn) => startTurn.immediate(turn),
    startReply: (parentId: string, modelName: string | null) => startReply.immediate(parentId, modelName),
    resumeReply: (id: string, modelName: string | null) => resumeReply.immediate(id, modelName),
    get: (id: string) => toMessage(row(id)),
    seed: (id: string): number | null => {
      row(id);
      return seedOf.get(id)?.seed ?? null;
    },
    path: (leafId: string): Message[] => {
      row(leafId);
      return branch.all(leafId).map(toMessage);
    },
    appendText: (id: string, offset: number, delta: string, part: ReplyPart = 'reply') => appendText.immediate(id, offset, delta, part),
    takeBackText: (id: string) => takeBackText.immediate(id),
    finish: (id: string, result: MessageFinish): Message => {
      const message = finish.immediate(id, result);
      if (result.refusal) refusals.recordHead();
      return message;
    },
    recoverInterrupted: () => recoverInterrupted.immediate(),
  };
}
