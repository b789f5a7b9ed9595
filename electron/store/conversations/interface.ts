/** What the rest of the app may ask of the conversations and their messages. Types only; what holds for every call stands in `../interface.ts`. */
import type {
  Conversation,
  ConversationPlace,
  ConversationSummary,
  ConversationTree,
  DocumentUse,
  ErrorShape,
  ExportedConversation,
  Message,
  Reasoning,
  ReasoningChoice,
  ReplyOutcome,
  ReplyPart,
  ReplyStats,
  Sampling,
  SearchHit,
} from '../../contract/index.ts';
import type { RefusalEntry } from '../refusals/interface.ts';

export interface NewConversation {
  title: string;
  systemPrompt: string;
  sampling: Sampling;
  /** Absent or null: as the model's chat template does by itself. */
  reasoning?: ReasoningChoice | null | undefined;
}

export interface ConversationPatch {
  title?: string;
  systemPrompt?: string;
  sampling?: Sampling;
  reasoning?: ReasoningChoice | null;
  /** Must be a message of this conversation. */
  activeLeafId?: string;
}

/** What becomes of a conversation's refusals when it is removed for good. */
export type RefusalFate = 'keep' | 'keep-without-text' | 'remove';

export interface ConversationStore {
  /** Newest first; `before` is the `updatedAt` of the last one seen (no two conversations share an `updatedAt`). Without a place: of all. */
  list(page: { limit: number; before: number | null; place?: ConversationPlace | undefined }): Promise<ConversationSummary[]>;
  /**
   * Titles first, then messages, best first, at most three messages a conversation. Any text is a valid query: all of
   * its words must occur, the last one may be unfinished. Replies still being written are not searched.
   */
  search(request: { query: string; limit: number; folderId?: string | undefined }): Promise<SearchHit[]>;
  /** @throws `not-found`, also when the conversation is deleted. */
  open(id: string): Promise<ConversationTree>;
  /** @throws `not-found`, also when the conversation is deleted. */
  get(id: string): Promise<Conversation>;
  /** Changes what the patch names; does not move the conversation up the list. */
  update(id: string, patch: ConversationPatch): Promise<Conversation>;
  /**
   * Some of what people asked in the conversations that are there, a few of each, openings first: messages that were answered and never refused.
   * Another sample each time.
   */
  asked(limit: number): Promise<string[]>;
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

/** A user's message and the reply that is about to be written to it. */
export interface NewTurn {
  /** The conversation that goes on, or what a new one is made of. */
  conversation: string | NewConversation;
  /** The reply that is answered; null for a conversation's first message. */
  parentId: string | null;
  text: string;
  /** Of the model that replies. */
  modelName: string | null;
  /** Ids of documents that go with the message, in their order. */
  documents?: readonly string[];
  /** What of them, and of documents of earlier messages, the prompt has. Absent: nothing. */
  reading?: readonly DocumentUse[];
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
  /** Likewise what was thought before; absent or null: nothing. */
  reasoning?: Reasoning | null;
  outcome: ReplyOutcome | null;
  stats: ReplyStats | null;
  error: ErrorShape | null;
  /** The seed the reply was drawn with. */
  seed?: number | null;
  /** Written to the refusal log in the same transaction. */
  refusal?: RefusalEntry;
}

export interface MessageStore {
  /**
   * Adds a user's message and an empty reply that this process is about to write, with their conversation where it is new,
   * all or nothing. The reply becomes the conversation's active leaf, and the conversation moves up the list.
   * @throws `not-found`; `bad-input` for a parent that is no reply of this conversation
   */
  startTurn(turn: NewTurn): Promise<StartedTurn>;
  /** Adds another empty reply to a user's message. @throws `not-found`; `bad-input` for a parent that is no message of the user */
  startReply(parentId: string, modelName: string | null): Promise<Omit<StartedTurn, 'userMessage'>>;
  /**
   * Opens a finished reply again, so that this process can write on; its text stays. @throws `not-found`; `bad-input` for what is no
   * finished reply with text or reasoning; `conflict` where a message follows it
   */
  resumeReply(id: string, modelName: string | null): Promise<Omit<StartedTurn, 'userMessage'>>;
  get(id: string): Promise<Message>;
  /** The seed a finished reply was drawn with; null where none was recorded. */
  seed(id: string): Promise<number | null>;
  /** The branch that ends in `leafId`, first message first. */
  path(leafId: string): Promise<Message[]>;
  /**
   * Adds text to a reply that is being written, or to its reasoning. `offset` counts UTF-16 units before `delta`; text that is there already
   * is not added twice. Answers the length that is stored now. @throws `conflict` for a gap or a finished reply.
   */
  appendText(id: string, offset: number, delta: string, part?: ReplyPart): Promise<number>;
  /** Empties a reply that is being written, and its reasoning. @throws `conflict` for a finished reply */
  takeBackText(id: string): Promise<void>;
  /** Ends a reply. @throws `conflict` when it was finished before. */
  finish(id: string, result: MessageFinish): Promise<Message>;
  /**
   * Marks replies whose writer is gone as `stopped`, keeping their text; answers how many. Replies that another live
   * process is writing are left alone. Call once at start.
   */
  recoverInterrupted(): Promise<number>;
}

export interface ImportedConversation {
  id: string;
  messages: number;
  /** Its ids were taken, so it and its messages got new ones. */
  renumbered: boolean;
  /** It was imported before: nothing was added. */
  known: boolean;
}

/** Whole conversations, with everything that is kept of them. Deleted ones are not there. */
export interface TransferStore {
  /** The one that was used last at the end. */
  ids(): Promise<string[]>;
  /** @throws `not-found` */
  read(id: string): Promise<ExportedConversation>;
  /** Adds a conversation as it is, but for ids that are taken, every message marked as foreign. One of another program (`origin`: which, and its id there) is added once. @throws `bad-input` for what is no tree of turns; nothing is added then. */
  insert(tree: ExportedConversation, origin?: string | null): Promise<ImportedConversation>;
}
