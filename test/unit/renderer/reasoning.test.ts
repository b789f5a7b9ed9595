/** What the model thought before it replied: streamed apart, folded behind one line with its time and length, and chosen. */
import { flushSync, mount, unmount, type Component } from 'svelte';
import { afterEach, expect, test, vi } from 'vitest';
import './support/browser.ts';
import type { Message, Reasoning } from '../../../electron/contract/index.ts';
import ReasoningBlock from '../../../renderer/lib/components/chat/ReasoningBlock.svelte';
import { canContinue, cutNote } from '../../../renderer/lib/components/chat/outcome-text.ts';
import { chosenOf, reasoningLine, reasoningOptions, thinkingLine } from '../../../renderer/lib/components/chat/reasoning-words.ts';
import ReasoningField from '../../../renderer/lib/components/settings/ReasoningField.svelte';
import { App, provideApp } from '../../../renderer/lib/state/app.svelte.ts';
import { scriptedApp } from './support/app.ts';
import { makeConversation, makeMessage, STATS } from './support/messages.ts';

const mounted: object[] = [];
afterEach(async () => {
  for (const component of mounted.splice(0)) await unmount(component);
  document.body.replaceChildren();
});

const thought: Reasoning = { text: 'They ask about **trees**.', tokens: 1200, milliseconds: 12_300, state: 'ended' };
const line = (over: Partial<Reasoning>, state: Message['state'] = 'done') =>
  reasoningLine({ reasoning: { ...thought, ...over }, state }, 4000);

test('the line says how long it took and how it ended', () => {
  expect(line({})).toBe('Thought for 12 seconds · 1,200 tokens');
  expect(line({ tokens: 1, milliseconds: 200 })).toBe('Thought for 1 second · 1 token');
  expect(line({ state: 'cut', milliseconds: 125_000 })).toBe('Thought for 2 min 5 s · 1,200 tokens · ended at its limit');
  expect(line({ state: 'open', tokens: null, milliseconds: null }, 'stopped')).toBe('Thought · not finished');
  expect(line({}, 'streaming')).toBe('Thought for 4 seconds');
  expect([thinkingLine(200), thinkingLine(61_000)]).toEqual(['Thinking…', 'Thinking for 1 min 1 s…']);
});

test('the note of a reply that was cut counts the reply alone, and what was stopped in the middle of it can go on', () => {
  const stats = { ...STATS, generatedTokens: 1208, finishReason: 'length' as const };
  expect(cutNote({ state: 'done', stats, reasoning: thought })).toBe('Cut at 8 tokens: the longest reply is set to that.');
  expect(canContinue(makeMessage({ role: 'assistant', state: 'stopped', text: '', reasoning: { ...thought, state: 'open' } }))).toBe(true);
  expect(canContinue(makeMessage({ role: 'assistant', state: 'stopped', text: '' }))).toBe(false);
});

test('it streams apart from the reply, folded, and opens', async () => {
  const conversation = makeConversation();
  const user = makeMessage({ conversationId: conversation.id, text: 'Trees?' });
  const reply = makeMessage({ conversationId: conversation.id, parentId: user.id, role: 'assistant', state: 'streaming' });
  const scripted = scriptedApp({
    'conversations.open': () => ({ conversation: { ...conversation, activeLeafId: reply.id }, messages: [user, reply] }),
  });
  const app = new App(scripted.bridge);
  await app.chat.open(conversation.id);
  const told = (part: 'reasoning' | 'reply', offset: number, delta: string) =>
    scripted.emit('chat.delta', { conversationId: conversation.id, replyId: reply.id, part, offset, delta });
  told('reasoning', 0, 'They ask');
  told('reasoning', 8, ' about **trees**.');
  await scripted.settle();
  expect([app.chat.reasoningOf(reply), app.chat.textOf(reply)]).toEqual(['They ask about **trees**.', '']);

  // A component is a function; this one gives the real one the page's state. With a context, even an empty one, it may.
  const within = ((anchor: Comment, inner: { message: Message }) => {
    provideApp(app);
    return (ReasoningBlock as unknown as (anchor: Comment, props: { message: Message }) => object)(anchor, inner);
  }) as unknown as Component<{ message: Message }>;
  mounted.push(mount(within, { target: document.body, props: { message: reply }, context: new Map() }));
  flushSync();
  const button = document.querySelector('button')!;
  expect(button.textContent).toContain('Thinking');
  expect(button.getAttribute('aria-expanded')).toBe('false');
  expect(document.body.textContent).not.toContain('They ask');
  button.click();
  flushSync();
  await vi.waitFor(() => expect(document.querySelector('strong')?.textContent).toBe('trees'));
  expect(button.getAttribute('aria-expanded')).toBe('true');
  told('reply', 0, 'A plant.');
  await scripted.settle();
  flushSync();
  expect(button.textContent).toContain('Thought for');
  expect(app.chat.textOf(reply)).toBe('A plant.');
});

test('what was chosen for one model stands for what another knows', () => {
  expect(reasoningOptions(['off', 'on']).map(({ label }) => label)).toEqual(["Model's own", 'Off', 'On']);
  expect(chosenOf(['off', 'on'], 'high')).toBe('on');
  expect(chosenOf(['low', 'medium', 'high'], 'off')).toBe('own');
  expect(chosenOf(['low', 'medium', 'high'], 'low')).toBe('low');
  expect(chosenOf(['off', 'on'], null)).toBe('own');
});

test('a choice is told, and the model’s own way is none', () => {
  const onChange = vi.fn();
  mounted.push(mount(ReasoningField, { target: document.body, props: { choices: ['off', 'on'], value: 'off', name: 'x', onChange } }));
  const [own, off, on] = [...document.querySelectorAll('input')];
  expect(off!.checked).toBe(true);
  on!.click();
  own!.click();
  expect(onChange.mock.calls).toEqual([['on'], [null]]);
});
