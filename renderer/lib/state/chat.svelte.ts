import { SvelteMap } from 'svelte/reactivity';
import type { Conversation, Message, ReasoningChoice, ReplyPart, Sampling } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';
import { DraftStorage, editId } from './draft-storage.ts';
import { Draft } from './draft.svelte.ts';
import { LiveText } from './live-text.svelte.ts';
import { activePath, buildTree, newestLeaf, versionsOf, withMessage, type Versions } from './tree.ts';

/** How long a reply may lack text in the middle before the conversation is read again. */
const GAP_MS = 1_500;

/** What a reply without new text does: it waits for another one, or so many tokens of the prompt were read. */
export interface Progress {
  readonly phase: 'waiting' | 'reading';
  readonly read: number;
  readonly total: number;
  readonly elapsedMs: number;
}

/** A conversation's own system prompt, sampling and choice of reasoning; what is undefined follows the settings. */
export interface Overrides {
  readonly systemPrompt?: string;
  readonly sampling?: Sampling;
  readonly reasoning?: ReasoningChoice | null;
}

/** A reply that is being written, and what was thought before it. */
type LiveReply = Readonly<Record<ReplyPart, LiveText>>;

/** The conversation that is open: its tree, the branch shown, the replies being written. Empty when none has been started. */
export class Chat {
  conversation = $state.raw<Conversation | null>(null);
  messages = $state.raw<readonly Message[]>([]);
  loading = $state(false);
  /** The conversation that could not be opened, and why. */
  #failed = $state.raw<{ readonly id: string; readonly problem: Problem } | null>(null);
  /** A message is on its way to the app and not answered yet. */
  sending = $state(false);
  /** Why the last message could not be sent. */
  sendProblem = $state.raw<Problem | null>(null);
  /** What a conversation that is not started yet will start with. */
  overrides = $state.raw<Overrides>({});
  /** The message to bring into view once it is shown (a search hit). */
  focusMessageId = $state<string | null>(null);

