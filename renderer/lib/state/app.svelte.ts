/** The page's state, put together: one object of small ones, each with its own concern. */
import { createContext } from 'svelte';
import { MAX_COMPARED_LENGTH, MAX_DOCUMENTS, type AppState, type NearestPrompts } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { uploadDocument } from '../bridge/upload-document.ts';
import { toProblem, type Problem } from '../problem.ts';
import { deletedNote } from '../components/refusals/log-words.ts';
import { plural } from '../util/format.ts';
import { keyLabel } from '../util/platform.ts';
import { Admin } from './admin.svelte.ts';
import { Calibration } from './calibration.svelte.ts';
import { Chat } from './chat.svelte.ts';
import { Connection } from './connection.svelte.ts';
import { Conversations } from './conversations.svelte.ts';
import { Corrections } from './corrections.svelte.ts';
import { Engine } from './engine.svelte.ts';
import { Evaluation } from './evaluation.svelte.ts';
import { MessageMeasure } from './measure.svelte.ts';
import { Models } from './models.svelte.ts';
import { Notices } from './notices.svelte.ts';
import { Order } from './order.svelte.ts';
import { Playground } from './playground.svelte.ts';
import { Profiles } from './profiles.svelte.ts';
import { Programs } from './programs.svelte.ts';
import { Protect } from './protect.svelte.ts';
import { Protection } from './protection.svelte.ts';
import { Refusals } from './refusals.svelte.ts';
import { SettingsState } from './settings.svelte.ts';
import { Transfer } from './transfer.svelte.ts';
import { Ui } from './ui.svelte.ts';

export class App {
  version = $state('');
  shell = $state<AppState['shell']>('served');
  ready = $state(false);
  /** Why the app's state could not be read at all. */
  problem = $state.raw<Problem | null>(null);

  readonly admin: Admin;
  readonly calibration: Calibration;
  readonly connection: Connection;
  readonly conversations: Conversations;
  readonly chat: Chat;
  readonly corrections: Corrections;
  readonly engine: Engine;
  readonly evaluation: Evaluation;
  readonly measure: MessageMeasure;
  readonly models: Models;
  readonly notices = new Notices();
  readonly order: Order;
  readonly playground: Playground;
  readonly profiles: Profiles;
  readonly programs: Programs;
  readonly protect: Protect;
  readonly protection: Protection;
  readonly refusals: Refusals;
  readonly settings: SettingsState;
  readonly transfer: Transfer;
  readonly ui = new Ui();
  readonly #bridge: Bridge;

