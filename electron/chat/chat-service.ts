/** Sending, regenerating and stopping: one reply from the user's message to its last stored word. */
import type { Policies } from '../admin/policies.ts';
import type { Conversation, Measure, Message, Reasoning, ReasoningChoice, Sampling } from '../contract/index.ts';
import { SteadyError, toErrorShape } from '../contract/index.ts';
import type { DocumentService } from '../documents/document-service.ts';
import type { EnginePrompt } from '../engine/protocol.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import type { AppEvents } from '../events.ts';
import type { EngineLease, Lease } from '../jobs/engine-lease.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import type { MessageFinish, NewConversation, Store } from '../store/index.ts';
import type { DiskReserve } from './disk-reserve.ts';
import { markForeign } from './foreign-turns.ts';
import { Outbox } from './outbox.ts';
import { outcomeOf, wholeReply } from './outcome.ts';
import { refusalEntryOf } from './refusal-entry.ts';
import { ReplyWriter } from './reply-writer.ts';
import { drawSeed, laterSeed } from './seed.ts';
import { titleFrom } from './title.ts';
import { writeReply, type WrittenReply } from './write-reply.ts';

export interface SendInput {
  conversationId: string | null;
  parentId: string | null;
  text: string;
  /** Ids of documents that go with it. */
  documents?: readonly string[] | undefined;
  systemPrompt?: string | undefined;
  sampling?: Sampling | undefined;
  reasoning?: ReasoningChoice | null | undefined;
}

export interface ChatServiceOptions {
  store: Store;
  engine: EngineSupervisor;
  lease: EngineLease;
  protection: ProtectionService;
  documents: DocumentService;
  policies: Policies;
  events: AppEvents;
  /** Room for a disk that is full: for text that streams, and for what is left when the app ends. */
  reserves: { text: DiskReserve; end: DiskReserve };
  /** A reply was written to the refusal log. */
  onLogged(): void;
  defaults(): { systemPrompt: string; sampling: Sampling; reasoning: ReasoningChoice | null };
}

/** A reply that goes on, and the seed it was begun with. */
type Resumed = Message & { seed: number | null };

interface ActiveReply {
  reply: Message;
  /** As it was when it was cut, where it goes on. */
  before: Resumed | null;
  stopped: boolean;
  /** Its share of the engine; null before it has one, and after it gave it back. */
  lease: Lease | null;
  /** Rejects when the reply is stopped. */
  stopping: PromiseWithResolvers<never>;
  done: Promise<void>;
}

export class ChatService {
  readonly #options: ChatServiceOptions;
  readonly #active = new Map<string, ActiveReply>();
  readonly #writers = new Map<string, ReplyWriter>();
  readonly #outbox: Outbox;

