/** What the rest of the app may ask of the order among conversations. Types only. */
import type { Arrangement, Conversation, ConversationSummary, Folder, SavedPrompt } from '../../contract/index.ts';

/** Order among conversations. */
export interface OrderStore {
  /** @throws `not-found` for a conversation or a folder; nothing is changed then. */
  arrange(ids: readonly string[], change: Arrangement): Promise<ConversationSummary[]>;
  deleteMany(ids: readonly string[]): Promise<void>;
  restoreMany(ids: readonly string[]): Promise<ConversationSummary[]>;
  /** A new conversation of the messages up to this one. @throws `not-found`; `bad-input` while it is written */
  duplicate(messageId: string): Promise<Conversation>;
}

export interface FolderStore {
  /** Each after the folder that it is in, siblings by name. */
  list(): Promise<Folder[]>;
  create(input: { name: string; parentId: string | null }): Promise<Folder>;
  /** @throws `bad-input` for a folder that would be in itself, or too deep */
  update(input: { id: string; name?: string | undefined; parentId?: string | null | undefined }): Promise<Folder>;
  /** What is in it goes where it was. */
  delete(id: string): Promise<void>;
}

export interface SavedPromptStore {
  /** By name. */
  list(): Promise<SavedPrompt[]>;
  save(input: { id?: string | undefined; name: string; text: string }): Promise<SavedPrompt>;
  delete(id: string): Promise<void>;
}
