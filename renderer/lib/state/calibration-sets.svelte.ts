/** The admin's own prompts: kept sets, those chosen for the next calibration, and files on their way to becoming one. */
import { SvelteSet } from 'svelte/reactivity';
import {
  MAX_PROMPT_DRAFTS,
  MAX_PROMPT_FILE_BYTES,
  REFUSALS_SET_ID,
  type BenignSet,
  type PromptDraft,
  type PromptFileOptions,
} from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { upload } from '../bridge/upload.ts';
import { toProblem, type Problem } from '../problem.ts';
import { formatBytes } from '../util/format.ts';

export type IncomingStatus = 'waiting' | 'sending' | 'reading' | 'ready' | 'failed';

/** A file or a pasted text between being given and being kept. */
export interface Incoming {
  readonly key: number;
  readonly name: string;
  readonly status: IncomingStatus;
  /** 0…1 while sending. */
  readonly sent: number;
  readonly draft: PromptDraft | null;
  readonly problem: Problem | null;
}

const PAGE = 100;

const ASKED = 'What people here have asked';

export class BenignSets {
  list = $state.raw<readonly BenignSet[]>([]);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  incoming = $state.raw<readonly Incoming[]>([]);
  /** What stands in the box for pasted prompts, not read yet. */
  pasted = $state('');
  readingPasted = $state(false);
  readonly #chosen = new SvelteSet<string>();
  readonly #seen = new Set<string>();
  readonly #bridge: Bridge;
  #nextKey = 1;
  #queue: Promise<unknown> = Promise.resolve();
  /** Called when an entry changes or goes. */
  #waiting: (() => void)[] = [];

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('calibration.sets.changed', () => {
      if (this.loaded) void this.refresh();
    });
  }

  /** Lists the sets anew. A set that was not known before is chosen; it was added in order to be used. */
  async refresh(): Promise<void> {
    try {
      this.list = await this.#bridge.call('calibration.sets.list', {});
      this.loaded = true;
      this.problem = null;
      for (const { id, prompts } of this.list) {
        if (!this.#seen.has(id) && prompts > 0) this.#chosen.add(id);
        if (prompts > 0) this.#seen.add(id);
      }
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  get own(): readonly BenignSet[] {
    return this.list.filter(({ kind }) => kind === 'own');
  }

  get wrongRefusals(): BenignSet | null {
    return this.list.find(({ id }) => id === REFUSALS_SET_ID) ?? null;
  }

  isChosen(id: string): boolean {
    return this.#chosen.has(id);
  }

  choose(id: string, chosen: boolean): void {
    if (chosen) this.#chosen.add(id);
    else this.#chosen.delete(id);
  }

  /** The chosen sets that still exist and have prompts. */
  get chosenIds(): string[] {
    return this.list.filter(({ id, prompts }) => prompts > 0 && this.#chosen.has(id)).map(({ id }) => id);
  }

  get chosenPrompts(): number {
    return this.list.filter(({ id }) => this.#chosen.has(id)).reduce((sum, { prompts }) => sum + prompts, 0);
  }

  /** Whether the app holds as many prompts that are not kept yet as it can. */
  get isFull(): boolean {
    return this.incoming.filter(({ status }) => status !== 'waiting' && status !== 'failed').length >= MAX_PROMPT_DRAFTS;
  }

  /** Sends files one after another; each becomes a draft to look at, or says why not. */
  addFiles(files: readonly File[]): Promise<void> {
    const entries = files.map((file) => [this.#add(file.name), file] as const);
    const job = this.#queue.then(async () => {
      for (const [key, file] of entries) if (await this.#turn(key)) await this.#attempt(key, () => this.#send(key, file));
    });
    this.#queue = job;
    return job;
  }

  /** Reads what was pasted as prompts, one a line. */
  async readPasted(): Promise<void> {
    const text = this.pasted;
    if (this.readingPasted || text.trim() === '') return;
    this.readingPasted = true;
    const key = this.#add('Pasted text');
    if (await this.#turn(key)) {
      this.#patch(key, { status: 'reading' });
      const read = await this.#attempt(key, () => this.#bridge.call('calibration.draft.fromText', { text }));
      if (read && this.pasted === text) this.pasted = '';
    }
    this.readingPasted = false;
  }

  /** A sample of what people here have asked, to look through. */
  async readAsked(): Promise<void> {
    const key = this.#add(ASKED);
    if (!(await this.#turn(key))) return;
    this.#patch(key, { status: 'reading' });
    await this.#attempt(key, () => this.#bridge.call('calibration.draft.fromChats', {}));
  }

  /** Reads a draft again, as a person says. Where that fails it stays as it was. @throws Problem-shaped errors of the app. */
  async read(entry: Incoming, options: PromptFileOptions): Promise<void> {
    this.#patch(entry.key, { draft: await this.#bridge.call('calibration.draft.read', { draftId: draftIdOf(entry), options }) });
  }

  /** Keeps a draft as a set of its own. @throws `conflict` for a name that is taken. */
  async keep(entry: Incoming, name: string): Promise<BenignSet> {
    const set = await this.#bridge.call('calibration.sets.create', { draftId: draftIdOf(entry), name });
    return this.#kept(entry, set);
  }

  /** Adds a draft's prompts to a set. */
  async extend(entry: Incoming, setId: string): Promise<BenignSet> {
    const set = await this.#bridge.call('calibration.sets.extend', { id: setId, draftId: draftIdOf(entry) });
    return this.#kept(entry, set);
  }

  async discard(entry: Incoming): Promise<void> {
    this.#drop(entry);
    if (entry.draft !== null) await this.#bridge.call('calibration.draft.discard', { draftId: entry.draft.draftId });
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#bridge.call('calibration.sets.rename', { id, name });
    await this.refresh();
  }

  async delete(id: string): Promise<void> {
    await this.#bridge.call('calibration.sets.delete', { id });
    this.#chosen.delete(id);
    await this.refresh();
  }

  /** A page of a set's prompts. */
  async page(id: string, offset: number): Promise<{ total: number; prompts: { promptId: number; text: string }[] }> {
    return this.#bridge.call('calibration.sets.page', { id, offset, limit: PAGE });
  }

  async removePrompt(id: string, promptId: number): Promise<void> {
    await this.#bridge.call('calibration.sets.removePrompts', { id, promptIds: [promptId] });
    await this.refresh();
  }

  async #kept(entry: Incoming, set: BenignSet): Promise<BenignSet> {
    this.#drop(entry);
    this.#chosen.add(set.id);
    await this.refresh();
    return set;
  }

  async #send(key: number, file: File): Promise<PromptDraft> {
    if (file.size === 0) throw { code: 'bad-input', message: 'This file is empty.', hint: '' } satisfies Problem;
    if (file.size > MAX_PROMPT_FILE_BYTES) {
      throw {
        code: 'bad-input',
        message: `This file has ${formatBytes(file.size)}; at most ${formatBytes(MAX_PROMPT_FILE_BYTES)} are read.`,
        hint: 'Split it into several files.',
      } satisfies Problem;
    }
    this.#patch(key, { status: 'sending' });
    const uploadId = await upload(this.#bridge, file, (sent) => this.#patch(key, { sent }));
    this.#patch(key, { status: 'reading' });
    return this.#bridge.call('calibration.draft.fromUpload', { uploadId });
  }

  async #attempt(key: number, read: () => Promise<PromptDraft>): Promise<boolean> {
    try {
      this.#patch(key, { status: 'ready', draft: await read() });
      return true;
    } catch (error) {
      this.#patch(key, { status: 'failed', problem: toProblem(error) });
      return false;
    }
  }

  /** Waits until there is room for one more; false where the entry was dismissed meanwhile. */
  async #turn(key: number): Promise<boolean> {
    const isThere = () => this.incoming.some((entry) => entry.key === key);
    while (isThere() && this.isFull) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return isThere();
  }

  #add(name: string): number {
    const key = this.#nextKey++;
    this.incoming = [...this.incoming, { key, name, status: 'waiting', sent: 0, draft: null, problem: null }];
    return key;
  }

  #patch(key: number, changes: Partial<Incoming>): void {
    this.incoming = this.incoming.map((entry) => (entry.key === key ? { ...entry, ...changes } : entry));
    this.#wake();
  }

  #drop({ key }: Incoming): void {
    this.incoming = this.incoming.filter((entry) => entry.key !== key);
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

function draftIdOf({ draft }: Incoming): string {
  if (draft === null) throw { code: 'bad-input', message: 'These prompts were not read yet.', hint: '' } satisfies Problem;
  return draft.draftId;
}