  constructor(options: ChatServiceOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.store.messages);
    options.engine.onProgress(({ replyId, ...progress }) => {
      const active = this.#active.get(replyId);
      if (active === undefined) return;
      options.events.emit('chat.progress', { conversationId: active.reply.conversationId, replyId, ...progress });
    });
    options.engine.onTakenBack(({ replyId }) => {
      const active = this.#active.get(replyId);
      this.#writers.get(replyId)?.restart();
      if (active !== undefined) options.events.emit('chat.takenBack', { conversationId: active.reply.conversationId, replyId });
    });
    options.engine.onText(({ replyId, part, offset, delta }) => {
      const writer = this.#writers.get(replyId);
      const active = this.#active.get(replyId);
      // A restarted engine never continues an old reply; anything out of step is not this reply's.
      if (writer === undefined || active === undefined || offset !== writer.textOf(part).length) return;
      writer.push(delta, part);
      options.events.emit('chat.delta', { conversationId: active.reply.conversationId, replyId, part, offset, delta });
    });
  }

  /** Counts a message that is not sent yet. @throws `model-not-loaded` */
  measure(input: { texts: string[]; systemPrompt: string; maxTokens: number }): Promise<Measure> {
    return this.#options.engine.call('chat.measure', input);
  }

  get activeReplyIds(): string[] {
    return [...this.#active.keys()];
  }

  /** Adds the user's message and starts its reply. */
  async send(input: SendInput): Promise<{ conversation: Conversation; userMessage: Message; reply: Message }> {
    if (input.conversationId === null && input.parentId !== null) {
      throw new SteadyError('bad-input', 'A conversation begins with a message that follows no other.');
    }
    const { store, engine } = this.#options;
    const fresh = input.conversationId === null ? this.#newConversation(input) : null;
    const reading = await this.#planReading(input, fresh ?? (await store.conversations.get(input.conversationId!)));
    const turn = await store.messages.startTurn({
      conversation: fresh ?? input.conversationId!,
      parentId: input.parentId,
      text: input.text,
      modelName: engine.state.modelName,
      documents: input.documents ?? [],
      ...(reading === undefined ? {} : { reading }),
    });
    this.#begin(turn);
    return turn;
  }

  /** Starts another reply to the same message. */
  async regenerate(replyId: string): Promise<{ conversation: Conversation; reply: Message }> {
    const { store, engine } = this.#options;
    const old = await store.messages.get(replyId);
    if (old.role !== 'assistant' || old.parentId === null) {
      throw new SteadyError('bad-input', 'Only a reply can be written again.');
    }
    const started = await store.messages.startReply(old.parentId, engine.state.modelName);
    this.#begin(started);
    return started;
  }

  /**
   * Goes on with a reply that was cut or stopped, as the same message. @throws `bad-input` for another message; `conflict` where
   * it came from a file or was begun without protection, something follows it, or another model wrote it: what comes out would depend on more than the conversation, the profile and the seed.
   */
  async continue(replyId: string): Promise<{ conversation: Conversation; reply: Message }> {
    const { store, engine } = this.#options;
    const before = await store.messages.get(replyId);
    if (before.modelName !== null && engine.state.modelName !== null && before.modelName !== engine.state.modelName) {
      throw new SteadyError('conflict', `This reply was written by ${before.modelName}.`, { hint: 'Choose that model to go on with it.' });
    }
    if (before.foreign === true) {
      throw new SteadyError('conflict', 'This reply came from a file, so it cannot go on here.', {
        hint: 'Ask for the rest in a new message.',
      });
    }
    if (before.outcome?.protected === false && this.#options.protection.state.status === 'on') {
      throw new SteadyError('conflict', 'This reply was begun without protection, which is on now.', {
        hint: 'Write it again, or ask for the rest in a new message.',
      });
    }
    const seed = await store.messages.seed(replyId);
    const resumed = await store.messages.resumeReply(replyId, engine.state.modelName);
    this.#begin(resumed, { ...before, seed });
    return resumed;
  }

  /** Stops a reply; what is written stays. Stopping a finished reply does nothing. */
  async stop(replyId: string): Promise<void> {
    const active = this.#active.get(replyId);
    if (active === undefined) return;
    active.stopped = true;
    active.stopping.reject(new SteadyError('cancelled', 'The reply was stopped before it began.'));
    if (this.#options.engine.model !== null) await this.#options.engine.call('chat.stop', { replyId }).catch(() => undefined);
  }

  /** Stops every reply of a conversation and waits for them to be stored. */
  async stopAll(conversationId?: string): Promise<void> {
    const replies = [...this.#active.values()].filter(
      ({ reply }) => conversationId === undefined || reply.conversationId === conversationId,
    );
    await Promise.all(replies.map(({ reply }) => this.stop(reply.id)));
    await Promise.all(replies.map(({ done }) => done));
  }

  /** The last tries to store what a full disk could not take; call when no reply is being written. Says what is lost. */
  async close(): Promise<void> {
    const { replies, refusals } = await this.#outbox.close(this.#options.reserves.end);
    if (replies === 0) return;
    const logged = refusals === 0 ? '' : ` ${refusals} of them belonged in the refusal log and are not there.`;
    process.stderr.write(`The disk is full: the ends of ${replies} replies could not be stored.${logged}\n`);
  }

  /** What the message's prompt will have of documents; it is settled once, so that every reply to it reads the same. */
  async #planReading(
    { parentId, text, documents = [] }: SendInput,
    { systemPrompt, sampling }: Pick<Conversation, 'systemPrompt' | 'sampling'>,
  ) {
    const { store, engine } = this.#options;
    const path = parentId === null ? [] : await store.messages.path(parentId);
    if (documents.length === 0 && !path.some(({ reading }) => reading !== undefined)) return undefined;
    await engine.ready();
    return this.#options.documents.plan(path, { text, documents }, (texts) =>
      engine.call('chat.measure', { texts, systemPrompt, maxTokens: sampling.maxTokens }),
    );
  }

  #newConversation(input: SendInput): NewConversation {
    const defaults = this.#options.defaults();
    return {
      title: titleFrom(input.text),
      systemPrompt: input.systemPrompt ?? defaults.systemPrompt,
      sampling: input.sampling ?? defaults.sampling,
      reasoning: input.reasoning === undefined ? defaults.reasoning : input.reasoning,
    };
  }

  /** Writes a reply that was started, behind the caller. */
  #begin({ conversation, reply }: { conversation: Conversation; reply: Message }, before: Resumed | null = null): void {
    this.#options.events.emit('conversations.changed', conversation);
    const active: ActiveReply = { reply, before, stopped: false, lease: null, stopping: Promise.withResolvers(), done: Promise.resolve() };
    active.stopping.promise.catch(() => undefined);
    this.#active.set(reply.id, active);
    active.done = this.#write(active, conversation).finally(() => this.#end(active));
  }

  /** Writes the reply to its end. Never throws: every end is stored in the message. */
  async #write(active: ActiveReply, conversation: Conversation): Promise<void> {
    const { store, events, lease, reserves, onLogged } = this.#options;
    const { id } = active.reply;
    const { before } = active;
    // Room may be there again since the last one needed it.
    reserves.text.take();
    const writer = new ReplyWriter(store.messages, id, reserves.text, (error) => this.#warn(error), {
      text: before?.text ?? '',
      reasoning: before?.reasoning?.text ?? '',
    });
    this.#writers.set(id, writer);
    const seed = before?.seed ?? conversation.sampling.seed ?? drawSeed();
    let end: Ending;
    try {
      active.lease = lease.share({ what: 'A reply is being written', hint: 'Wait for it or stop it, then try again.' });
      const path = await store.messages.path(active.reply.parentId!);
      const written = await this.#generate(active, conversation, path, seed);
      end = { ...written, prompt: askedOf(path.at(-1)!) };
    } catch (error) {
      end = { error: active.stopped ? null : error };
    }
    this.#writers.delete(id);
    const finish: MessageFinish = { ...this.#finish(active, writer, end), seed };
    try {
      const message = await writer.finish(finish);
      // Before the event, so that whoever hears it can already send the next message or begin a job.
      this.#end(active);
      events.emit('chat.message', message);
      if (finish.refusal !== undefined) onLogged();
    } catch (error) {
      // Until it is stored the page shows what is wrong; if it never is, the next start marks the reply as interrupted.
      this.#warn(error);
      events.emit('chat.message', {
        ...active.reply,
        text: finish.text,
        ...(finish.reasoning == null ? {} : { reasoning: finish.reasoning }),
        state: 'failed',
        error: toErrorShape(error),
      });
      this.#outbox.add(id, finish, (message) => {
        events.emit('chat.message', message);
        if (finish.refusal !== undefined) onLogged();
      });
    }
  }

  async #generate(active: ActiveReply, conversation: Conversation, path: readonly Message[], seed: number): Promise<WrittenReply> {
    const prompt: EnginePrompt = {
      systemPrompt: conversation.systemPrompt,
      turns: markForeign(await this.#options.documents.turns(path), path),
      startedAt: conversation.createdAt,
      ...(conversation.reasoning == null ? {} : { reasoning: conversation.reasoning }),
    };
    const { before } = active;
    // Where a reply goes on, its first draws are not made again.
    const drawn = before?.stats?.generatedTokens ?? 0;
    const sampling = { ...conversation.sampling, seed: laterSeed(seed, drawn) };
    const request = { replyId: active.reply.id, prompt, sampling, reply: before?.text ?? '', ...thoughtOf(before) };
    const written = await writeReply(this.#options, request, { stopping: active.stopping.promise, isStopped: () => active.stopped });
    return { ...written, result: wholeReply(written.result, before) };
  }

  #finish(active: ActiveReply, writer: ReplyWriter, end: Ending) {
    if ('error' in end) {
      const error = end.error === null ? null : toErrorShape(end.error);
      const { outcome, stats } = active.before ?? { outcome: null, stats: null };
      return {
        state: error === null ? ('stopped' as const) : ('failed' as const),
        ...partial(writer, active.before),
        outcome,
        stats,
        error,
      };
    }
    const { result, prompt } = end;
    const outcome = outcomeOf(prompt, result);
    const { promptTokens, cachedTokens, generatedTokens, timeToFirstTokenMs, tokensPerSecond } = result;
    const { contextUsed, contextSize, droppedTurns, finishReason } = result;
    const { conversationId, id: messageId } = active.reply;
    const storeText = this.#options.policies.current().storePromptText;
    const refusal = refusalEntryOf(end, outcome, { conversationId, messageId, prompt, storeText });
    return {
      state: result.finishReason === 'stopped' ? ('stopped' as const) : ('done' as const),
      text: result.text,
      reasoning: result.reasoning,
      outcome,
      stats: {
        ...{ promptTokens, cachedTokens, generatedTokens, timeToFirstTokenMs, tokensPerSecond },
        ...{ contextUsed, contextSize, droppedTurns, finishReason },
      },
      error: null,
      ...(refusal === null ? {} : { refusal }),
    };
  }

  /** It is no longer being written. */
  #end(active: ActiveReply): void {
    this.#active.delete(active.reply.id);
    active.lease?.release();
    active.lease = null;
  }

  #warn(error: unknown): void {
    const { message, hint } = toErrorShape(error);
    this.#options.events.emit('app.notice', { level: 'warning', message, hint });
  }
}

/** What was written of a reply that did not come to its end. */
function partial(writer: ReplyWriter, before: Resumed | null): { text: string; reasoning: Reasoning | null } {
  const [text, thought] = [writer.textOf('reply'), writer.textOf('reasoning')];
  if (thought === '') return { text, reasoning: null };
  const known = before?.reasoning?.text === thought ? before.reasoning : { tokens: null, milliseconds: null, state: 'open' as const };
  return { text, reasoning: { ...known, text: thought, state: text === '' ? known.state : 'ended' } };
}

/** What a reply that goes on had been thinking. */
function thoughtOf(before: Resumed | null): { reasoning?: { text: string; ended: boolean } } {
  const { text = '', state } = before?.reasoning ?? {};
  return text === '' ? {} : { reasoning: { text, ended: state !== 'open' || before!.text !== '' } };
}

type Answered = WrittenReply & { prompt: string };
type Ending = Answered | { error: unknown };

/** What was asked, for judging and for the log: the message, and the names of what went with it. */
function askedOf({ text, documents = [] }: Message): string {
  return documents.length === 0 ? text : `${text}\n\n(with ${documents.map(({ name }) => name).join(', ')})`;
}
