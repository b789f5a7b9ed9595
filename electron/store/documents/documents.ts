/** Documents and their passages. */
import type { Database } from 'better-sqlite3';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { attachedDocument, MAX_DOCUMENT_LENGTH, type AttachedDocument } from '../../contract/index.ts';
import { badInput, notFound } from '../errors.ts';
import { check } from '../rows.ts';
import { termsOf } from '../search/search.ts';
import { cutPassages } from './cut.ts';
import type { FoundPassage, NewDocument } from './interface.ts';

/** Words of a question that are looked for. */
const MOST_TERMS = 64;

interface DocumentRow extends Omit<AttachedDocument, 'notes'> {
  seq: number;
  notes: string;
}

interface PassageRow {
  start: number;
  length: number;
  text: string;
}

const newDocument = attachedDocument.omit({ id: true, length: true }).extend({ text: z.string().min(1).max(MAX_DOCUMENT_LENGTH) });

/** An FTS5 expression for any of the words, in which nothing of a text is syntax; empty where it has no words. */
function anyOf(query: string): string {
  const words = termsOf(query).flatMap((term) => term.match(/[\p{L}\p{N}\p{M}]+/gu) ?? []);
  return [...new Set(words)]
    .slice(0, MOST_TERMS)
    .map((word) => `"${word}"`)
    .join(' OR ');
}

export function createDocuments(db: Database) {
  const insert = db.prepare(
    `INSERT INTO documents (id, name, kind, bytes, length, notes, created_at)
     VALUES (@id, @name, @kind, @bytes, @length, @notes, @createdAt)`,
  );
  const insertPassage = db.prepare('INSERT INTO passages (document_seq, start, length, text) VALUES (?, ?, ?, ?)');
  const byId = db.prepare<[string], DocumentRow>('SELECT seq, id, name, kind, bytes, length, notes FROM documents WHERE id = ?');
  const textFrom = db.prepare<[number, number, number], PassageRow>(
    'SELECT start, length, text FROM passages WHERE document_seq = ? AND start + length > ? AND start < ? ORDER BY start',
  );
  const matching = db.prepare<[string, string, number], FoundPassage>(
    `SELECT d.id AS documentId, p.start, p.length, p.text FROM passages_fts f
     JOIN passages p ON p.seq = f.rowid JOIN documents d ON d.seq = p.document_seq
     WHERE passages_fts MATCH ? AND d.id IN (SELECT value FROM json_each(?)) ORDER BY f.rank LIMIT ?`,
  );
  const link = db.prepare('INSERT INTO message_documents (message_id, document_seq, position) VALUES (?, ?, ?)');
  const linked = db.prepare<[number]>('SELECT 1 FROM message_documents WHERE document_seq = ? LIMIT 1');
  const ofConversation = db.prepare<[string], number>(
    `SELECT DISTINCT l.document_seq FROM message_documents l JOIN messages m ON m.id = l.message_id WHERE m.conversation_id = ?`,
  );
  const unlink = db.prepare('DELETE FROM message_documents WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = ?)');
  const unsent = db.prepare<[number], number>(
    'SELECT seq FROM documents d WHERE created_at <= ? AND NOT EXISTS (SELECT 1 FROM message_documents l WHERE l.document_seq = d.seq)',
  );
  const dropPassages = db.prepare('DELETE FROM passages WHERE document_seq = ?');
  const drop = db.prepare('DELETE FROM documents WHERE seq = ?');

  const row = (id: string): DocumentRow => {
    const found = byId.get(id);
    if (found === undefined) throw notFound('document');
    return found;
  };
  const toDocument = ({ seq: _, notes, ...rest }: DocumentRow): AttachedDocument => ({ ...rest, notes: JSON.parse(notes) as string[] });
  const removeRow = (seq: number): void => {
    dropPassages.run(seq);
    drop.run(seq);
  };

  /** @param id as a file of conversations has it, where that is free */
  const put = (document: NewDocument, id = uuidv7()): AttachedDocument => {
    const { text, notes, ...rest } = check(newDocument, document, 'document');
    const passages = cutPassages(text.toWellFormed());
    const { lastInsertRowid } = insert.run({ ...rest, id, length: text.length, notes: JSON.stringify(notes), createdAt: Date.now() });
    for (const { start, text: piece } of passages) insertPassage.run(lastInsertRowid, start, piece.length, piece);
    return toDocument(row(id));
  };
  const add = db.transaction((document: NewDocument): AttachedDocument => put(document));

  const read = (id: string, start: number, length: number): string => {
    const { seq } = row(id);
    const passages = textFrom.all(seq, start, start + length);
    const first = passages[0]?.start ?? start;
    return passages
      .map(({ text }) => text)
      .join('')
      .slice(start - first, start - first + length);
  };

  const beginnings = (ids: readonly string[], limit: number): FoundPassage[] =>
    ids
      .flatMap((id) =>
        textFrom
          .all(row(id).seq, 0, MAX_DOCUMENT_LENGTH)
          .slice(0, limit)
          .map((passage) => ({ documentId: id, ...passage })),
      )
      .slice(0, limit);

  const discard = db.transaction((id: string): void => {
    const found = byId.get(id);
    if (found !== undefined && linked.get(found.seq) === undefined) removeRow(found.seq);
  });

  const sweep = db.transaction((addedUntil: number): void => {
    for (const seq of unsent.pluck().all(addedUntil)) removeRow(seq);
  });

  return {
    methods: {
      add: (document: NewDocument) => add.immediate(document),
      get: (ids: readonly string[]) => ids.map((id) => toDocument(row(id))),
      read,
      search: ({ documentIds, query, limit }: { documentIds: readonly string[]; query: string; limit: number }): FoundPassage[] => {
        const match = anyOf(query);
        const found = match === '' ? [] : matching.all(match, JSON.stringify(documentIds), limit);
        return found.length > 0 ? found : beginnings(documentIds, limit);
      },
      discard: (id: string) => discard.immediate(id),
      sweep: (addedUntil: number) => sweep.immediate(addedUntil),
    },
    /** For other parts of the store, inside their transactions. */
    within: {
      put,
      exists: (id: string): boolean => byId.get(id) !== undefined,
      /** Makes documents go with a message, in their order. @throws `not-found`, `bad-input` */
      attach(messageId: string, ids: readonly string[]): void {
        if (new Set(ids).size !== ids.length) throw badInput('A document is named twice.');
        for (const [position, id] of ids.entries()) link.run(messageId, row(id).seq, position);
      },
      textOf: (id: string): string => read(id, 0, MAX_DOCUMENT_LENGTH),
      get: (id: string): AttachedDocument => toDocument(row(id)),
      /** Removes what goes with the messages of a conversation and with no other message. */
      removeConversation(conversationId: string): void {
        const seqs = ofConversation.pluck().all(conversationId);
        unlink.run(conversationId);
        for (const seq of seqs) if (linked.get(seq) === undefined) removeRow(seq);
      },
    },
  };
}
