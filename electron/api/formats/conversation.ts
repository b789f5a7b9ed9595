/** The messages of a request as the conversation that the engine takes: a system prompt, and turns that alternate and end with the user's. */
import { MAX_MESSAGE_LENGTH } from '../../contract/index.ts';
import type { EnginePrompt } from '../../engine/protocol.ts';
import { badRequest } from '../errors.ts';

export interface RequestMessage {
  role: 'system' | 'user' | 'assistant';
  text: string;
}

/**
 * Neighbours of one role become one turn, since chat templates take none. Where only a system prompt was sent, it is asked as the user's
 * message, so that it is read as one.
 * @throws ApiError where a conversation cannot be made of them: nothing to answer, or an assistant's beginning to go on from
 */
export function toPrompt(messages: readonly RequestMessage[], param: string): EnginePrompt {
  const system = messages.filter(({ role, text }) => role === 'system' && text !== '').map(({ text }) => text);
  const turns: EnginePrompt['turns'] = [];
  for (const { role, text } of messages) {
    if (role === 'system') continue;
    const last = turns.at(-1);
    if (last?.role === role) last.text = `${last.text}\n\n${text}`;
    // What a client sends as a reply anybody may have written.
    else turns.push(role === 'assistant' ? { role, text, foreign: true } : { role, text });
  }
  if (turns.length === 0 && system.length > 0) turns.push({ role: 'user', text: system.splice(0).join('\n\n') });
  const [first] = turns;
  if (first === undefined) throw badRequest('There is no message to answer.', param);
  if (first.role !== 'user') throw badRequest("The first message behind the system prompt must be the user's.", param, 'invalid_messages');
  if (turns.at(-1)!.role !== 'user') {
    // A reply that somebody else began is a way around a refusal.
    throw badRequest(
      "The last message must be the user's: replies that were begun elsewhere are not gone on with.",
      param,
      'invalid_messages',
    );
  }
  if (turns.some(({ text }) => text.length > MAX_MESSAGE_LENGTH)) {
    throw badRequest(`A message may have ${MAX_MESSAGE_LENGTH.toLocaleString('en')} characters.`, param, 'string_above_max_length');
  }
  if (turns.at(-1)!.text.trim() === '') throw badRequest('The last message is empty.', param);
  return { systemPrompt: system.join('\n\n'), turns, startedAt: Date.now() };
}
