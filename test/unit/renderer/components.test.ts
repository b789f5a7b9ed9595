/** Components that carry logic of their own, mounted in a document. */
import { flushSync, mount, unmount } from 'svelte';
import { afterEach, describe, expect, test, vi } from 'vitest';
import './support/browser.ts';
import type { Conversation, Message } from '../../../electron/contract/index.ts';
import ChatView from '../../../renderer/lib/components/chat/ChatView.svelte';
import CodeBlock from '../../../renderer/lib/components/chat/CodeBlock.svelte';
import Markdown from '../../../renderer/lib/components/chat/Markdown.svelte';
import MessageBox from '../../../renderer/lib/components/chat/MessageBox.svelte';
import ConversationList from '../../../renderer/lib/components/sidebar/ConversationList.svelte';
import { Draft } from '../../../renderer/lib/state/draft.svelte.ts';
import { appState } from './calibration-fixtures.ts';
import { button, fill, mountPart, nameOf, type MountedPart } from './calibration-page.ts';
import { fakeService } from './fake-service.ts';
import { makeConversation, makeMessage } from './support/messages.ts';

let mounted: Record<string, unknown>[] = [];
let part: MountedPart | null = null;
afterEach(() => {
  part?.unmount();
  part = null;
  for (const component of mounted) void unmount(component);
  mounted = [];
  document.body.replaceChildren();
});

function render<Props extends Record<string, unknown>>(
  component: Parameters<typeof mount<Props, Record<string, unknown>>>[0],
  props: Props,
) {
  mounted.push(mount(component, { target: document.body, props }));
  flushSync();
}

function press(target: Element, init: KeyboardEventInit): KeyboardEvent {
  const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  flushSync();
  return event;
}

describe('model output', () => {
  test('formulas are set without any style attribute in markup', async () => {
    render(Markdown, { text: 'Mass: $\\sqrt{\\frac{a}{b}}$ and \\[x^2\\]', growing: false });
    await vi.waitFor(() => expect(document.querySelectorAll('.katex')).toHaveLength(2), 10_000);
    expect(document.querySelector('.math-display .katex-display')).not.toBeNull();
    expect(document.querySelector('[data-style]')).toBeNull();
    expect(document.querySelector<HTMLElement>('.katex .strut')?.style.height).not.toBe('');
  });

  test('faulty TeX stays readable and breaks nothing', async () => {
    render(Markdown, { text: 'Bad $\\frac{1}$ here', growing: false });
    await vi.waitFor(() => expect(document.querySelector('.katex-error')).not.toBeNull(), 10_000);
    expect(document.body.textContent).toContain('here');
  });

  test('nested code gets the same frame as code of its own', () => {
    render(Markdown, { text: '1. Step\n   ```py\n   x = 1\n   ```\n\n```js\nlet a;\n```', growing: false });
    expect(document.querySelectorAll('figure pre code')).toHaveLength(2);
    expect([...document.querySelectorAll('figure code')].map((code) => code.textContent)).toEqual(['x = 1', 'let a;']);
    expect(document.querySelectorAll('button[aria-label="Copy code"]')).toHaveLength(2);
  });

  test('markup in a reply is text', () => {
    render(Markdown, { text: '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>', growing: false });
    expect(document.querySelector('img, script')).toBeNull();
    expect('hacked' in window).toBe(false);
  });
});

describe('code', () => {
  const CODE = 'def f(x):\n    """A\n    long text"""\n    return "a" + x  # note';

  test('is coloured by classes, and its text stays as it was', async () => {
    render(CodeBlock, { code: CODE, language: 'python' });
    await vi.waitFor(() => expect(document.querySelector('.tok-keyword')).not.toBeNull(), 20_000);
    const code = document.querySelector('code');
    expect(code?.textContent).toBe(CODE);
    expect(code?.querySelector('.tok-keyword')?.textContent).toContain('def');
    expect(code?.innerHTML).not.toContain('style=');
    // The second line of the string is coloured as such: the state of the line before was carried over.
    expect(
      [...(code?.querySelectorAll('.tok-string, .tok-string-expression, .tok-comment') ?? [])].some((span) =>
        span.textContent.includes('long text'),
      ),
    ).toBe(true);
  });

  test('in an unknown language stays plain', async () => {
    render(CodeBlock, { code: 'x <y>', language: 'klingon' });
    await new Promise((done) => setTimeout(done, 20));
    expect(document.querySelector('code')?.textContent).toBe('x <y>');
    expect(document.querySelector('code')?.children).toHaveLength(0);
  });
});

describe('the message box', () => {
  function box(draft = new Draft()) {
    const onSubmit = vi.fn();
    render(MessageBox, { draft, label: 'Message', onSubmit });
    const area = document.querySelector('textarea');
    if (area === null) throw new Error('There is no text box.');
    return { draft, onSubmit, area };
  }

  test('Enter sends, Shift+Enter does not, nor does Enter that ends an input method', () => {
    const { area, onSubmit } = box();
    expect(press(area, { key: 'Enter', shiftKey: true }).defaultPrevented).toBe(false);
    press(area, { key: 'Enter', isComposing: true });
    expect(onSubmit).not.toHaveBeenCalled();
    expect(press(area, { key: 'Enter' }).defaultPrevented).toBe(true);
    expect(onSubmit).toHaveBeenCalledOnce();
  });

  test('a megabyte never gets into the text box', () => {
    const { area, draft } = box();
    area.value = 'x'.repeat(1_000_000);
    area.dispatchEvent(new Event('input', { bubbles: true }));
    flushSync();
    expect(area.value).toBe('');
    expect(draft.length).toBeGreaterThanOrEqual(1_000_000);
    expect(document.querySelector('li')?.textContent).toContain('1.0 MB');
    document.querySelector<HTMLButtonElement>('button[aria-label="Remove pasted text"]')?.click();
    flushSync();
    expect(draft.isEmpty).toBe(true);
  });
});

