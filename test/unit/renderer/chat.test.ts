/** The open conversation against the real contract: answers and events in every order they can come in. */
import { flushSync } from 'svelte';
import { describe, expect, test, vi } from 'vitest';
import { SteadyError, type Conversation, type Message } from '../../../electron/contract/index.ts';
import { Chat } from '../../../renderer/lib/state/chat.svelte.ts';
import { scriptedApp } from './support/app.ts';
import { makeConversation, makeMessage, OUTCOME, STATS } from './support/messages.ts';

function turn(conversation: Conversation, parentId: string | null = null): { user: Message; reply: Message } {
  const user = makeMessage({ conversationId: conversation.id, parentId, text: 'Question' });
  const reply = makeMessage({ conversationId: conversation.id, parentId: user.id, role: 'assistant', state: 'streaming' });
  return { user, reply };
}

function started() {
  const conversation = makeConversation();
  const { user, reply } = turn(conversation);
  const shown = { ...conversation, activeLeafId: reply.id };
  const done: Message = { ...reply, state: 'done', text: 'Hello world', outcome: OUTCOME, stats: STATS };
  const delta = (offset: number, text: string) => ({
    conversationId: conversation.id,
    replyId: reply.id,
    part: 'reply' as const,
    offset,
    delta: text,
  });
  return { conversation: shown, user, reply, done, delta };
}

