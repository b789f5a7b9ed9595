/** A conversation file of LM Studio: messages in a row, each with its versions; what follows goes on from the chosen one. */
import { fields, idOf, list, text, time, type Fields } from './values.ts';
import { nothingLeftOut, type ForeignConversation, type ForeignMessage, type LeftOut } from './turns.ts';

export const isLmStudio = (value: Fields): boolean =>
  Array.isArray(value['messages']) && list(value['messages']).every((entry) => Array.isArray(fields(entry)['versions'])) && 'name' in value;

export function fromLmStudio(value: Fields): ForeignConversation {
  const leftOut = nothingLeftOut();
  const messages: ForeignMessage[] = [];
  let chosen: string | null = null;
  for (const [at, entry] of list(value['messages']).entries()) {
    const { versions, currentlySelected } = fields(entry);
    const before = chosen;
    for (const [index, version] of list(versions).entries()) {
      const id = `${at}/${index}`;
      messages.push({ ...messageOf(fields(version), leftOut), id, parentId: before });
      if (index === currentlySelected || index === 0) chosen = id;
    }
  }
  const createdAt = time(value['createdAt']);
  return {
    origin: `lm-studio:${createdAt ?? ''}/${text(value['name'])}`,
    title: text(value['name']),
    systemPrompt: text(value['systemPrompt']),
    createdAt,
    updatedAt: time(value['assistantLastMessagedAt']) ?? time(value['userLastMessagedAt']) ?? createdAt,
    pinned: value['pinned'] === true,
    messages,
    activeId: chosen,
    leftOut,
  };
}

function messageOf(version: Fields, leftOut: LeftOut): Omit<ForeignMessage, 'id' | 'parentId'> {
  const said: string[] = [];
  const take = (content: unknown) => {
    for (const entry of list(content)) {
      const part = fields(entry);
      if (text(part['type']) === 'text') said.push(text(part['text']));
      else if (text(part['type']) === 'file') leftOut[text(part['fileType']) === 'image' ? 'pictures' : 'files']++;
      else if (text(part['type']).startsWith('toolCall')) leftOut.tools++;
    }
  };
  take(version['content']);
  let modelName: string | null = idOf(fields(version['senderInfo'])['senderName']);
  for (const entry of list(version['steps'])) {
    const step = fields(entry);
    const style = text(fields(step['style'])['type']);
    modelName ??= idOf(fields(fields(step['genInfo'])['loadModelConfig'])['identifier']) ?? idOf(fields(step['genInfo'])['identifier']);
    if (style === 'thinking') leftOut.thoughts++;
    else if (text(step['type']) === 'contentBlock') take(step['content']);
    else if (text(step['type']).startsWith('tool')) leftOut.tools++;
  }
  const role = text(version['role']);
  return {
    role: role === 'user' || role === 'assistant' ? role : 'other',
    text: said.filter((part) => part !== '').join('\n\n'),
    createdAt: null,
    modelName: role === 'assistant' ? modelName : null,
  };
}
