/** Jan's threads: `thread.json` and `messages.jsonl` of one folder, put together as `{ thread, messages }`. */
import { fields, idOf, isFields, list, text, time, type Fields } from './values.ts';
import { nothingLeftOut, type ForeignConversation, type ForeignMessage } from './turns.ts';

export const isJan = (value: Fields): boolean =>
  isFields(value['thread']) && fields(value['thread'])['object'] === 'thread' && Array.isArray(value['messages']);

export function fromJan(value: Fields): ForeignConversation {
  const thread = fields(value['thread']);
  const [assistant] = list(thread['assistants']).map(fields);
  const leftOut = nothingLeftOut();
  const model = idOf(fields(assistant?.['model'])['id']);
  let previous: string | null = null;
  const messages = list(value['messages']).map((entry, index): ForeignMessage => {
    const message = fields(entry);
    const id = idOf(message['id']) ?? `#${index}`;
    const parentId = previous;
    previous = id;
    const said: string[] = [];
    for (const item of list(message['content'])) {
      const part = fields(item);
      if (text(part['type']).startsWith('image')) leftOut.pictures++;
      else said.push(typeof part['text'] === 'string' ? part['text'] : text(fields(part['text'])['value']));
    }
    leftOut.files += list(message['attachments']).length;
    const role = text(message['role']);
    return {
      id,
      parentId,
      role: role === 'user' || role === 'assistant' ? role : 'other',
      text: said.filter((part) => part !== '').join('\n\n'),
      createdAt: time(message['created_at']),
      modelName: role === 'assistant' ? (idOf(fields(message['metadata'])['model']) ?? model) : null,
    };
  });
  return {
    origin: `jan:${idOf(thread['id']) ?? text(thread['title'])}`,
    title: text(thread['title']),
    systemPrompt: text(assistant?.['instructions']),
    createdAt: time(thread['created']),
    updatedAt: time(thread['updated']),
    messages,
    activeId: messages.at(-1)?.id ?? null,
    leftOut,
  };
}
