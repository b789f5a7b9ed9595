/** Database rows as they are stored, and what the contract calls them. */
import {
  attachedDocument,
  conversation as conversationSchema,
  DEFAULT_SAMPLING,
  documentUse,
  errorShape,
  message as messageSchema,
  reasoning as reasoningSchema,
  reasoningChoice,
  replyOutcome,
  replyStats,
  sampling,
  tag,
  type Conversation,
  type DocumentUse,
  type ConversationSummary,
  type Message,
} from '../contract/index.ts';
import { z } from 'zod';
import { badInput } from './errors.ts';

export interface ConversationRow {
  id: string;
  title: string;
  system_prompt: string;
  sampling: string;
  reasoning: string | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
  active_leaf_id: string | null;
  folder_id: string | null;
  pinned: number;
  archived: number;
  /** JSON */
  tags: string;
  origin: string | null;
}

export interface MessageRow {
  id: string;
  conversation_id: string;
  parent_id: string | null;
  role: 'user' | 'assistant';
  text: string;
  reasoning: string | null;
  /** JSON */
  reasoning_about: string | null;
  state: Message['state'];
  created_at: number;
  model_name: string | null;
  outcome: string | null;
  stats: string | null;
  error: string | null;
  writer: string | null;
  /** JSON */
  reading: string | null;
  foreign_text: number;
  /** JSON, as `MESSAGES` selects it. */
  documents: string | null;
}

/** Selects messages with the documents that go with them; conditions follow, with `m` for the message. */
export const MESSAGES = `SELECT m.*, (
  SELECT json_group_array(
    json_object('id', d.id, 'name', d.name, 'kind', d.kind, 'bytes', d.bytes, 'length', d.length, 'notes', json(d.notes)) ORDER BY l.position)
  FROM message_documents l JOIN documents d ON d.seq = l.document_seq WHERE l.message_id = m.id HAVING count(*) > 0
) AS documents FROM messages m`;

/** A stored value, or `fallback` where it was written by a version that thought differently: a chat must stay readable. */
function readJson<T, F>(schema: z.ZodType<T>, text: string | null, fallback: F): T | F {
  if (text === null) return fallback;
  const parsed = schema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data : fallback;
}

/** Checks a value against the contract before it is stored. @throws SteadyError `bad-input` */
export function check<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badInput(`The ${what} cannot be stored: ${[...(issue?.path ?? []), issue?.message].join(' ')}.`);
}

export const newConversation = conversationSchema.pick({ title: true, systemPrompt: true, sampling: true, reasoning: true });
export const conversationPatch = newConversation.extend({ activeLeafId: z.string() }).partial().strict();
export const newMessage = messageSchema.pick({
  conversationId: true,
  parentId: true,
  role: true,
  text: true,
  modelName: true,
});
export const messageFinish = messageSchema.pick({ text: true, outcome: true, stats: true, error: true }).extend({
  state: z.enum(['done', 'stopped', 'failed']),
  seed: sampling.shape.seed.optional(),
  reasoning: reasoningSchema.nullable().optional(),
});

const reasoningAbout = reasoningSchema.omit({ text: true });
/** Of reasoning that is being written, or whose end nobody saw. */
const UNFINISHED: z.infer<typeof reasoningAbout> = { tokens: null, milliseconds: null, state: 'open' };

export function toSummary(row: ConversationRow): ConversationSummary {
  return {
    id: row.id,
    title: row.title,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    pinned: row.pinned === 1,
    archived: row.archived === 1,
    folderId: row.folder_id,
    tags: readJson(z.array(tag), row.tags, []),
  };
}

export function toConversation(row: ConversationRow): Conversation {
  return {
    ...toSummary(row),
    systemPrompt: row.system_prompt,
    sampling: readJson(sampling, row.sampling, DEFAULT_SAMPLING),
    ...(row.reasoning === null ? {} : { reasoning: reasoningChoice.nullable().catch(null).parse(row.reasoning) }),
    activeLeafId: row.active_leaf_id,
  };
}

export function toMessage(row: MessageRow): Message {
  const documents = readJson(z.array(attachedDocument), row.documents, null);
  const reading = readJson(z.array(documentUse), row.reading, null);
  return {
    id: row.id,
    conversationId: row.conversation_id,
    parentId: row.parent_id,
    role: row.role,
    text: row.text,
    ...(row.reasoning === null ? {} : { reasoning: { text: row.reasoning, ...readJson(reasoningAbout, row.reasoning_about, UNFINISHED) } }),
    state: row.state,
    createdAt: row.created_at,
    modelName: row.model_name,
    outcome: readJson(replyOutcome, row.outcome, null),
    stats: readJson(replyStats, row.stats, null),
    error: readJson(errorShape, row.error, null),
    ...(documents === null ? {} : { documents }),
    ...(reading === null ? {} : { reading }),
    ...(row.foreign_text === 1 ? { foreign: true as const } : {}),
  };
}

/** @throws SteadyError `bad-input` */
export const readingOf = (reading: unknown): DocumentUse[] => check(z.array(documentUse).max(100), reading, 'message');

/** Reasoning as its columns hold it. */
export function reasoningColumns(reasoning: Message['reasoning'] | null): { reasoning: string | null; reasoningAbout: string | null } {
  if (reasoning == null) return { reasoning: null, reasoningAbout: null };
  const { text, ...about } = reasoning;
  return { reasoning: text, reasoningAbout: JSON.stringify(about) };
}

export const toJson = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value));
