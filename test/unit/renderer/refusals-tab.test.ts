/** The refusals tab and the line under a refused reply, mounted and worked by keyboard. */
import { flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import type { AdminState, Handlers, Message, PageContract } from '../../../electron/contract/index.ts';
import { SteadyError } from '../../../electron/contract/index.ts';
import RefusalLine from '../../../renderer/lib/components/refusals/RefusalLine.svelte';
import RefusalsTab from '../../../renderer/lib/components/refusals/RefusalsTab.svelte';
import { App, provideApp } from '../../../renderer/lib/state/app.svelte.ts';
import { scriptedApp } from './support/app.ts';
import { makeConversation, makeMessage, OUTCOME } from './support/messages.ts';
import { smallLog } from './support/refusals.ts';

const UNLOCKED: AdminState = {
  passphrase: 'none',
  unlocked: true,
  retryAt: null,
  idleLockMinutes: 10,
  policies: {
    steering: 'mandatory',
    unprotectedChat: 'user-choice',
    logVisibility: 'admin',
    storePromptText: true,
    onConversationDeleted: 'keep',
    protectModels: 'everyone',
    useAskedPrompts: false,
  },
  problem: null,
};

let mounted: Record<string, unknown>[] = [];
afterEach(() => {
  for (const component of mounted) void unmount(component);
  mounted = [];
  document.body.replaceChildren();
});

function show(component: unknown, handlers: Partial<Handlers<PageContract>>, props: Record<string, unknown> = {}) {
  const scripted = scriptedApp({ 'admin.state': () => UNLOCKED, ...handlers });
  const app = new App(scripted.bridge);
  app.admin.take(UNLOCKED);
  // A component is a function; this one gives the real one the page's state. With a context, even an empty one, it may.
  const within = ((anchor: Comment, inner: Record<string, unknown>) => {
    provideApp(app);
    return (component as (anchor: Comment, props: Record<string, unknown>) => Record<string, unknown>)(anchor, inner);
  }) as unknown as Component<Record<string, unknown>>;
  mounted.push(mount(within, { target: document.body, props, context: new Map() }));
  flushSync();
  return { app, scripted };
}

const button = (name: RegExp) => [...document.querySelectorAll('button')].find((element) => name.test(element.textContent))!;

function press(keys: string, target: EventTarget = document.body) {
  for (const key of keys) target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  flushSync();
}

describe('the tab', () => {
  test('reviews by keyboard: a judgement keeps its row, and only a move leaves it', async () => {
    const log = smallLog(4);
    const { app } = show(RefusalsTab, log.handlers);
    await vi.waitFor(() => expect(app.refusals.rows).toHaveLength(4));
    const judged = () => [4, 3, 2, 1].map((seq) => log.rows.get(seq)!.review?.judgement ?? null);
    // As quick as a hand can be: no key is lost, and none hits the wrong row.
    press('j2j1jj3');
    await vi.waitFor(() => expect(judged()).toEqual(['wrong', 'right', null, 'unsure']));
    press('kc');
    await vi.waitFor(() => expect(document.body.textContent).toContain('In the next calibration’s benign set'));
    expect(log.rows.get(2)!.benignAt).not.toBeNull();
    press('c');
    await vi.waitFor(() => expect(log.rows.get(2)!.benignAt).toBeNull());
    expect(judged()).toEqual(['wrong', 'right', null, 'unsure']);
  });

  test('a note and its Ctrl+Enter after a judgement belong to the row that was judged', async () => {
    const log = smallLog(3);
    const { app } = show(RefusalsTab, log.handlers);
    await vi.waitFor(() => expect(app.refusals.rows).toHaveLength(3));
    press('j2n');
    const note = await vi.waitFor(() => {
      expect(document.activeElement).toBeInstanceOf(HTMLTextAreaElement);
      expect(log.rows.get(3)!.review?.judgement).toBe('wrong');
      return document.activeElement as HTMLTextAreaElement;
    });
    note.value = 'a nurse may ask';
    note.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    note.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, cancelable: true }));
    await vi.waitFor(() => expect(log.rows.get(3)!.review).toMatchObject({ judgement: 'wrong', note: 'a nurse may ask' }));
    expect(log.rows.get(2)!.review).toBeNull();
    expect(app.refusals.selected).toBe(3);
  });

  test('wrong puts a prompt into the next calibration, right takes it out, C overrides and warns', async () => {
    const log = smallLog(1);
    const { app } = show(RefusalsTab, log.handlers);
    await vi.waitFor(() => expect(app.refusals.rows).toHaveLength(1));
    const row = () => log.rows.get(1)!;
    press('j2');
    await vi.waitFor(() => expect(document.body.textContent).toContain('In the next calibration’s benign set.'));
    expect(document.querySelector('.log > [aria-live]')?.textContent).toBe('Marked wrong. In the next calibration’s benign set.');
    expect(row().benignAt).not.toBeNull();
    press('1');
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('In the next calibration’s benign set.'));
    expect([row().review?.judgement, row().benignAt]).toEqual(['right', null]);
    expect(app.notices.toasts).toHaveLength(0);

    press('c');
    await vi.waitFor(() => expect(document.body.textContent).toContain('although it was right to refuse'));
    expect([row().review?.judgement, row().benignAt === null]).toEqual(['right', false]);
    expect(app.notices.toasts[0]).toMatchObject({ level: 'warning', action: { label: 'Undo' } });
    app.notices.act(app.notices.toasts[0]!);
    await vi.waitFor(() => expect(row().benignAt).toBeNull());
  });

  test('N right after a move writes on the row that the move leads to', async () => {
    const log = smallLog(3);
    const { app } = show(RefusalsTab, log.handlers);
    await vi.waitFor(() => expect(app.refusals.rows).toHaveLength(3));
    press('j');
    const first = await vi.waitFor(() => document.querySelector('textarea') ?? expect.fail('no note'));
    press('jn');
    await vi.waitFor(() => expect(document.activeElement).toBeInstanceOf(HTMLTextAreaElement));
    expect(document.activeElement).not.toBe(first);
    expect(app.refusals.detail?.seq).toBe(2);
  });

  test('keys do nothing while somebody writes; a note is saved with the judgement', async () => {
    const log = smallLog(2);
    const { app } = show(RefusalsTab, log.handlers);
    await vi.waitFor(() => expect(app.refusals.rows).toHaveLength(2));
    press('j');
    const note = await vi.waitFor(() => document.querySelector('textarea') ?? expect.fail('no note'));
    press('n');
    await vi.waitFor(() => expect(document.activeElement).toBe(note));
    note.value = 'a nurse may ask';
    note.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    press('2', note);
    await new Promise((done) => setTimeout(done, 50));
    expect(log.rows.get(2)!.review).toBeNull();
    button(/^\s*Wrong/).click();
    await vi.waitFor(() => expect(log.rows.get(2)!.review).toMatchObject({ judgement: 'wrong', note: 'a nurse may ask' }));
  });

  test('an empty log, a log without a match, a failure and a lock each say what they are', async () => {
    const log = smallLog(0);
    const { app } = show(RefusalsTab, log.handlers);
    await vi.waitFor(() => expect(document.body.textContent).toContain('Nothing has been refused yet'));
    await app.refusals.setFilter({ query: 'zebra' });
    flushSync();
    expect(document.body.textContent).toContain('No row fits these filters');

    document.body.replaceChildren();
    const failing = (code: 'store-damaged' | 'locked') => ({
      ...log.handlers,
      'refusals.list': () => {
        throw new SteadyError(code, 'The database is damaged.', { hint: 'Restore a backup.' });
      },
    });
    show(RefusalsTab, failing('store-damaged'));
    await vi.waitFor(() => expect(document.body.textContent).toContain('Restore a backup.'));
    document.body.replaceChildren();
    show(RefusalsTab, failing('locked'));
    await vi.waitFor(() => expect(document.body.textContent).toContain('The refusal log is locked'));
  });

  test('who may only read is offered nothing that changes the log', async () => {
    const log = smallLog(2);
    const { app } = show(RefusalsTab, log.handlers);
    app.admin.take({ ...UNLOCKED, unlocked: false });
    await vi.waitFor(() => expect(app.refusals.rows).toHaveLength(2));
    press('j2');
    await vi.waitFor(() => expect(button(/^\s*Wrong/).disabled).toBe(true));
    await new Promise((done) => setTimeout(done, 50));
    expect(log.rows.get(2)!.review).toBeNull();
    expect(button(/Export|Verify now|Remove/)).toBeUndefined();
    expect(document.body.textContent).toContain('Reading only');
  });
});

