/** Documents on a real database: kept with their message, searched, exported, imported, copied, and gone with the conversation. */
import { expect, test } from 'vitest';
import type { NewDocument, Store } from '../../../../electron/store/index.ts';
import { cutPassages } from '../../../../electron/store/documents/cut.ts';
import { done, failure, newConversation, rawDatabase, temporaryStore } from '../helpers.ts';

const LONG = Array.from({ length: 40 }, (_, at) => `Paragraph ${at}. ${'Nothing of note is said here. '.repeat(20)}`)
  .join('\n\n')
  .replace('Paragraph 17.', 'Paragraph 17. The harbour of Alderford froze in 1709.');
const file = (name = 'report.pdf', text = LONG): NewDocument => ({
  name,
  kind: 'pdf',
  bytes: 1234,
  notes: ['One page could not be read.'],
  text,
});

async function sent(store: Store, documents: string[], reading: object[] = []) {
  return store.messages.startTurn({
    conversation: newConversation(),
    parentId: null,
    text: 'What froze?',
    modelName: 'A model',
    documents,
    reading: reading as never,
  });
}

test('a text is cut into pieces that make it up again, at its own borders', () => {
  for (const text of [LONG, 'short', 'x'.repeat(5000), `${'a'.repeat(1199)}😀${'b'.repeat(1199)}`, '日本語。'.repeat(900)]) {
    const passages = cutPassages(text);
    expect(passages.map((passage) => passage.text).join('')).toBe(text);
    for (const passage of passages) {
      expect(text.slice(passage.start).startsWith(passage.text)).toBe(true);
      expect(passage.text.isWellFormed()).toBe(true);
      expect(passage.text.length).toBeLessThanOrEqual(1200);
    }
  }
  expect(cutPassages(LONG)[0]!.text).toMatch(/\n\n$/);
});

test('a document goes with its message wherever the message is read', async () => {
  const { store } = await temporaryStore();
  const document = await store.documents.add(file());
  expect(document).toMatchObject({ name: 'report.pdf', length: LONG.length, notes: ['One page could not be read.'] });
  const reading = [{ documentId: document.id, passages: [{ start: 0, length: 10 }] }];
  const { userMessage, conversation, reply } = await sent(store, [document.id], reading);
  expect(userMessage).toMatchObject({ documents: [document], reading });
  expect(reply.documents).toBeUndefined();
  expect(await store.messages.get(userMessage.id)).toEqual(userMessage);
  expect(await store.messages.path(reply.id)).toMatchObject([{ documents: [document], reading }, { id: reply.id }]);
  expect((await store.conversations.open(conversation.id)).messages[0]).toEqual(userMessage);
  expect(await store.documents.read(document.id, 1190, 100)).toBe(LONG.slice(1190, 1290));
  expect(await store.documents.read(document.id, 0, 10_000_000)).toBe(LONG);
  expect(await store.documents.read(document.id, LONG.length, 10)).toBe('');
});

test('a document that is not there, or is named twice, sends nothing', async () => {
  const { store } = await temporaryStore();
  const { id } = await store.documents.add(file());
  await expect(sent(store, ['019a0000-0000-7000-8000-000000000000'])).rejects.toEqual(failure('not-found'));
  await expect(sent(store, [id, id])).rejects.toEqual(failure('bad-input'));
  expect(await store.conversations.list({ limit: 10, before: null })).toEqual([]);
});

test('passages are found by any word of a question, whatever stands in it; else the beginnings', async () => {
  const { store } = await temporaryStore();
  const { id } = await store.documents.add(file());
  const other = await store.documents.add(file('other.txt', 'The harbour is elsewhere.'));
  const [best, ...rest] = await store.documents.search({
    documentIds: [id],
    query: 'When did the "harbours" freeze* (NEAR OR)?',
    limit: 5,
  });
  expect(best!.text).toContain('Alderford froze in 1709');
  expect(LONG.slice(best!.start, best!.start + best!.length)).toBe(best!.text);
  expect(rest.every(({ documentId }) => documentId === id)).toBe(true);
  expect(await store.documents.search({ documentIds: [id], query: 'zebra', limit: 2 })).toMatchObject([{ start: 0 }, { documentId: id }]);
  expect(await store.documents.search({ documentIds: [other.id], query: '?!', limit: 2 })).toMatchObject([{ documentId: other.id }]);
});

