/** Conversations and messages, as the page and the store both see them. */
import { z } from 'zod';
import { attachedDocument, documentUse, MAX_DOCUMENTS } from './documents.ts';
import { errorShape } from './errors.ts';
import { heatedReading } from './gate-reading.ts';

/** UUIDv7: sorts by creation time. */
export const id = z.uuid();
/** The end of the year 9999 in UTC: later times have no place in a calendar, and `Date` ends soon after. */
export const MAX_TIMESTAMP = 253_402_300_799_999;
/** Milliseconds since the epoch. */
export const timestamp = z.number().int().nonnegative().max(MAX_TIMESTAMP);

/** How tokens are drawn. `temperature` 0 is greedy; `seed` null draws a fresh seed a reply, which is then stored. */
export const sampling = z.object({
  temperature: z.number().min(0).max(2),
  topP: z.number().min(0).max(1),
  topK: z.number().int().min(0).max(1000),
  minP: z.number().min(0).max(1),
  seed: z.number().int().min(0).max(0xffff_ffff).nullable(),
  maxTokens: z.number().int().min(1).max(32768),
  /** What the reply's last tokens are made less likely by, as llama.cpp and Transformers do it; 1 does nothing. Absent in earlier versions. */
  repeatPenalty: z.number().min(1).max(2).default(1),
});
export type Sampling = z.infer<typeof sampling>;

/** For models of which nothing else is known. */
export const DEFAULT_SAMPLING: Sampling = {
  temperature: 0.7,
  topP: 0.9,
  topK: 40,
  minP: 0.05,
  seed: null,
  maxTokens: 2048,
  repeatPenalty: 1,
};

/** What a person may choose of a model's reasoning; which of them there are is up to its chat template. */
export const reasoningChoice = z.enum(['off', 'on', 'low', 'medium', 'high']);
export type ReasoningChoice = z.infer<typeof reasoningChoice>;

/** What a model thought before it replied, kept apart from the reply. */
export const reasoning = z.object({
  text: z.string(),
  /** How long it was; null while it is written, and where that is not known. */
  tokens: z.number().int().nonnegative().nullable(),
  milliseconds: z.number().nonnegative().nullable(),
  /** `open`: it is being written, or was stopped in the middle. `cut`: it came to its limit, and was ended for the model. */
  state: z.enum(['open', 'ended', 'cut']),
});
export type Reasoning = z.infer<typeof reasoning>;

/** What a piece of streamed text belongs to. */
export const replyPart = z.enum(['reasoning', 'reply']);
export type ReplyPart = z.infer<typeof replyPart>;

/** What a reply did with the request. `partial` refuses and helps at once; `degenerate` is broken or looping text. */
export const verdict = z.enum(['refused', 'complied', 'partial', 'degenerate']);
export type Verdict = z.infer<typeof verdict>;

/** Who refused: the steering, the model by itself, both, or nobody. */
export const refusalCause = z.enum(['none', 'steered', 'model', 'both']);
export type RefusalCause = z.infer<typeof refusalCause>;

/** What steering did to one turn. `score` is c_l = h_l·w_l; `gate` is g(c), 0 meaning this layer added exactly nothing. */
export const layerScore = z.object({ layer: z.number().int(), score: z.number(), gate: z.number() });
export type LayerScore = z.infer<typeof layerScore>;

export const replyOutcome = z.object({
  verdict,
  cause: refusalCause,
  /** Whether any layer added a vector that was not zero. */
  steered: z.boolean(),
  /** Whether steering was active at all (a profile was applied). */
  protected: z.boolean(),
  scores: z.array(layerScore),
  /** What the gate read of the prompt, token by token; absent in replies of earlier versions and where nothing was read so. */
  reading: heatedReading.nullable().optional(),
});
export type ReplyOutcome = z.infer<typeof replyOutcome>;

