/** The export of llama.cpp's own page: `{ conv, messages }`, alone or in a list; messages know their parents. */
import { fields, idOf, isFields, list, text, time, type Fields } from './values.ts';
import { nothingLeftOut, type ForeignConversation, type ForeignMessage } from './turns.ts';

export const isLlamaCpp = (value: Fields): boolean => isFields(value['conv']) && Array.isArray(value['messages']);

export function fromLlamaCpp(value: Fields): ForeignConversation {
  const conv = fields(value['conv']);
  const leftOut = nothingLeftOut();
  const system: string[] = [];
  const messages = list(value['messages']).map((entry, index): ForeignMessage => {
    const message = fields(entry);
    const role = text(message['role']);
    const isRoot = message['type'] === 'root';
    if (role === 'system' && text(message['content']).trim() !== '') system.push(text(message['content']));
    for (const item of list(message['extra'])) {
      if (text(fields(item)['type']).startsWith('image')) leftOut.pictures++;
      else leftOut.files++;
    }
    if (text(message['thinking']) !== '' || text(message['reasoningContent']) !== '') leftOut.thoughts++;
    if (text(message['toolCalls']) !== '') leftOut.tools++;
    return {
      id: idOf(message['id']) ?? `#${index}`,
      parentId: idOf(message['parent']),
      role: !isRoot && (role === 'user' || role === 'assistant') ? role : 'other',
      text: text(message['content']),
      createdAt: time(message['timestamp']),
      modelName: role === 'assistant' ? idOf(message['model']) : null,
    };
  });
  const updatedAt = time(conv['lastModified']);
  return {
    origin: `llama.cpp:${idOf(conv['id']) ?? text(conv['name'])}`,
    title: text(conv['name']),
    systemPrompt: [...new Set(system)].join('\n\n'),
    createdAt:
      messages.reduce<number | null>((first, { createdAt }) => Math.min(first ?? Infinity, createdAt ?? Infinity), null) ?? updatedAt,
    updatedAt,
    messages,
    activeId: idOf(conv['currNode']),
    leftOut,
  };
}
