/** ChatGPT's export: `conversations.json`, or the numbered files of the newer ZIP; each a list of conversations with a `mapping`. */
import { fields, idOf, isFields, list, text, time, type Fields } from './values.ts';
import { nothingLeftOut, type ForeignConversation, type ForeignMessage, type LeftOut } from './turns.ts';

export const isChatGpt = (value: Fields): boolean => isFields(value['mapping']);

/** Content that is the model's thinking aloud. */
const THOUGHTS = new Set(['thoughts', 'reasoning_recap']);

export function fromChatGpt(value: Fields): ForeignConversation {
  const leftOut = nothingLeftOut();
  const messages: ForeignMessage[] = [];
  const instructions: string[] = [];
  for (const [id, node] of Object.entries(fields(value['mapping']))) {
    const { parent, message } = fields(node);
    messages.push({ ...messageOf(fields(message), leftOut, instructions), id, parentId: idOf(parent) });
  }
  return {
    origin: `chatgpt:${idOf(value['conversation_id']) ?? idOf(value['id']) ?? `${text(value['title'])}/${String(value['create_time'])}`}`,
    title: text(value['title']),
    systemPrompt: instructions.join('\n\n'),
    createdAt: time(value['create_time']),
    updatedAt: time(value['update_time']),
    pinned: value['is_starred'] === true,
    archived: value['is_archived'] === true,
    messages,
    activeId: idOf(value['current_node']),
    leftOut,
  };
}

function messageOf(message: Fields, leftOut: LeftOut, instructions: string[]): Omit<ForeignMessage, 'id' | 'parentId'> {
  const role = text(fields(message['author'])['role']);
  const content = fields(message['content']);
  const metadata = fields(message['metadata']);
  const base = { createdAt: time(message['create_time']), modelName: idOf(metadata['model_slug']) };
  const passed = { ...base, role: 'other' as const, text: '' };
  if (content['content_type'] === 'user_editable_context') {
    instructions.push(...[text(content['user_profile']), text(content['user_instructions'])].filter((part) => part.trim() !== ''));
    return passed;
  }
  const { said, pictures } = partsOf(content);
  leftOut.pictures += pictures;
  if (role === 'system') {
    if (said.trim() !== '') instructions.push(said);
    return passed;
  }
  leftOut.files += list(metadata['attachments']).filter((file) => !text(fields(file)['mime_type']).startsWith('image/')).length;
  if (THOUGHTS.has(text(content['content_type']))) {
    leftOut.thoughts++;
    return passed;
  }
  const recipient = text(message['recipient']);
  if (role === 'tool' || (recipient !== '' && recipient !== 'all')) {
    leftOut.tools++;
    return passed;
  }
  if (role !== 'user' && role !== 'assistant') return passed;
  if (metadata['is_visually_hidden_from_conversation'] === true) return passed;
  return { ...base, role, text: said };
}

function partsOf(content: Fields): { said: string; pictures: number } {
  let pictures = 0;
  const said: string[] = [];
  for (const part of list(content['parts'])) {
    if (typeof part === 'string') said.push(part);
    else if (text(fields(part)['content_type']).includes('image')) pictures++;
    else if (text(fields(part)['text']) !== '') said.push(text(fields(part)['text']));
  }
  if (said.length === 0) said.push(text(content['text']));
  return { said: said.filter((part) => part !== '').join('\n\n'), pictures };
}