describe('the conversation', () => {
  /** An app that is ready to chat, with one conversation of so many turns open in the view. */
  async function open(turns = 1) {
    const conversation = makeConversation();
    const messages: Message[] = [];
    const add = (over: Partial<Message>) => {
      const message = makeMessage({ conversationId: conversation.id, parentId: messages.at(-1)?.id ?? null, ...over });
      messages.push(message);
      return message;
    };
    for (let turn = 1; turn <= turns; turn++) {
      add({ text: `Question ${turn}` });
      add({ text: `Answer ${turn}`, role: 'assistant' });
    }
    const state = appState();
    const service = fakeService({
      state: { ...state, protection: { ...state.protection, status: 'on', reason: null, chatAllowed: true } },
    });
    const sent = vi.fn();
    Object.assign(service.handlers, {
      'conversations.open': ({ id }: Conversation) =>
        id === conversation.id ? { conversation, messages } : { conversation: makeConversation({ id }), messages: [] },
      'chat.send': (input: { parentId: string | null; text: string }) => {
        sent(input);
        const userMessage = add({ parentId: input.parentId, text: input.text });
        const reply = add({ parentId: userMessage.id, role: 'assistant', state: 'streaming' });
        return { conversation: { ...conversation, activeLeafId: reply.id }, userMessage, reply };
      },
      'chat.stop': ({ replyId }: { replyId: string }) => {
        part!.emit('chat.message', { ...messages.find(({ id }) => id === replyId)!, state: 'stopped' });
        return {};
      },
    });
    part = await mountPart(ChatView, service);
    await part.app.openConversation(conversation.id);
    await part.sees(`Answer ${turns}`);
    return { page: part, conversation, messages, sent };
  }
  const focused = () => nameOf(document.activeElement!);
  /** Presses a button as a mouse does: it has the focus then. */
  function click(name: string): void {
    button(name).focus();
    button(name).click();
    flushSync();
  }

  test('a search hit far up is shown and stays in view', async () => {
    const scrolled = vi.spyOn(Element.prototype, 'scrollIntoView');
    const { page, conversation, messages } = await open(40);
    await page.app.openConversation(makeConversation().id);
    await page.app.openConversation(conversation.id, messages[4]!.id);
    await page.sees('Question 3');
    await page.settle();
    expect(scrolled.mock.contexts.map((element) => (element as HTMLElement).dataset['messageId'])).toEqual([messages[4]!.id]);
    // Following the end would take it out of view again.
    button('Jump to the latest message');
  });

  test('writing goes on in the text box after Send and after Stop', async () => {
    const { page, sent } = await open();
    fill('Message', 'More');
    click('Send');
    await vi.waitFor(() => button('Stop'));
    expect(sent).toHaveBeenCalledOnce();
    await vi.waitFor(() => expect(focused()).toBe('Message'));
    click('Stop');
    await page.sees('Stopped. What was written so far is kept.');
    await vi.waitFor(() => expect(focused()).toBe('Message'));
  });

  test('an edit outlasts a look at something else, and waits for the reply that is being written', async () => {
    const { page, conversation, messages, sent } = await open();
    click('Edit');
    fill('Edited text', 'Better question');
    await page.app.openConversation(makeConversation().id);
    await page.app.openConversation(conversation.id);
    await page.sees('The earlier version is kept.');
    const box = document.querySelector<HTMLTextAreaElement>('[aria-label="Edited text"]')!;
    expect(box.value).toBe('Better question');

    const reply = { ...messages[1]!, id: makeMessage().id };
    page.emit('chat.message', { ...reply, state: 'streaming' });
    await vi.waitFor(() => button('Stop'));
    press(box, { key: 'Enter' });
    await page.settle();
    expect(sent).not.toHaveBeenCalled();
    page.emit('chat.message', reply);
    await vi.waitFor(() => button('Send'));
    press(box, { key: 'Enter' });
    await vi.waitFor(() => expect(sent).toHaveBeenCalledWith(expect.objectContaining({ parentId: null, text: 'Better question' })));
    await vi.waitFor(() => expect(focused()).toBe('Message'));
    expect(page.app.chat.edits.size).toBe(0);
  });

  test('giving up an edit goes back to its button', async () => {
    await open();
    click('Edit');
    click('Cancel');
    await vi.waitFor(() => expect(focused()).toBe('Edit'));
  });
});

test('renaming a conversation ends at its row, whichever key ends it', async () => {
  const item = makeConversation({ title: 'Rivers' });
  const service = fakeService();
  service.handlers['conversations.list'] = () => [item];
  service.handlers['conversations.update'] = ({ title }) => ({ ...item, title: title! });
  part = await mountPart(ConversationList, service);
  for (const [key, title] of [
    ['Escape', 'Rivers'],
    ['Enter', 'Capitals'],
  ] as const) {
    press(button('Rivers'), { key: 'F2' });
    fill('Conversation title', 'Capitals');
    press(document.activeElement!, { key });
    await vi.waitFor(() => expect(document.activeElement).toBe(button(title)));
  }
});
