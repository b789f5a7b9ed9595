/**
 * What the rest of the app may ask of the store. Types only.
 *
 * Every method is answered by a worker thread that owns the database, in the order in which the calls were made, so
 * nothing here blocks the caller. Failures are `SteadyError`s: `not-found`, `conflict` and `bad-input` for a wrong
 * request; `disk-full`, `store-locked` and `store-damaged` for a database that cannot do it. A call that fails has
 * changed nothing.
 */
import type {
  AdminEvent,
  Conversation,
  ConversationSummary,
  ConversationTree,
  ErrorShape,
  ExportedConversation,
  Message,
  MessageState,
  ReplyOutcome,
  ReplyStats,
  Sampling,
  SearchHit,
  Settings,
} from '../contract/index.ts';
import type { RefusalEntry, RefusalStore } from './refusals/interface.ts';
import type { ClockStore } from './settings/trusted-clock.ts';

export type { ClockReading, ClockStore } from './settings/trusted-clock.ts';

export type {
  RefusalEntry,
  RefusalRow,
  ChainReport,
  StepProgress,
  RefusalExportRequest,
  RefusalExportResult,
  RemovalReason,
  RefusalStore,
} from './refusals/interface.ts';

export interface NewConversation {
  title: string;
  systemPrompt: string;
  sampling: Sampling;
}

export interface ConversationPatch {
  title?: string;
  systemPrompt?: string;
  sampling?: Sampling;
  /** Must be a message of this conversation. */
  activeLeafId?: string;
}

/** What becomes of a conversation's refusals when it is removed for good. */
export type RefusalFate = 'keep' | 'keep-without-text' | 'remove';

export interface ConversationStore {
  create(input: NewConversation): Promise<Conversation>;
  /** Newest first; `before` is the `updatedAt` of the last one seen (no two conversations share an `updatedAt`). */
  list(page: { limit: number; before: number | null }): Promise<ConversationSummary[]>;
  /**
   * Titles first, then messages, best first, at most three messages a conversation. Any text is a valid query: all of
   * its words must occur, the last one may be unfinished. Replies still being written are not searched.
   */
  search(request: { query: string; limit: number }): Promise<SearchHit[]>;
  /** @throws `not-found`, also when the conversation is deleted. */
  open(id: string): Promise<ConversationTree>;
  /** @throws `not-found`, also when the conversation is deleted. */
  get(id: string): Promise<Conversation>;
  /** Changes what the patch names; does not move the conversation up the list. */
  update(id: string, patch: ConversationPatch): Promise<Conversation>;
  /** Hides a conversation. Doing it twice is fine. */
  delete(id: string): Promise<void>;
  /** Undoes `delete`. @throws `not-found` once the conversation was purged. */
  restore(id: string): Promise<ConversationSummary>;
  /**
   * Removes for good what was deleted up to a time, and does with its rows of the refusal log what `fate` says; answers how
   * many conversations went.
   */
  purgeDeleted(deletedUntil: number, fate: RefusalFate): Promise<number>;
}

export interface NewMessage {
  conversationId: string;
  /** Null for a first message. Otherwise a message of the same conversation and of the other role. */
  parentId: string | null;
  role: 'user' | 'assistant';
  text: string;
  /** `streaming` for a reply that is about to be written by this process. */
  state: MessageState;
  modelName: string | null;
}

/** A user's message and the reply that is about to be written to it. */
export interface NewTurn {
  /** The conversation that goes on, or what a new one is made of. */
  conversation: string | NewConversation;
  /** The reply that is answered; null for a conversation's first message. */
  parentId: string | null;
  text: string;
  /** Of the model that replies. */
  modelName: string | null;
}

export interface StartedTurn {
  /** As it is with the turn in it. */
  conversation: Conversation;
  userMessage: Message;
  reply: Message;
}

export interface MessageFinish {
  state: 'done' | 'stopped' | 'failed';
  /** The whole text; replaces what was appended. */
  text: string;
  outcome: ReplyOutcome | null;
  stats: ReplyStats | null;
  error: ErrorShape | null;
  /** The seed the reply was drawn with. */
  seed?: number | null;
  /** Written to the refusal log in the same transaction. */
  refusal?: RefusalEntry;
}

export interface MessageStore {
  /** Adds a message, makes it the conversation's active leaf and moves the conversation up the list. */
  add(input: NewMessage): Promise<Message>;
  /**
   * Adds a user's message and an empty reply that this process is about to write, with their conversation where it is new,
   * all or nothing. @throws `not-found`; `bad-input` for a parent that is no reply of this conversation
   */
  startTurn(turn: NewTurn): Promise<StartedTurn>;
  /** Adds another empty reply to a user's message. @throws `not-found`; `bad-input` for a parent that is no message of the user */
  startReply(parentId: string, modelName: string | null): Promise<Omit<StartedTurn, 'userMessage'>>;
  get(id: string): Promise<Message>;
  /** The seed a finished reply was drawn with; null where none was recorded. */
  seed(id: string): Promise<number | null>;
  /** The branch that ends in `leafId`, first message first. */
  path(leafId: string): Promise<Message[]>;
  /**
   * Adds text to a reply that is being written. `offset` counts UTF-16 units before `delta`; text that is there already
   * is not added twice. Answers the length that is stored now. @throws `conflict` for a gap or a finished reply.
   */
  appendText(id: string, offset: number, delta: string): Promise<number>;
  /** Ends a reply. @throws `conflict` when it was finished before. */
  finish(id: string, result: MessageFinish): Promise<Message>;
  /**
   * Marks replies whose writer is gone as `stopped`, keeping their text; answers how many. Replies that another live
   * process is writing are left alone. Call once at start.
   */
  recoverInterrupted(): Promise<number>;
}