test('it is gone with its conversation, and its words with it; a copy keeps it', async () => {
  const { store, path } = await temporaryStore();
  const { id } = await store.documents.add(file());
  const { conversation, reply } = await sent(store, [id]);
  await store.messages.finish(reply.id, done('The harbour.'));
  const copy = await store.order.duplicate(reply.id);
  const purge = async (conversationId: string) => {
    await store.conversations.delete(conversationId);
    await store.conversations.purgeDeleted(Date.now() + 1, 'remove');
  };
  await purge(conversation.id);
  expect((await store.conversations.open(copy.id)).messages[0]!.documents).toMatchObject([{ id, name: 'report.pdf' }]);
  expect(await store.documents.read(id, 0, 9)).toBe('Paragraph');
  await purge(copy.id);
  await expect(store.documents.get([id])).rejects.toEqual(failure('not-found'));
  const db = rawDatabase(path);
  for (const table of ['documents', 'passages', 'message_documents']) expect(db.prepare(`SELECT * FROM ${table}`).all()).toEqual([]);
  expect(db.prepare("SELECT rowid FROM passages_fts WHERE passages_fts MATCH 'alderford'").all()).toEqual([]);
  expect(await store.integrityCheck()).toEqual({ ok: true, problems: [] });
});

test('one that was not sent can be dropped, or is swept; one that was stays', async () => {
  const { store } = await temporaryStore();
  const [dropped, swept, kept] = [await store.documents.add(file()), await store.documents.add(file()), await store.documents.add(file())];
  await sent(store, [kept.id]);
  await store.documents.discard(dropped.id);
  await store.documents.discard(kept.id);
  await expect(store.documents.get([dropped.id])).rejects.toEqual(failure('not-found'));
  await store.documents.sweep(0);
  expect(await store.documents.get([swept.id])).toHaveLength(1);
  await store.documents.sweep(Date.now() + 1);
  await expect(store.documents.get([swept.id])).rejects.toEqual(failure('not-found'));
  expect(await store.documents.get([kept.id])).toMatchObject([{ id: kept.id }]);
});

test('exported and imported it is the same, also beside itself', async () => {
  const { store } = await temporaryStore();
  const { id } = await store.documents.add(file());
  const reading = [{ documentId: id, passages: null }];
  const { conversation, reply } = await sent(store, [id], reading);
  await store.messages.finish(reply.id, done('The harbour.'));
  const exported = await store.transfer.read(conversation.id);
  expect(exported.documents).toMatchObject([{ id, name: 'report.pdf', text: LONG }]);

  const { store: elsewhere } = await temporaryStore();
  expect(await elsewhere.transfer.insert(exported)).toMatchObject({ renumbered: false });
  expect(await elsewhere.transfer.read(conversation.id)).toEqual(exported);

  const beside = await store.transfer.insert(exported);
  const again = await store.transfer.read(beside.id);
  const [copied] = again.documents!;
  expect(copied!.id).not.toBe(id);
  expect(copied).toEqual({ ...exported.documents![0], id: copied!.id });
  expect(again.messages[0]!.reading).toEqual([{ documentId: copied!.id, passages: null }]);
});

test('a file that names documents and does not hold them is imported without', async () => {
  const { store } = await temporaryStore();
  const { id } = await store.documents.add(file());
  const { conversation } = await sent(store, [id], [{ documentId: id, passages: null }]);
  const { documents: _, ...without } = await store.transfer.read(conversation.id);
  const { store: elsewhere } = await temporaryStore();
  await elsewhere.transfer.insert(without);
  const [message] = (await elsewhere.transfer.read(conversation.id)).messages;
  expect(message!.documents).toBeUndefined();
});