describe('sending', () => {
  test('shows what the app answers, then what it streams, then how it ended', async () => {
    const { conversation, user, reply, done, delta } = started();
    const send = vi.fn(() => ({ conversation, userMessage: user, reply }));
    const app = scriptedApp({ 'chat.send': send });
    const chat = new Chat(app.bridge);
    chat.draft.setText('Question');

    expect(await chat.send()).toBe(true);
    expect(send).toHaveBeenCalledWith({ conversationId: null, parentId: null, text: 'Question' });
    expect(chat.path.map(({ id }) => id)).toEqual([user.id, reply.id]);
    expect(chat.activeReply?.id).toBe(reply.id);

    app.emit('chat.delta', delta(0, 'Hello'));
    app.emit('chat.delta', delta(0, 'Hello'));
    app.emit('chat.delta', delta(5, ' wor'));
    await app.settle();
    expect(chat.textOf(chat.activeReply as Message)).toBe('Hello wor');

    app.emit('chat.message', done);
    await app.settle();
    expect(chat.activeReply).toBeNull();
    expect(chat.textOf(chat.path[1] as Message)).toBe('Hello world');
    app.emit('chat.delta', delta(9, 'ld'));
    await app.settle();
    expect(chat.textOf(chat.path[1] as Message)).toBe('Hello world');
  });

  test('text that is taken back is gone, and what follows begins anew', async () => {
    const { conversation, user, reply, done, delta } = started();
    const app = scriptedApp({ 'chat.send': () => ({ conversation, userMessage: user, reply }) });
    const chat = new Chat(app.bridge);
    chat.draft.setText('Question');
    await chat.send();
    app.emit('chat.delta', delta(0, 'What nobody should read'));
    await app.settle();
    app.emit('chat.takenBack', { conversationId: conversation.id, replyId: reply.id });
    await app.settle();
    expect(chat.textOf(chat.activeReply as Message)).toBe('');
    app.emit('chat.delta', delta(0, 'No.'));
    await app.settle();
    expect(chat.textOf(chat.activeReply as Message)).toBe('No.');
    app.emit('chat.message', { ...done, text: 'No.' });
    await app.settle();
    expect(chat.textOf(chat.path[1] as Message)).toBe('No.');
  });

  test('events that overtake the answer are not lost', async () => {
    const { conversation, user, reply, done, delta } = started();
    const app = scriptedApp({
      'chat.send': async () => {
        app.emit('chat.delta', delta(0, 'Hello '));
        await app.settle();
        return { conversation, userMessage: user, reply };
      },
    });
    const chat = new Chat(app.bridge);
    chat.draft.setText('Question');
    await chat.send();
    app.emit('chat.delta', delta(6, 'world'));
    await app.settle();
    expect(chat.textOf(chat.path[1] as Message)).toBe('Hello world');
    app.emit('chat.message', done);
    await app.settle();
    expect(chat.path[1]?.state).toBe('done');
  });

  test('a refused send keeps the draft and says why', async () => {
    const app = scriptedApp({
      'chat.send': () => {
        throw new SteadyError('protection-off', 'Protection is off.', { hint: 'Allow it in the settings.' });
      },
    });
    const chat = new Chat(app.bridge);
    chat.draft.setText('Question');
    expect(await chat.send()).toBe(false);
    expect(chat.sendProblem).toEqual({ code: 'protection-off', message: 'Protection is off.', hint: 'Allow it in the settings.' });
    expect(chat.draft.text).toBe('Question');
    expect(chat.path).toEqual([]);
  });

  test('continues the shown branch, and an edit starts beside what it edits', async () => {
    const { conversation, user, done } = started();
    const calls: unknown[] = [];
    const app = scriptedApp({
      'conversations.open': () => ({ conversation, messages: [user, done] }),
      'chat.send': (input) => {
        calls.push(input);
        const next = turn(conversation, input.parentId);
        return { conversation: { ...conversation, activeLeafId: next.reply.id }, userMessage: next.user, reply: next.reply };
      },
    });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    chat.draft.setText('More');
    await chat.send();
    expect(calls[0]).toMatchObject({ conversationId: conversation.id, parentId: done.id, text: 'More' });

    await chat.edit(user, 'Better question');
    expect(calls[1]).toMatchObject({ parentId: null, text: 'Better question' });
    expect(chat.path).toHaveLength(2);
    expect(chat.versionsOf(chat.path[0] as Message)).toMatchObject({ index: 1 });
  });

  test('rewording a message outlasts a look at another conversation', async () => {
    const { conversation, user, reply, done } = started();
    const send = vi.fn(() => ({ conversation, userMessage: user, reply }));
    const app = scriptedApp({
      'conversations.open': ({ id }) =>
        id === conversation.id ? { conversation, messages: [user, done] } : { conversation: makeConversation({ id }), messages: [] },
      'chat.send': send,
    });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    chat.rephrase(done);
    await chat.open(makeConversation().id);
    expect(chat.draft.isEmpty).toBe(true);
    await chat.open(conversation.id);
    expect(await chat.send()).toBe(true);
    expect(send).toHaveBeenCalledWith({ conversationId: conversation.id, parentId: user.parentId, text: user.text });
    expect(chat.draft.rephrases).toBeNull();
  });

  test('goes to where it was sent from, even if another conversation was opened meanwhile', async () => {
    const { conversation, user, reply } = started();
    const other = makeConversation();
    const app = scriptedApp({
      'chat.send': async () => {
        await app.settle();
        return { conversation, userMessage: user, reply };
      },
      'conversations.open': () => ({ conversation: other, messages: [] }),
    });
    const chat = new Chat(app.bridge);
    chat.draft.setText('Question');
    const sent = chat.send();
    await chat.open(other.id);
    await sent;
    expect(chat.id).toBe(other.id);
    expect(chat.path).toEqual([]);
  });
});

describe('versions', () => {
  test('regenerating adds a sibling, and the arrows ask the app for the other leaf', async () => {
    const { conversation, user, done } = started();
    const second = makeMessage({ conversationId: conversation.id, parentId: user.id, role: 'assistant', state: 'streaming' });
    const update = vi.fn(({ activeLeafId }: { activeLeafId?: string | undefined }) => ({
      ...conversation,
      activeLeafId: activeLeafId ?? null,
    }));
    const app = scriptedApp({
      'conversations.open': () => ({ conversation, messages: [user, done] }),
      'chat.regenerate': () => ({ conversation: { ...conversation, activeLeafId: second.id }, reply: second }),
      'conversations.update': update,
    });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    await chat.regenerate(done);
    expect(chat.path.map(({ id }) => id)).toEqual([user.id, second.id]);
    expect(chat.versionsOf(second)).toMatchObject({ index: 1 });

    await chat.showVersion(second, -1);
    expect(update).toHaveBeenCalledWith({ id: conversation.id, activeLeafId: done.id });
    expect(chat.path.map(({ id }) => id)).toEqual([user.id, done.id]);
    await chat.showVersion(done, -1);
    expect(update).toHaveBeenCalledTimes(1);
  });
});

