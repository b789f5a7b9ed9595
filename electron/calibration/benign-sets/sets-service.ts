/** Benign sets as the page sees them: the admins' own, and the one that wrong refusals make up. */
import { createHash } from 'node:crypto';
import { REFUSALS_SET_ID, SteadyError, type BenignSet, type PromptDraft } from '../../contract/index.ts';
import type { PromptUploads } from '../../prompt-files/uploads.ts';
import type { BenignSetRow, Store } from '../../store/index.ts';
import { Drafts } from './drafts.ts';

/** Of what people asked, as many as somebody can look through. */
const MOST_ASKED = 500;
const ASKED = 'What people here have asked';

/** Prompts stored or read together. */
const PORTION = 2000;

/** Prompts that reviewers of the refusal log marked as wrongly refused. */
export interface WrongRefusals {
  count(): Promise<number>;
  /** Distinct texts in a fixed order. */
  list(offset: number, limit: number): Promise<string[]>;
}

/** The admin's prompts of one calibration. */
export interface CollectedPrompts {
  prompts: OwnPrompt[];
  /** Distinct prompts in the sets; `prompts` holds fewer where they were sampled. */
  total: number;
  sets: { id: string; name: string; prompts: number }[];
}

export interface OwnPrompt {
  text: string;
  /** From the set of wrong refusals. */
  refusal: boolean;
}

export class BenignSetsService {
  readonly drafts: Drafts;
  readonly #store: Store;
  readonly #refusals: WrongRefusals;
  readonly #onChange: () => void;

  constructor(options: { store: Store; uploads: PromptUploads; refusals: WrongRefusals; onChange(): void }) {
    this.drafts = new Drafts(options.uploads);
    this.#store = options.store;
    this.#refusals = options.refusals;
    this.#onChange = options.onChange;
  }