  /** How replies are drawn in new conversations: as the person chose, or as the model's maker recommends. */
  readonly defaultSampling = $derived.by(
    () => this.settings.current.defaultSampling ?? this.models.samplingOf(this.engine.current.modelId),
  );

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.shell = bridge.kind;
    this.connection = new Connection(bridge, () => void this.load());
    this.conversations = new Conversations(bridge);
    this.admin = new Admin(bridge);
    this.calibration = new Calibration(bridge);
    this.transfer = new Transfer(bridge, () => void this.conversations.refresh());
    this.chat = new Chat(bridge);
    this.corrections = new Corrections(bridge);
    this.engine = new Engine(bridge);
    this.evaluation = new Evaluation(bridge);
    this.measure = new MessageMeasure(bridge);
    this.models = new Models(bridge);
    this.order = new Order(bridge, () => void this.conversations.refresh());
    this.playground = new Playground(bridge);
    this.profiles = new Profiles(bridge);
    this.programs = new Programs(bridge);
    this.protect = new Protect(bridge);
    this.protection = new Protection(bridge);
    this.refusals = new Refusals(bridge);
    this.settings = new SettingsState(bridge);
    bridge.on('app.notice', (notice) => this.notices.show(notice));
  }

  /** How far protection would open for prompts, 0…1; null where nobody can tell just now. */
  async promptGates(prompts: readonly string[]): Promise<readonly number[] | null> {
    try {
      return (await this.#bridge.call('prompts.gates', { prompts: [...prompts] })).gates;
    } catch {
      return null;
    }
  }

  /** The built-in prompts that a text is like. @throws Problem-shaped errors of the app */
  nearestPrompts(text: string): Promise<NearestPrompts> {
    return this.#bridge.call('prompts.nearest', { text: text.slice(0, MAX_COMPARED_LENGTH).toWellFormed() });
  }

  /** Reads everything the page shows, at the start and after a lost connection. */
  async load(): Promise<void> {
    try {
      const state = await this.#bridge.call('app.state', {});
      this.version = state.version;
      this.shell = state.shell;
      this.settings.take(state.settings);
      this.engine.take(state.engine);
      this.protection.take(state.protection);
      for (const notice of state.notices ?? []) this.notices.show(notice);
      this.problem = null;
      this.ready = true;
    } catch (error) {
      this.problem = toProblem(error);
      return;
    }
    await Promise.all([
      this.admin.refresh(),
      this.protect.refresh(),
      this.conversations.refresh(),
      this.order.refresh(),
      this.models.refresh(),
      this.chat.resync(),
    ]);
  }

  /** Takes files into the message that is being written, and says of each other one why not. */
  async attach(files: readonly File[]): Promise<void> {
    // Where they go is settled now: another conversation may be open before they are read.
    const { draft } = this.chat;
    this.ui.writeMessage();
    const room = MAX_DOCUMENTS - draft.documents.length - draft.pending.length;
    if (files.length > room) {
      this.notices.show({
        level: 'warning',
        message: `A message takes ${MAX_DOCUMENTS} documents at most.`,
        hint: 'Send the others with the next one.',
      });
    }
    await Promise.all(
      files.slice(0, room).map(async (given) => {
        const file = given.name === '' ? new File([given], 'file', { type: given.type }) : given;
        const done = draft.begin(file.name);
        await this.attempt(async () => {
          const uploadId = await uploadDocument(this.#bridge, file);
          const { document, tokens } = await this.#bridge.call('documents.add', { uploadId });
          draft.addDocument(document, tokens);
        });
        done();
      }),
    );
  }

  /** Takes a document out of the message that is being written. */
  async detach(id: string): Promise<void> {
    this.chat.draft.removeDocument(id);
    // One that goes with a message already stays there.
    await this.attempt(() => this.#bridge.call('documents.discard', { id }));
  }

  /** Text of a document from `start` on, as much as is sent at once. */
  async readDocument(id: string, start: number): Promise<string> {
    return (await this.#bridge.call('documents.read', { id, start })).text;
  }

  newChat(): void {
    this.admin.leave();
    this.chat.close();
    this.ui.writeMessage();
  }

  async openConversation(id: string, messageId: string | null = null): Promise<void> {
    this.ui.drawerOpen = false;
    this.admin.leave();
    await this.chat.open(id, messageId);
  }

  /** Deletes a conversation and offers to undo it. */
  async deleteConversation(id: string, title: string): Promise<void> {
    const wasOpen = this.chat.id === id;
    await this.attempt(async () => {
      await this.conversations.delete(id);
      if (wasOpen) this.chat.close();
      this.notices.show(
        {
          level: 'info',
          message: `Deleted “${title}”.`,
          hint: `${keyLabel('Mod+Z')} brings it back. ${deletedNote(this.admin.current?.policies)}`.trim(),
        },
        {
          label: 'Undo',
          run: () =>
            void this.attempt(async () => {
              await this.conversations.restore(id);
              if (wasOpen) await this.chat.open(id);
            }),
        },
      );
    });
  }

  /** Deletes the chosen conversations and offers to undo it. */
  async deleteChosen(): Promise<void> {
    const ids = [...this.conversations.chosen];
    if (ids.length === 0) return;
    await this.attempt(async () => {
      await this.conversations.deleteMany(ids);
      if (this.chat.id !== null && ids.includes(this.chat.id)) this.chat.close();
      const hint = `${keyLabel('Mod+Z')} brings them back. ${deletedNote(this.admin.current?.policies)}`.trim();
      this.notices.show(
        { level: 'info', message: `Deleted ${plural(ids.length, 'conversation')}.`, hint },
        { label: 'Undo', run: () => void this.attempt(() => this.conversations.restoreMany(ids)) },
      );
    });
  }

  /** Opens a new conversation of the messages up to one. */
  async duplicate(messageId: string): Promise<void> {
    await this.attempt(async () => {
      const { id } = await this.#bridge.call('conversations.duplicate', { messageId });
      await this.openConversation(id);
    });
  }

  /** Runs an action and shows its failure as a notice. Resolves to whether it worked. */
  async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      this.notices.failed(error);
      return false;
    }
  }
}

const [getApp, provideApp] = createContext<App>();
export { provideApp };

/** The page's state; only inside a component's initialisation. */
export const useApp = getApp;
