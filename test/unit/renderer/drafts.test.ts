/** What was written and not sent is there again after a reload, within bounds. */
import { flushSync } from 'svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import { DraftStorage } from '../../../renderer/lib/state/draft-storage.ts';
import { LONG_TEXT } from '../../../renderer/lib/state/draft.svelte.ts';
import { Chat } from '../../../renderer/lib/state/chat.svelte.ts';
import { scriptedApp } from './support/app.ts';
import { makeConversation, makeMessage } from './support/messages.ts';

const draft = (text: string, pastes: string[] = []) => ({ text, pastes, rephrases: null });
const kept = () => new DraftStorage(localStorage);

beforeEach(() => localStorage.clear());

describe('the storage', () => {
  test('keeps one draft a conversation, and writes what waits when the page goes', () => {
    const storage = kept();
    storage.keepSoon(null, draft('h'));
    storage.keepSoon(null, draft('hello'));
    expect(kept().get(null)).toBeNull();
    storage.keepSoon('a', draft('other', ['pasted']));
    expect(kept().get(null)).toMatchObject({ text: 'hello' });
    storage.flush();
    expect(kept().get('a')).toMatchObject({ text: 'other', pastes: ['pasted'] });
    storage.remove('a');
    expect([kept().get('a'), kept().get(null)?.text]).toEqual([null, 'hello']);
  });

  test('what is removed does not come back from what waits', () => {
    const storage = kept();
    storage.keepSoon('a', draft('sent by now'));
    storage.remove('a');
    storage.flush();
    expect(kept().get('a')).toBeNull();
  });

  test('the oldest give way, and what is too long or damaged is passed over', () => {
    const storage = kept();
    for (let index = 0; index < 60; index++) {
      storage.keepSoon(`id ${index}`, draft(`text ${index}`));
      storage.flush();
    }
    expect([kept().get('id 0'), kept().get('id 59')?.text]).toEqual([null, 'text 59']);
    storage.keepSoon('long', draft('', ['x'.repeat(1_000_001)]));
    storage.flush();
    expect(kept().get('long')).toBeNull();
    for (const text of ['{', '7', '[{"id":7}]', '[null]', '{"id":"a"}']) {
      localStorage.setItem('steady.drafts', text);
      expect(kept().get('a'), text).toBeNull();
    }
  });

  test('a browser that keeps nothing loses nothing else', () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const full = vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
      throw new DOMException('full', 'QuotaExceededError');
    });
    const storage = kept();
    storage.keepSoon('a', draft('text'));
    storage.flush();
    full.mockRestore();
    warn.mockRestore();
    expect(kept().get('a')).toBeNull();
  });
});

describe('the page', () => {
  const reload = () => {
    window.dispatchEvent(new Event('pagehide'));
  };

  test('finds drafts again, of a new chat and of a conversation, with what was pasted', async () => {
    const conversation = makeConversation();
    const asked = makeMessage({ conversationId: conversation.id });
    const { bridge } = scriptedApp({ 'conversations.open': () => ({ conversation, messages: [asked] }) });
    const chat = new Chat(bridge);
    chat.draft.setText('a new chat');
    flushSync();
    await chat.open(conversation.id);
    flushSync();
    chat.draft.setText('an answer');
    chat.draft.addPaste('p'.repeat(LONG_TEXT));
    chat.draft.rephrases = asked.id;
    flushSync();
    reload();

    const again = new Chat(bridge);
    flushSync();
    expect(again.draft.text).toBe('a new chat');
    await again.open(conversation.id);
    flushSync();
    expect([again.draft.text, again.draft.pastes.length, again.draft.rephrases]).toEqual(['an answer', 1, asked.id]);
  });

  test('finds the new text of an edited message again, until it is saved or given up', async () => {
    const conversation = makeConversation();
    const asked = makeMessage({ conversationId: conversation.id, text: 'as it was' });
    const app = scriptedApp({ 'conversations.open': () => ({ conversation, messages: [asked] }) });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    chat.beginEdit(asked);
    flushSync();
    chat.edits.get(asked.id)!.setText('as it shall be');
    flushSync();
    reload();

    const again = new Chat(app.bridge);
    await again.open(conversation.id);
    flushSync();
    expect(again.edits.get(asked.id)?.text).toBe('as it shall be');
    again.endEdit(asked);
    flushSync();
    reload();
    const last = new Chat(app.bridge);
    await last.open(conversation.id);
    expect(last.edits.size).toBe(0);

    last.beginEdit(asked);
    flushSync();
    reload();
    expect(kept().edits(conversation.id)).toHaveLength(1);
    app.emit('conversations.removed', { id: conversation.id });
    await app.settle();
    reload();
    expect(kept().edits(conversation.id)).toEqual([]);
  });

  test('forgets a draft that was sent, and that of a deleted conversation', async () => {
    const conversation = makeConversation();
    const userMessage = makeMessage({ conversationId: conversation.id });
    const reply = makeMessage({ conversationId: conversation.id, role: 'assistant', parentId: userMessage.id });
    const app = scriptedApp({
      'chat.send': () => ({ conversation: { ...conversation, activeLeafId: reply.id }, userMessage, reply }),
    });
    const chat = new Chat(app.bridge);
    chat.draft.setText('sent');
    flushSync();
    expect(await chat.send()).toBe(true);
    flushSync();
    reload();
    expect(kept().get(null)).toBeNull();

    chat.draft.setText('half an answer');
    flushSync();
    reload();
    expect(kept().get(conversation.id)?.text).toBe('half an answer');
    chat.draft.setText('half an answer, and more');
    flushSync();
    app.emit('conversations.removed', { id: conversation.id });
    await app.settle();
    flushSync();
    reload();
    expect(kept().get(conversation.id)).toBeNull();
  });
});