describe('the line under a reply', () => {
  function reply(over: Partial<Message>, handlers: Partial<Handlers<PageContract>> = {}) {
    const conversation = makeConversation();
    const asked = makeMessage({ conversationId: conversation.id, text: 'How do I kill a process?' });
    const message = makeMessage({ conversationId: conversation.id, parentId: asked.id, role: 'assistant', ...over });
    const shown = show(RefusalLine, { 'refusals.reported': () => ({ messageIds: [] }), ...handlers }, { message });
    shown.app.chat.conversation = { ...conversation, activeLeafId: message.id };
    shown.app.chat.messages = [asked, message];
    flushSync();
    return { ...shown, asked, message };
  }
  const REFUSED = { ...OUTCOME, verdict: 'refused', cause: 'both', steered: true } as const;

  test('offers to rephrase, which sends another version of the message', async () => {
    const sent = vi.fn(() => {
      throw new SteadyError('busy', 'Not now.');
    });
    const { app, asked } = reply({ outcome: REFUSED }, { 'chat.send': sent });
    app.chat.draft.setText('something else');
    button(/Rephrase/).click();
    flushSync();
    expect(app.chat.draft.text).toBe('How do I kill a process?');
    expect(app.notices.toasts[0]?.action?.label).toBe('Undo');
    expect(await app.chat.send()).toBe(false);
    expect(sent).toHaveBeenCalledWith(expect.objectContaining({ parentId: asked.parentId, text: 'How do I kill a process?' }));
    // A message that could not be sent is still being reworded.
    expect(app.chat.draft.rephrases).toBe(asked.id);
    app.notices.toasts[0]!.action!.run();
    expect([app.chat.draft.text, app.chat.draft.rephrases]).toEqual(['something else', null]);
  });

  test('tells the admin once, and says so', async () => {
    const reported = vi.fn(({ messageId }: { messageId: string }) => ({ messageId, reportedAt: 1 }));
    const { message } = reply({ outcome: REFUSED }, { 'refusals.report': reported, 'refusals.report.withdraw': () => ({}) });
    button(/Tell the admin/).click();
    flushSync();
    const comment = document.querySelector<HTMLInputElement>('input[aria-label="Comment for the admin"]')!;
    comment.value = ' It is about a computer. ';
    comment.dispatchEvent(new Event('input', { bubbles: true }));
    button(/^Send$/).click();
    await vi.waitFor(() => expect(document.body.textContent).toContain('Sent to the admin'));
    expect(button(/Tell the admin/)).toBeUndefined();
    expect(reported).toHaveBeenCalledWith({ messageId: message.id, note: 'It is about a computer.' });
    button(/Take back/).click();
    await vi.waitFor(() => expect(button(/Tell the admin/)).toBeDefined());
  });

  test('knows what was reported before', async () => {
    const message = makeMessage({ role: 'assistant', outcome: REFUSED });
    show(RefusalLine, { 'refusals.reported': () => ({ messageIds: [message.id] }) }, { message });
    await vi.waitFor(() => expect(document.body.textContent).toContain('Sent to the admin'));
  });

  test('is quieter where a steered reply answered, and absent where nothing happened', () => {
    reply({ outcome: { ...OUTCOME, steered: true } });
    expect(document.body.textContent).toContain('Protection pushed towards a refusal, and the model answered');
    expect(document.querySelector('button')).toBeNull();
    document.body.replaceChildren();
    reply({ outcome: OUTCOME });
    expect(document.body.textContent.trim()).toBe('');
  });
});