export interface SettingsStore {
  get(): Promise<Settings>;
  update(patch: Partial<Settings>): Promise<Settings>;
}

export interface ModelFile {
  path: string;
  addedAt: number;
}

/** The user's own GGUF files. */
export interface ModelFileStore {
  remember(path: string): Promise<ModelFile>;
  /** In the order they were added. */
  list(): Promise<ModelFile[]>;
  forget(path: string): Promise<void>;
}

export interface BenignSetRow {
  id: string;
  name: string;
  source: string;
  /** How many it holds. */
  prompts: number;
  createdAt: number;
  updatedAt: number;
}

export interface BenignPromptRow {
  /** Ascending in the order they were added. */
  promptId: number;
  text: string;
}

/** Benign prompts of the admins, in named sets. A set is filled in portions and seen once it is finished. */
export interface BenignSetStore {
  /** By name. */
  list(): Promise<BenignSetRow[]>;
  get(id: string): Promise<BenignSetRow>;
  /** Starts a set that nobody sees yet; answers its id. @throws `conflict` when the name is taken. */
  begin(input: { name: string; source: string }): Promise<string>;
  /** Adds prompts, leaving out those that the set has; answers how many were new. */
  add(id: string, texts: readonly string[]): Promise<number>;
  /** Shows a set that was begun. */
  finish(id: string): Promise<BenignSetRow>;
  /** @throws `conflict` when the name is taken. */
  rename(id: string, name: string): Promise<BenignSetRow>;
  delete(id: string): Promise<void>;
  page(id: string, offset: number, limit: number): Promise<BenignPromptRow[]>;
  /** The prompts after one, for going through a whole set with little memory. */
  after(id: string, promptId: number, limit: number): Promise<BenignPromptRow[]>;
  removePrompts(id: string, promptIds: readonly number[]): Promise<BenignSetRow>;
  /** Removes sets whose filling was cut off; answers how many. Call once at start. */
  removeUnfinished(): Promise<number>;
}

export interface ImportedConversation {
  id: string;
  messages: number;
  /** Its ids were taken, so it and its messages got new ones. */
  renumbered: boolean;
}

/** Whole conversations, with everything that is kept of them. Deleted ones are not there. */
export interface TransferStore {
  /** The one that was used last at the end. */
  ids(): Promise<string[]>;
  /** @throws `not-found` */
  read(id: string): Promise<ExportedConversation>;
  /** Adds a conversation as it is, but for ids that are taken. @throws `bad-input` for what is no tree of turns; nothing is added then. */
  insert(tree: ExportedConversation): Promise<ImportedConversation>;
}

/** The admin area's lock. */
export interface AdminLock {
  /** `undecided` until somebody chose whether there is to be a passphrase. */
  passphrase: 'undecided' | 'none' | 'set';
  hash: string | null;
  /** Grows with every change of the passphrase. */
  revision: number;
  /** No passphrase is tried before this time. */
  retryAt: number | null;
}

export interface AttemptAnswer {
  allowed: boolean;
  /** When one may be tried, if not now. */
  retryAt: number | null;
}

export interface AdminStore {
  lock(): Promise<AdminLock>;
  /**
   * Sets the hash of the passphrase, or none (null), and notes it.
   * @param expectedRevision @throws `conflict` when the lock has another one; null: whatever it has.
   */
  setLock(hash: string | null, expectedRevision: number | null, event: Pick<AdminEvent, 'kind' | 'detail'>): Promise<AdminLock>;
  /** Replaces the hash by a stronger one of the same passphrase. */
  strengthen(hash: string, revision: number): Promise<void>;
  /** Counts an attempt as failed before it is made, so that ending the process gains nothing. */
  beginAttempt(): Promise<AttemptAnswer>;
  attemptSucceeded(): Promise<void>;
  /** Values as they are stored, unchecked. */
  policies(): Promise<Record<string, unknown>>;
  setPolicies(patch: Record<string, unknown>, event: Pick<AdminEvent, 'kind' | 'detail'>): Promise<void>;
  /** Newest first. */
  events(limit: number): Promise<AdminEvent[]>;
}

export interface IntegrityReport {
  ok: boolean;
  problems: string[];
}

export interface Store {
  readonly conversations: ConversationStore;
  readonly messages: MessageStore;
  readonly refusals: RefusalStore;
  readonly settings: SettingsStore;
  readonly modelFiles: ModelFileStore;
  readonly benignSets: BenignSetStore;
  readonly admin: AdminStore;
  readonly transfer: TransferStore;
  readonly clock: ClockStore;
  /** Reads the whole database; seconds for a large one. */
  integrityCheck(): Promise<IntegrityReport>;
  /** Ends the worker. Calls after it fail with `cancelled`. Closing twice is fine. */
  close(): Promise<void>;
}

export interface StoreOptions {
  /** The database file; its folder is created where missing. */
  path: string;
  /** The worker's entry, where bundling moved it. */
  workerUrl?: URL;
}

/** Opens the database in its own worker thread. */
export type OpenStore = (options: StoreOptions) => Promise<Store>;
