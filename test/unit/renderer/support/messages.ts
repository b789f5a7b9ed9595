import { randomUUID } from 'node:crypto';
import {
  DEFAULT_SAMPLING,
  type Conversation,
  type Message,
  type ReplyOutcome,
  type ReplyStats,
} from '../../../../electron/contract/index.ts';

export const STATS: ReplyStats = {
  promptTokens: 10,
  cachedTokens: 0,
  generatedTokens: 5,
  timeToFirstTokenMs: 100,
  tokensPerSecond: 30,
  contextUsed: 15,
  contextSize: 4096,
  droppedTurns: 0,
};

export const OUTCOME: ReplyOutcome = { verdict: 'complied', cause: 'none', steered: false, protected: true, scores: [] };

export function makeMessage(over: Partial<Message> = {}): Message {
  return {
    id: randomUUID(),
    conversationId: randomUUID(),
    parentId: null,
    role: 'user',
    text: '',
    state: 'done',
    createdAt: 1,
    modelName: null,
    outcome: null,
    stats: null,
    error: null,
    ...over,
  };
}

export function makeConversation(over: Partial<Conversation> = {}): Conversation {
  return {
    id: randomUUID(),
    title: 'A title',
    systemPrompt: '',
    sampling: DEFAULT_SAMPLING,
    createdAt: 1,
    updatedAt: 1,
    activeLeafId: null,
    pinned: false,
    archived: false,
    folderId: null,
    tags: [],
    ...over,
  };
}
