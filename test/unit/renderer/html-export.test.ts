/** Conversations as a web page: what is in them is shown, and nothing of it runs. */
import { expect, test } from 'vitest';
import { conversationHtml, htmlDocument } from '../../../renderer/lib/export/html.ts';
import { makeConversation, makeMessage } from './support/messages.ts';

test('shows the open branch, as the chat shows it, and nothing that acts', () => {
  const asked = makeMessage({ role: 'user', text: '<img src=x onerror=alert(1)> **not bold**' });
  const reply = makeMessage({
    role: 'assistant',
    parentId: asked.id,
    text: '**bold** <script>alert(1)</script>\n\n```js\nif (a < b) {}\n```',
  });
  const other = makeMessage({ role: 'assistant', parentId: asked.id, text: 'Another version' });
  const conversation = { ...makeConversation({ title: 'A <b>title' }), activeLeafId: reply.id, systemPrompt: 'Be <i>brief' };
  const messages = [asked, other, reply].map((message) => ({ ...message, seed: null }));
  const page = new DOMParser().parseFromString(htmlDocument('A', [conversationHtml({ conversation, messages })]), 'text/html');
  expect(page.querySelector('h1')?.textContent).toBe('A <b>title');
  expect(page.querySelector('blockquote')?.textContent).toContain('Be <i>brief');
  expect(page.querySelector('.user')?.textContent).toContain('**not bold**');
  expect(page.querySelector('.assistant strong')?.textContent).toBe('bold');
  expect(page.querySelector('pre code')?.textContent).toBe('if (a < b) {}');
  expect(page.body.textContent).not.toContain('Another version');
  expect(page.querySelector('script, img, [onerror]')).toBeNull();
});
