/** Open WebUI's export: a list of chats with a `history` of messages by id. */
import { fields, idOf, isFields, list, text, time, type Fields } from './values.ts';
import { nothingLeftOut, type ForeignConversation, type ForeignMessage } from './turns.ts';

export const isOpenWebUi = (value: Fields): boolean =>
  isFields(value['chat']) && (isFields(fields(value['chat'])['history']) || Array.isArray(fields(value['chat'])['messages']));

export function fromOpenWebUi(value: Fields): ForeignConversation {
  const chat = fields(value['chat']);
  const history = fields(chat['history']);
  const leftOut = nothingLeftOut();
  const byId = isFields(history['messages']) ? Object.entries(history['messages']) : [];
  let previous: string | null = null;
  const entries: readonly (readonly [string, unknown])[] =
    byId.length > 0 ? byId : list(chat['messages']).map((entry, index) => [idOf(fields(entry)['id']) ?? `#${index}`, entry] as const);
  const system: string[] = [text(chat['system']), text(fields(chat['params'])['system'])];
  const messages = entries.map(([id, entry]): ForeignMessage => {
    const message = fields(entry);
    const parentId = 'parentId' in message ? idOf(message['parentId']) : previous;
    previous = id;
    for (const file of list(message['files'])) {
      if (text(fields(file)['type']) === 'image') leftOut.pictures++;
      else leftOut.files++;
    }
    leftOut.tools += list(message['sources']).length;
    const role = text(message['role']);
    if (role === 'system') system.push(contentOf(message['content']));
    const said = withoutThoughts(contentOf(message['content']));
    leftOut.thoughts += said.thoughts;
    return {
      id,
      parentId,
      role: role === 'user' || role === 'assistant' ? role : 'other',
      text: said.text,
      createdAt: time(message['timestamp']),
      modelName: idOf(message['modelName']) ?? idOf(message['model']),
    };
  });
  return {
    origin: `open-webui:${idOf(value['id']) ?? idOf(chat['id']) ?? `${text(chat['title'])}/${String(chat['timestamp'])}`}`,
    title: text(value['title']) || text(chat['title']),
    systemPrompt: [...new Set(system.filter((part) => part.trim() !== ''))].join('\n\n'),
    createdAt: time(value['created_at']) ?? time(chat['timestamp']),
    updatedAt: time(value['updated_at']),
    pinned: value['pinned'] === true,
    archived: value['archived'] === true,
    messages,
    activeId: idOf(history['currentId']) ?? messages.at(-1)?.id ?? null,
    leftOut,
  };
}

function contentOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map((part) => text(fields(part)['text']))
    .filter((part) => part !== '')
    .join('\n\n');
}

const THOUGHTS = /<details type="reasoning"[^>]{0,500}>[\s\S]*?<\/details>\s*/g;

function withoutThoughts(content: string): { text: string; thoughts: number } {
  let thoughts = 0;
  const said = content.replace(THOUGHTS, () => {
    thoughts++;
    return '';
  });
  return { text: said, thoughts };
}