describe('opening', () => {
  test('an answer that an event overtook does not reopen a finished reply', async () => {
    const { conversation, user, reply, done } = started();
    const app = scriptedApp({ 'conversations.open': () => ({ conversation, messages: [user, { ...reply, text: 'Hel' }] }) });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    app.emit('chat.message', done);
    await app.settle();
    await chat.resync();
    expect(chat.path[1]).toMatchObject({ state: 'done', text: 'Hello world' });
  });

  test('a reply that is being written goes on from the snapshot', async () => {
    const { conversation, user, reply, delta } = started();
    const app = scriptedApp({ 'conversations.open': () => ({ conversation, messages: [user, { ...reply, text: 'Hello ' }] }) });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    app.emit('chat.delta', delta(4, 'o w'));
    await app.settle();
    expect(chat.textOf(chat.path[1] as Message)).toBe('Hello w');
  });

  test('the last one asked for wins', async () => {
    const [slow, quick] = [makeConversation({ title: 'slow' }), makeConversation({ title: 'quick' })];
    const app = scriptedApp({
      'conversations.open': async ({ id }) => {
        if (id === slow.id) await new Promise((done) => setTimeout(done, 30));
        return { conversation: id === slow.id ? slow : quick, messages: [] };
      },
    });
    const chat = new Chat(app.bridge);
    await Promise.all([chat.open(slow.id), chat.open(quick.id)]);
    expect(chat.conversation?.title).toBe('quick');
  });

  test('a search hit on another branch shows that branch', async () => {
    const { conversation, user, done } = started();
    const other = makeMessage({ conversationId: conversation.id, parentId: user.id, role: 'assistant', text: 'Other' });
    const app = scriptedApp({
      'conversations.open': () => ({ conversation, messages: [user, done, other] }),
      'conversations.update': ({ activeLeafId }) => ({ ...conversation, activeLeafId: activeLeafId ?? null }),
    });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id, other.id);
    flushSync();
    expect(chat.path.at(-1)?.id).toBe(other.id);
    expect(chat.focusMessageId).toBe(other.id);
  });

  test('one that is gone says so', async () => {
    const app = scriptedApp({});
    const chat = new Chat(app.bridge);
    await chat.open(makeConversation().id);
    expect(chat.problem?.code).toBe('not-found');
    expect(chat.loading).toBe(false);
  });

  test('one that is gone is not in the way of a new one', async () => {
    const { conversation, user, reply } = started();
    const app = scriptedApp({ 'chat.send': () => ({ conversation, userMessage: user, reply }) });
    const chat = new Chat(app.bridge);
    const gone = makeConversation().id;
    await chat.open(gone);
    expect(chat.failedId).toBe(gone);
    chat.draft.setText('Question');
    expect(await chat.send()).toBe(true);
    expect([chat.problem, chat.failedId, chat.id]).toEqual([null, null, conversation.id]);
  });

  test('one that could not be opened is tried again when the connection is back', async () => {
    const { conversation, user, done } = started();
    let lost = true;
    const app = scriptedApp({
      'conversations.open': () => {
        if (lost) throw new SteadyError('internal', 'The connection to Steady was lost.');
        return { conversation, messages: [user, done] };
      },
    });
    const chat = new Chat(app.bridge);
    await chat.open(conversation.id);
    expect(chat.problem).not.toBeNull();
    lost = false;
    await chat.resync();
    expect([chat.problem, chat.failedId, chat.id]).toEqual([null, null, conversation.id]);
  });

  test('text that stays missing is read again', async () => {
    vi.useFakeTimers();
    try {
      const { conversation, user, reply, delta } = started();
      let text = '';
      const app = scriptedApp({ 'conversations.open': () => ({ conversation, messages: [user, { ...reply, text }] }) });
      const chat = new Chat(app.bridge);
      await chat.open(conversation.id);
      app.emit('chat.delta', delta(6, 'world'));
      text = 'Hello ';
      await vi.advanceTimersByTimeAsync(2_000);
      expect(chat.textOf(chat.path[1] as Message)).toBe('Hello world');
    } finally {
      vi.useRealTimers();
    }
  });
});