  readonly tree = $derived(buildTree(this.messages));
  readonly path = $derived(activePath(this.tree, this.conversation?.activeLeafId ?? null));
  /** The reply of the shown branch that is being written. */
  readonly activeReply = $derived(this.path.findLast((message) => message.state === 'streaming') ?? null);
  readonly id = $derived(this.conversation?.id ?? null);
  /** Why a conversation could not be opened. */
  readonly problem = $derived(this.#failed?.problem ?? null);
  /** Which one that was. */
  readonly failedId = $derived(this.#failed?.id ?? null);
  readonly draft = $derived.by(() => this.#draftOf(this.id));
  /** Messages that are being edited in place, by id. Like drafts they outlast a look at something else, and a reload. */
  readonly edits = new SvelteMap<string, Draft>();

  readonly #bridge: Bridge;
  readonly #progress = new SvelteMap<string, Progress>();
  readonly #live = new SvelteMap<string, LiveReply>();
  readonly #drafts = new Map<string | null, Draft>();
  /** The conversations of the messages that are being edited. */
  readonly #edited = new Map<string, string>();
  readonly #draftStorage = new DraftStorage(localStorage);
  #openRun = 0;
  #gapTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('chat.delta', ({ replyId, part, offset, delta }) => {
      this.#progress.delete(replyId);
      const live = this.#liveOf(replyId)[part];
      live.apply(offset, delta);
      if (live.hasGap) this.#resyncSoon();
    });
    bridge.on('chat.takenBack', ({ replyId }) => {
      this.#live.delete(replyId);
      const message = this.tree.byId.get(replyId);
      if (message === undefined) return;
      const { reasoning: _, ...rest } = message;
      this.#add({ ...rest, text: '' });
    });
    bridge.on('chat.progress', ({ replyId, phase, read, total, elapsedMs }) =>
      this.#progress.set(replyId, { phase, read, total, elapsedMs }),
    );
    bridge.on('chat.message', (message) => this.#take(message));
    bridge.on('conversations.removed', ({ id }) => {
      if (this.id === id) this.close();
      this.#draftStorage.removeConversation(id);
    });
    $effect.root(() => {
      $effect(() => this.#draftStorage.keepSoon(this.id, this.draft.stored));
      $effect(() => {
        for (const [messageId, draft] of this.edits) {
          $effect(() => this.#draftStorage.keepSoon(editId(this.#edited.get(messageId)!, messageId), draft.stored));
        }
      });
    });
    window.addEventListener('pagehide', () => this.#draftStorage.flush());
    bridge.on('conversations.changed', ({ id, title, updatedAt }) => {
      if (this.conversation?.id === id) this.conversation = { ...this.conversation, title, updatedAt };
    });
  }

  /** A message's text, with what has been written of it so far. */
  textOf(message: Message): string {
    if (message.state !== 'streaming') return message.text;
    const live = this.#live.get(message.id)?.reply.text ?? '';
    return live.length > message.text.length ? live : message.text;
  }

  /** What was thought before a reply, with what has been thought of it so far; empty where there is nothing. */
  reasoningOf(message: Message): string {
    const stored = message.reasoning?.text ?? '';
    if (message.state !== 'streaming') return stored;
    const live = this.#live.get(message.id)?.reasoning.text ?? '';
    return live.length > stored.length ? live : stored;
  }

  /** Opens a message to be edited in place. */
  beginEdit({ id, conversationId, text }: Message): void {
    this.#edited.set(id, conversationId);
    this.edits.set(id, new Draft(text));
  }

  /** It was saved, or given up. */
  endEdit({ id, conversationId }: Message): void {
    this.edits.delete(id);
    this.#edited.delete(id);
    this.#draftStorage.remove(editId(conversationId, id));
  }

  /** How far a reply is that waits or is read for; null once it has new text. */
  progressOf(message: Message): Progress | null {
    return message.state === 'streaming' ? (this.#progress.get(message.id) ?? null) : null;
  }

  versionsOf(message: Message): Versions {
    return versionsOf(this.tree, message);
  }

  /** Goes to an empty page; nothing is stored until the first message. */
  close(): void {
    this.#openRun++;
    this.conversation = null;
    this.messages = [];
    this.loading = false;
    this.#failed = null;
    this.sendProblem = null;
    this.overrides = {};
    this.focusMessageId = null;
  }

  /** Opens a conversation, at `messageId` if given. A failure is kept in `problem`. */
  async open(id: string, messageId: string | null = null): Promise<void> {
    const run = ++this.#openRun;
    if (this.id !== id) {
      this.sendProblem = null;
      this.loading = true;
    }
    try {
      const { conversation, messages } = await this.#bridge.call('conversations.open', { id });
      if (run !== this.#openRun) return;
      this.#show(conversation, messages);
      this.#failed = null;
      if (messageId !== null) await this.#reveal(messageId);
    } catch (error) {
      if (run !== this.#openRun) return;
      this.conversation = null;
      this.messages = [];
      this.#failed = { id, problem: toProblem(error) };
    } finally {
      if (run === this.#openRun) this.loading = false;
    }
  }

  /** Reads the open conversation again, after a lost connection or lost text. What is shown stays if that fails. One that failed is tried anew. */
  async resync(): Promise<void> {
    if (this.failedId !== null) return this.open(this.failedId);
    const id = this.id;
    if (id === null) return;
    const run = this.#openRun;
    try {
      const { conversation, messages } = await this.#bridge.call('conversations.open', { id });
      if (run === this.#openRun && this.id === id) this.#show(conversation, messages);
    } catch (error) {
      console.error('The conversation could not be read again.', error);
    }
  }

  /** Sends the draft at the end of the shown branch. The draft is kept if it fails. Resolves to whether it was sent. */
  async send(): Promise<boolean> {
    const { draft, id: from } = this;
    if (draft.isEmpty || draft.isTooLong || draft.pending.length > 0) return false;
    const old = this.path.find(({ id }) => id === draft.rephrases);
    const sent = await this.#submit(
      draft.compose(),
      old === undefined ? (this.path.at(-1)?.id ?? null) : old.parentId,
      draft.documents.map(({ document }) => document.id),
    );
    if (sent) {
      draft.clear();
      this.#draftStorage.remove(from);
    }
    return sent;
  }

  /** Puts the message that a reply answers back into the composer. Answers the text that stood there before. */
  rephrase(reply: Message): string {
    const asked = reply.parentId === null ? undefined : this.tree.byId.get(reply.parentId);
    const before = this.draft.compose();
    if (asked === undefined) return before;
    this.draft.clear();
    this.draft.setText(asked.text);
    for (const document of asked.documents ?? []) this.draft.addDocument(document, null);
    this.draft.rephrases = asked.id;
    return before;
  }

  /** Sends another version of a user message, beside it. Resolves to whether it was sent. */
  edit(message: Message, text: string): Promise<boolean> {
    return this.#submit(
      text,
      message.parentId,
      (message.documents ?? []).map(({ id }) => id),
    );
  }

  /** Writes another reply beside `reply`. */
  async regenerate(reply: Message): Promise<void> {
    await this.#attempt(async () => {
      const answer = await this.#bridge.call('chat.regenerate', { replyId: reply.id });
      if (this.id !== answer.conversation.id) return;
      this.conversation = answer.conversation;
      this.#add(answer.reply);
    });
  }

  /** Goes on with a reply that was cut or stopped. */
  async continue(reply: Message): Promise<void> {
    await this.#attempt(async () => {
      const answer = await this.#bridge.call('chat.continue', { replyId: reply.id });
      if (this.id !== answer.conversation.id) return;
      this.conversation = answer.conversation;
      this.#resume(answer.reply);
    });
  }

  /** Stops the reply that is being written. */
  async stop(): Promise<void> {
    const reply = this.activeReply;
    if (reply !== null) await this.#bridge.call('chat.stop', { replyId: reply.id });
  }

  /** Shows the version `step` places further among a message's versions, down to its newest reply. */
  async showVersion(message: Message, step: number): Promise<void> {
    const { all, index } = this.versionsOf(message);
    const target = all[index + step];
    if (target !== undefined) await this.#activate(newestLeaf(this.tree, target.id));
  }

  /** Changes the open conversation's own system prompt or sampling, or what a new one will start with. */
  async override(changes: Overrides): Promise<void> {
    if (this.conversation === null) {
      this.overrides = { ...this.overrides, ...changes };
      return;
    }
    const { id } = this.conversation;
    const updated = await this.#bridge.call('conversations.update', { id, ...changes });
    if (this.id === id) this.conversation = updated;
  }

  async #submit(text: string, parentId: string | null, documents: readonly string[]): Promise<boolean> {
    const conversationId = this.id;
    const start = conversationId === null ? this.overrides : {};
    return this.#attempt(async () => {
      const answer = await this.#bridge.call('chat.send', {
        ...{ conversationId, parentId, text },
        ...(documents.length === 0 ? {} : { documents: [...documents] }),
        ...start,
      });
      // The user may have gone elsewhere while the app took the message.
      if (this.id !== conversationId) return;
      this.conversation = answer.conversation;
      // What it began instead of is not what is shown any more.
      this.#failed = null;
      this.overrides = {};
      this.#add(answer.userMessage);
      this.#add(answer.reply);
    });
  }

  async #attempt(action: () => Promise<void>): Promise<boolean> {
    if (this.sending) return false;
    this.sending = true;
    this.sendProblem = null;
    try {
      await action();
      return true;
    } catch (error) {
      this.sendProblem = toProblem(error);
      return false;
    } finally {
      this.sending = false;
    }
  }

  async #activate(leafId: string | null): Promise<void> {
    const conversation = this.conversation;
    if (conversation === null || leafId === null || leafId === conversation.activeLeafId) return;
    const updated = await this.#bridge.call('conversations.update', { id: conversation.id, activeLeafId: leafId });
    if (this.id === updated.id) this.conversation = updated;
  }

  async #reveal(messageId: string): Promise<void> {
    if (!this.tree.byId.has(messageId)) return;
    if (!this.path.some((message) => message.id === messageId)) await this.#activate(newestLeaf(this.tree, messageId));
    this.focusMessageId = messageId;
  }

  #show(conversation: Conversation, messages: readonly Message[]): void {
    // An answer may be older than an event that overtook it: what has finished here stays finished.
    const finished = this.id === conversation.id ? this.messages.filter((message) => message.state !== 'streaming') : [];
    this.conversation = conversation;
    this.messages = finished.reduce(
      (all, message) => (all.some((known) => known.id === message.id && known.state === 'streaming') ? withMessage(all, message) : all),
      messages,
    );
    for (const [messageId, stored] of this.#draftStorage.edits(conversation.id)) {
      if (this.edits.has(messageId) || !messages.some(({ id }) => id === messageId)) continue;
      const draft = new Draft();
      draft.restore(stored);
      this.#edited.set(messageId, conversation.id);
      this.edits.set(messageId, draft);
    }
    for (const message of this.messages) {
      if (message.state === 'streaming') this.#seed(message);
      else this.#live.delete(message.id);
    }
  }

  /** Opens a finished reply again, unless it has ended anew by now. */
  #resume(reply: Message): void {
    const known = this.messages.find(({ id }) => id === reply.id);
    if (known === undefined || known.text.length > reply.text.length) return;
    this.messages = this.messages.map((message) => (message.id === reply.id ? reply : message));
    this.#seed(reply);
  }

  #add(message: Message): void {
    this.messages = withMessage(this.messages, message);
    if (message.state === 'streaming') this.#seed(message);
  }

  #take(message: Message): void {
    if (message.state !== 'streaming') {
      this.#live.delete(message.id);
      this.#progress.delete(message.id);
    }
    if (message.conversationId === this.id) this.#add(message);
  }

  #seed({ id, text, reasoning }: Message): void {
    const live = this.#liveOf(id);
    live.reply.seed(text);
    live.reasoning.seed(reasoning?.text ?? '');
  }

  #liveOf(replyId: string): LiveReply {
    const known = this.#live.get(replyId);
    if (known !== undefined) return known;
    const live = { reasoning: new LiveText(), reply: new LiveText() };
    this.#live.set(replyId, live);
    return live;
  }

  #draftOf(id: string | null): Draft {
    const known = this.#drafts.get(id);
    if (known !== undefined) return known;
    const draft = new Draft();
    const stored = this.#draftStorage.get(id);
    if (stored !== null) draft.restore(stored);
    this.#drafts.set(id, draft);
    return draft;
  }

  #resyncSoon(): void {
    this.#gapTimer ??= setTimeout(() => {
      this.#gapTimer = undefined;
      if ([...this.#live.values()].some(({ reasoning, reply }) => reasoning.hasGap || reply.hasGap)) void this.resync();
    }, GAP_MS);
  }
}