  async list(): Promise<BenignSet[]> {
    const rows = await this.#store.benignSets.list();
    return [await this.#refusalsSet(), ...rows.map(fromRow)];
  }

  /** A draft of what people here have asked. @throws SteadyError `bad-input` where nothing was answered yet */
  async draftOfChats(): Promise<PromptDraft> {
    const texts = await this.#store.conversations.asked(MOST_ASKED);
    if (texts.length === 0) {
      throw new SteadyError('bad-input', 'Nothing that could be used was asked here yet.', {
        hint: 'Only messages that were answered are used.',
      });
    }
    return this.drafts.fromText(texts.map((text) => JSON.stringify({ prompt: text })).join('\n'), ASKED, 'jsonl');
  }

  /** Keeps a draft as a set; nothing of it stays when that fails. */
  async create(draftId: string, name: string): Promise<BenignSet> {
    const { source, reading } = this.drafts.get(draftId);
    const sets = this.#store.benignSets;
    const id = await sets.begin({ name, source });
    try {
      await this.#fill(id, reading.prompts);
      const row = await sets.finish(id);
      await this.drafts.discard(draftId);
      this.#onChange();
      return fromRow(row);
    } catch (error) {
      await sets.delete(id).catch(() => undefined);
      throw error;
    }
  }

  /** Adds prompts to the set of that name, which is made where there is none. */
  async add(name: string, prompts: readonly string[]): Promise<BenignSet> {
    const sets = this.#store.benignSets;
    const known = (await sets.list()).find((set) => set.name === name);
    const id = known?.id ?? (await sets.begin({ name, source: 'Evaluation' }));
    try {
      await this.#fill(id, prompts);
      return this.#changed(known === undefined ? await sets.finish(id) : await sets.get(id));
    } catch (error) {
      if (known === undefined) await sets.delete(id).catch(() => undefined);
      throw error;
    }
  }

  async extend(id: string, draftId: string): Promise<BenignSet> {
    await this.#store.benignSets.get(id);
    await this.#fill(id, this.drafts.get(draftId).reading.prompts);
    await this.drafts.discard(draftId);
    return this.#changed(await this.#store.benignSets.get(id));
  }

  async rename(id: string, name: string): Promise<BenignSet> {
    return this.#changed(await this.#store.benignSets.rename(id, name));
  }

  async delete(id: string): Promise<void> {
    await this.#store.benignSets.delete(id);
    this.#onChange();
  }

  async removePrompts(id: string, promptIds: readonly number[]): Promise<BenignSet> {
    return this.#changed(await this.#store.benignSets.removePrompts(id, promptIds));
  }

  async page(id: string, offset: number, limit: number): Promise<{ total: number; prompts: { promptId: number; text: string }[] }> {
    if (id === REFUSALS_SET_ID) {
      const texts = await this.#refusals.list(offset, limit);
      return { total: await this.#refusals.count(), prompts: texts.map((text, index) => ({ promptId: offset + index, text })) };
    }
    const { prompts: total } = await this.#store.benignSets.get(id);
    return { total, prompts: await this.#store.benignSets.page(id, offset, limit) };
  }

  /**
   * The distinct prompts of several sets. Of more than `most` a sample is drawn, the same for the same seed; memory is
   * bounded by `most`. Prompts of the refusals set are always in.
   */
  async collect(setIds: readonly string[], most: number, seed: number): Promise<CollectedPrompts> {
    const sample = new Sample(most, seed);
    const sets: CollectedPrompts['sets'] = [];
    // Refusals first: what is in another set too counts as one of them.
    for (const id of [...new Set(setIds)].sort((a, b) => Number(b === REFUSALS_SET_ID) - Number(a === REFUSALS_SET_ID))) {
      if (id === REFUSALS_SET_ID) {
        const { name } = await this.#refusalsSet();
        let count = 0;
        for (;;) {
          const texts = await this.#refusals.list(count, PORTION);
          for (const text of texts) sample.add(text, true);
          count += texts.length;
          if (texts.length < PORTION) break;
        }
        sets.push({ id, name, prompts: count });
      } else {
        const { name, prompts } = await this.#store.benignSets.get(id);
        for (let last = 0; ;) {
          const rows = await this.#store.benignSets.after(id, last, PORTION);
          for (const { text } of rows) sample.add(text, false);
          if (rows.length < PORTION) break;
          last = rows.at(-1)!.promptId;
        }
        sets.push({ id, name, prompts });
      }
    }
    return { prompts: sample.prompts(), total: sample.total, sets };
  }

  async #fill(id: string, prompts: readonly string[]): Promise<void> {
    for (let at = 0; at < prompts.length; at += PORTION) await this.#store.benignSets.add(id, prompts.slice(at, at + PORTION));
  }

  async #refusalsSet(): Promise<BenignSet> {
    const prompts = await this.#refusals.count();
    return { id: REFUSALS_SET_ID, name: 'Wrong refusals', kind: 'refusals', prompts, source: 'Refusal log', createdAt: 0, updatedAt: 0 };
  }

  #changed(row: BenignSetRow): BenignSet {
    this.#onChange();
    return fromRow(row);
  }
}

function fromRow(row: BenignSetRow): BenignSet {
  return { ...row, kind: 'own' };
}

/** A sample of prompts that are in no set, as `collect` draws it. */
export function sampleTexts(texts: readonly string[], most: number, seed: number): CollectedPrompts {
  const sample = new Sample(most, seed);
  for (const text of texts) sample.add(text, false);
  return { prompts: sample.prompts(), total: sample.total, sets: [] };
}

/** The `most` prompts with the smallest hashes of seed and text: a fair sample that does not depend on their order. */
class Sample {
  readonly #most: number;
  readonly #seed: number;
  readonly #seen = new Set<string>();
  #kept: { key: string; prompt: OwnPrompt }[] = [];

  constructor(most: number, seed: number) {
    if (most < 1) throw new SteadyError('bad-input', 'A sample needs room for one prompt.');
    this.#most = most;
    this.#seed = seed;
  }

  get total(): number {
    return this.#seen.size;
  }

  add(text: string, refusal: boolean): void {
    const trimmed = text.trim();
    const key = createHash('sha256').update(`${this.#seed}|${trimmed}`).digest('base64');
    if (trimmed === '' || this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#kept.push({ key: `${refusal ? '' : '~'}${key}`, prompt: { text: trimmed, refusal } });
    if (this.#kept.length >= 2 * this.#most) this.#cut();
  }

  prompts(): OwnPrompt[] {
    this.#cut();
    return this.#kept.map(({ prompt }) => prompt);
  }

  #cut(): void {
    this.#kept = this.#kept.sort((a, b) => (a.key < b.key ? -1 : 1)).slice(0, this.#most);
  }
}
