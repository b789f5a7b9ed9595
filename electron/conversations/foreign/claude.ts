/** Claude's export: a list of conversations with `chat_messages`. */
import { fields, idOf, list, text, time, type Fields } from './values.ts';
import { nothingLeftOut, type ForeignConversation, type ForeignMessage, type LeftOut } from './turns.ts';

export const isClaude = (value: Fields): boolean => Array.isArray(value['chat_messages']);

export function fromClaude(value: Fields): ForeignConversation {
  const leftOut = nothingLeftOut();
  let previous: string | null = null;
  const messages = list(value['chat_messages']).map((entry, index): ForeignMessage => {
    const message = fields(entry);
    const id = idOf(message['uuid']) ?? `#${index}`;
    // Files of earlier years name no parents: each message follows the one before it.
    const parentId = 'parent_message_uuid' in message ? idOf(message['parent_message_uuid']) : previous;
    previous = id;
    const sender = text(message['sender']);
    return {
      id,
      parentId,
      role: sender === 'human' ? 'user' : sender === 'assistant' ? 'assistant' : 'other',
      text: textOf(message, leftOut),
      createdAt: time(message['created_at']),
      modelName: idOf(message['model']) ?? idOf(value['model']),
    };
  });
  return {
    origin: `claude:${idOf(value['uuid']) ?? `${text(value['name'])}/${text(value['created_at'])}`}`,
    title: text(value['name']),
    systemPrompt: text(value['system_prompt']),
    createdAt: time(value['created_at']),
    updatedAt: time(value['updated_at']),
    pinned: value['is_starred'] === true,
    messages,
    activeId: idOf(value['current_leaf_message_uuid']) ?? messages.at(-1)?.id ?? null,
    leftOut,
  };
}

function textOf(message: Fields, leftOut: LeftOut): string {
  const said: string[] = [];
  for (const entry of list(message['content'])) {
    const part = fields(entry);
    const type = text(part['type']);
    if (type === 'text') said.push(text(part['text']));
    else if (type === 'image') leftOut.pictures++;
    else if (type === 'thinking') leftOut.thoughts++;
    else if (type.startsWith('tool')) leftOut.tools++;
  }
  // The text of a document that was attached is there; the file itself is not.
  for (const entry of list(message['attachments'])) {
    const { file_name: name, extracted_content: content } = fields(entry);
    if (text(content) === '') leftOut.files++;
    else said.push(`${text(name)}:\n\n${text(content)}`);
  }
  leftOut.files += list(message['files']).length;
  return (said.length > 0 ? said.join('\n\n') : text(message['text'])).trim();
}
