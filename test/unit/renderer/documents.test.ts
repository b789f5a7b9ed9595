/** Documents of a message: attached, said to fit or not, sent, kept in the draft, and named under the reply. */
import { expect, test, vi } from 'vitest';
import './support/browser.ts';
import { SteadyError, type AttachedDocument } from '../../../electron/contract/index.ts';
import { documentTokens, unfitNote } from '../../../renderer/lib/components/chat/document-words.ts';
import { sourcesOf } from '../../../renderer/lib/components/chat/sources.ts';
import { App } from '../../../renderer/lib/state/app.svelte.ts';
import { Draft } from '../../../renderer/lib/state/draft.svelte.ts';
import { scriptedApp } from './support/app.ts';
import { makeConversation, makeMessage } from './support/messages.ts';

const makeDocument = (over: Partial<AttachedDocument> = {}): AttachedDocument => ({
  id: crypto.randomUUID(),
  name: 'paper.pdf',
  kind: 'pdf',
  bytes: 2048,
  length: 9000,
  notes: [],
  ...over,
});

test('files are handed over, read by the app, and sent by their ids; one that cannot be read is named', async () => {
  const document = makeDocument();
  const conversation = makeConversation();
  const userMessage = makeMessage({ conversationId: conversation.id, documents: [document] });
  const reply = makeMessage({ conversationId: conversation.id, parentId: userMessage.id, role: 'assistant', state: 'streaming' });
  const send = vi.fn(() => ({ conversation, userMessage, reply }));
  const names = new Map<string, string>();
  const { bridge } = scriptedApp({
    'documents.upload.begin': ({ fileName }) => {
      const uploadId = crypto.randomUUID();
      names.set(uploadId, fileName);
      return { uploadId };
    },
    'documents.upload.append': () => ({ received: 1 }),
    'documents.add': ({ uploadId }) => {
      if (names.get(uploadId) === 'shot.png') throw new SteadyError('bad-input', '“shot.png” could not be read. It is a picture.');
      return { document, tokens: 1234 };
    },
    'chat.send': send,
  });
  const app = new App(bridge);
  const attaching = app.attach([new File(['x'], 'paper.pdf'), new File(['y'], 'shot.png')]);
  expect(app.chat.draft.pending.map(({ name }) => name)).toEqual(['paper.pdf', 'shot.png']);
  await attaching;
  expect(app.chat.draft.pending).toEqual([]);
  expect(app.chat.draft.documents).toEqual([{ document, tokens: 1234 }]);
  expect(app.notices.toasts.map(({ message }) => message)).toEqual(['“shot.png” could not be read. It is a picture.']);

  app.chat.draft.setText('What does it say?');
  expect(await app.chat.send()).toBe(true);
  expect(send).toHaveBeenCalledWith(expect.objectContaining({ text: 'What does it say?', documents: [document.id] }));
  expect(app.chat.draft.documents).toEqual([]);
});

test('a draft keeps its documents', () => {
  const draft = new Draft('Look');
  const document = makeDocument();
  draft.addDocument(document, 5);
  draft.addDocument(document, 6);
  const again = new Draft();
  again.restore(draft.stored);
  expect(again.documents).toEqual([{ document, tokens: 6 }]);
  again.removeDocument(document.id);
  expect(again.documents).toEqual([]);
});

test('what does not fit is said before it is sent', () => {
  const document = makeDocument();
  const window = { contextSize: 8192, maxTokens: 2048 };
  expect(documentTokens([{ document, tokens: 1234 }], document)).toBe('1,234 tokens');
  expect(documentTokens([{ document, tokens: null }], document)).toBe('');
  expect(unfitNote([{ document, tokens: 4607 }], window)).toBeNull();
  expect(unfitNote([{ document, tokens: 4608 }], window)?.message).toBe('This document has 4,608 tokens, and about 4,607 fit.');
  expect(unfitNote([{ document, tokens: 90_000 }], { ...window, contextSize: null })).toBeNull();
});

test('a reply names the passages that its prompt had, also of documents of earlier messages', () => {
  const document = makeDocument();
  const short = makeDocument({ name: 'short.txt' });
  const passages = [{ start: 10, length: 5 }];
  const first = makeMessage({
    documents: [document, short],
    reading: [
      { documentId: document.id, passages },
      { documentId: short.id, passages: null },
    ],
  });
  const reply = makeMessage({ role: 'assistant', parentId: first.id });
  const second = makeMessage({ parentId: reply.id, reading: [{ documentId: document.id, passages: [] }] });
  expect(sourcesOf([first, reply, second], first.id)).toEqual([{ document, passages }]);
  expect(sourcesOf([first, reply, second], second.id)).toEqual([{ document, passages: [] }]);
  expect(sourcesOf([second], second.id)).toEqual([]);
});