export const replyStats = z.object({
  promptTokens: z.number().int(),
  /** Prompt tokens that were already in the cache. */
  cachedTokens: z.number().int(),
  generatedTokens: z.number().int(),
  timeToFirstTokenMs: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  contextUsed: z.number().int(),
  contextSize: z.number().int(),
  /** Oldest turns left out because the context was full. */
  droppedTurns: z.number().int(),
  /** Why it ended; absent in replies of earlier versions. */
  finishReason: z.enum(['end', 'length', 'stopped', 'context-full']).optional(),
});

export type ReplyStats = z.infer<typeof replyStats>;

export const messageState = z.enum(['streaming', 'done', 'stopped', 'failed']);
export type MessageState = z.infer<typeof messageState>;

export const message = z.object({
  id,
  conversationId: id,
  /** The message this one follows; null for a conversation's first. Siblings share a parent. */
  parentId: id.nullable(),
  role: z.enum(['user', 'assistant']),
  text: z.string(),
  /** Of a reply; absent where the model wrote none. */
  reasoning: reasoning.optional(),
  state: messageState,
  createdAt: timestamp,
  modelName: z.string().nullable(),
  outcome: replyOutcome.nullable(),
  stats: replyStats.nullable(),
  error: errorShape.nullable(),
  /** Of a message of the user: the documents that go with it. Absent where there are none. */
  documents: z.array(attachedDocument).max(MAX_DOCUMENTS).optional(),
  /** What of them, and of documents of earlier messages, its prompt has. Absent where there is nothing. */
  reading: z.array(documentUse).max(100).optional(),
  /** It came from a file: nobody knows who wrote it, so that the gate reads it before anything builds on it. Absent: it came about here. */
  foreign: z.literal(true).optional(),
});
export type Message = z.infer<typeof message>;

/** Colours that conversations can be marked with. */
export const tag = z.enum(['red', 'orange', 'yellow', 'green', 'blue', 'purple']);
export type Tag = z.infer<typeof tag>;
export const TAGS = tag.options;

/** Of the folder that a conversation is in; null for none. */
export const folderId = id.nullable();

export const conversation = z.object({
  id,
  title: z.string(),
  systemPrompt: z.string(),
  sampling,
  /** Absent or null: as the model's chat template does by itself. */
  reasoning: reasoningChoice.nullable().optional(),
  createdAt: timestamp,
  updatedAt: timestamp,
  /** The leaf of the branch that is shown. */
  activeLeafId: id.nullable(),
  /** Files of earlier versions have none of these. */
  pinned: z.boolean().default(false),
  archived: z.boolean().default(false),
  folderId: folderId.default(null),
  tags: z.array(tag).max(TAGS.length).default([]),
});
export type Conversation = z.infer<typeof conversation>;

export const conversationSummary = conversation.pick({
  id: true,
  title: true,
  createdAt: true,
  updatedAt: true,
  pinned: true,
  archived: true,
  folderId: true,
  tags: true,
});
export type ConversationSummary = z.infer<typeof conversationSummary>;

/**
 * Where a list looks: `chats` are those that are neither pinned, filed nor archived, `pinned` those that are not archived, and of a
 * folder those that lie in it and are not archived.
 */
export const conversationPlace = z.union([z.enum(['chats', 'pinned', 'archive']), z.object({ folderId: id }).strict()]);
export type ConversationPlace = z.infer<typeof conversationPlace>;

/** A conversation with every message of its tree, oldest first. */
export const conversationTree = z.object({ conversation, messages: z.array(message) });
export type ConversationTree = z.infer<typeof conversationTree>;

/** One search hit. `snippet` marks matches with U+E000 … U+E001 so that no markup travels. */
export const searchHit = z.object({
  conversationId: id,
  messageId: id.nullable(),
  title: z.string(),
  snippet: z.string(),
  updatedAt: timestamp,
});
export type SearchHit = z.infer<typeof searchHit>;
