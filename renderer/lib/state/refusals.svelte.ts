/** The refusal log as an admin works through it: a filtered list that grows while one scrolls, and one row in full. */
import type { Judgement, Refusal, RefusalDetail, RefusalFacets, RefusalFilter } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';
import { RefusalChain } from './refusal-chain.svelte.ts';
import { RefusalExports } from './refusal-exports.svelte.ts';
import { RefusalReports } from './refusal-reports.svelte.ts';
import { RefusalStats } from './refusal-stats.svelte.ts';

/** Rows a request. */
const PAGE = 100;
/** More changed rows than this are read as a list, not one by one. */
const ONE_BY_ONE = 8;
const FACETS_AFTER_MS = 800;

/** The filter without what does not filter, so that equal filters look alike and no empty list excludes everything. */
export function tidyFilter(filter: RefusalFilter): RefusalFilter {
  const kept = Object.entries(filter).filter(
    ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept);
}

export class Refusals {
  filter = $state.raw<RefusalFilter>({});
  /** Newest first; reviewed rows stay where they are until the list is read anew, also where the filter excludes them now. */
  rows = $state.raw<readonly Refusal[]>([]);
  total = $state<number | null>(null);
  hasMore = $state(false);
  loading = $state(false);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  /** Rows that were logged since the list was read. */
  newer = $state(0);
  facets = $state.raw<RefusalFacets | null>(null);

  selected = $state<number | null>(null);
  detail = $state.raw<RefusalDetail | null>(null);
  detailProblem = $state.raw<Problem | null>(null);

  readonly isFiltered = $derived(Object.keys(this.filter).length > 0);
  readonly selectedIndex = $derived(this.rows.findIndex((row) => row.seq === this.selected));
  readonly selectedRow = $derived(this.rows[this.selectedIndex] ?? null);
  /** Whether the app keeps the log behind the lock of this connection. */
  readonly locked = $derived(this.problem?.code === 'locked');

  readonly chain: RefusalChain;
  readonly exports: RefusalExports;
  readonly reports: RefusalReports;
  readonly stats: RefusalStats;
  readonly #bridge: Bridge;
  /** Notes that were begun and not saved, by row. */
  readonly #notes = new Map<number, string>();
  #listRun = 0;
  #detailRun = 0;
  #loadingMore: Promise<void> | null = null;
  #facetsTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    this.chain = new RefusalChain(bridge);
    this.exports = new RefusalExports(bridge);
    this.reports = new RefusalReports(bridge);
    this.stats = new RefusalStats(bridge);
    bridge.on('admin.changed', ({ unlocked, policies }) => {
      // What was behind the lock does not stay in the page.
      if (!unlocked && policies.logVisibility === 'admin') this.forget();
    });
    bridge.on('refusals.changed', ({ kind, seqs }) => void this.#follow(kind, seqs));
  }

  /** Reads everything the tab shows. */
  async open(): Promise<void> {
    await Promise.all([this.refresh(), this.refreshFacets(), this.chain.refresh()]);
    if (this.selected !== null) await this.#readDetail(this.selected);
  }

  /** Drops everything that was read, as when the area is locked. */
  forget(): void {
    this.#listRun++;
    this.#detailRun++;
    this.loading = false;
    this.rows = [];
    this.total = null;
    this.hasMore = false;
    this.loaded = false;
    this.facets = null;
    this.selected = null;
    this.detail = null;
    this.stats.days = [];
    this.chain.current = null;
    this.#notes.clear();
  }

  setFilter(filter: RefusalFilter): Promise<void> {
    this.filter = tidyFilter(filter);
    return this.refresh();
  }

  /** Changes parts of the filter; undefined removes. */
  narrow(changes: RefusalFilter): Promise<void> {
    return this.setFilter({ ...this.filter, ...changes });
  }

  /** Reads the list anew from its start. The selection stays if its row is still there. */
  async refresh(): Promise<void> {
    const run = ++this.#listRun;
    this.loading = true;
    try {
      const filter = this.filter;
      const { rows, total } = await this.#bridge.call('refusals.list', { filter, limit: PAGE, before: null, withTotal: true });
      if (run !== this.#listRun) return;
      this.rows = rows;
      this.total = total;
      this.hasMore = rows.length === PAGE;
      this.newer = 0;
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      if (run !== this.#listRun) return;
      this.problem = toProblem(error);
      if (this.problem.code === 'locked') this.forget();
    } finally {
      if (run === this.#listRun) this.loading = false;
    }
  }

  /** Reads the next rows below the last. Resolves when they are there; a failure is kept in `problem`. */
  more(): Promise<void> {
    if (!this.hasMore || this.loading) return Promise.resolve();
    this.#loadingMore ??= this.#readMore().finally(() => (this.#loadingMore = null));
    return this.#loadingMore;
  }

  async refreshFacets(): Promise<void> {
    try {
      this.facets = await this.#bridge.call('refusals.facets', {});
    } catch {
      // The list says what is wrong; without facets the filters only lack their counts.
    }
  }

  async select(seq: number | null): Promise<void> {
    if (seq === this.selected) return;
    this.selected = seq;
    this.detailProblem = null;
    if (seq === null) this.detail = null;
    else await this.#readDetail(seq);
  }

  /** Selects the row `step` places further; from nothing, the first. Reads more rows at the end of those that are here. */
  async move(step: number): Promise<void> {
    if (step > 0 && this.selectedIndex + step >= this.rows.length) await this.more();
    const index = this.selectedIndex === -1 ? 0 : Math.min(this.rows.length - 1, Math.max(0, this.selectedIndex + step));
    const row = this.rows[index];
    if (row !== undefined) await this.select(row.seq);
  }

  noteOf(seq: number, saved: string): string {
    return this.#notes.get(seq) ?? saved;
  }

  /** Keeps a note that is not saved yet, so that looking at another row does not lose it. */
  keepNote(seq: number, note: string): void {
    this.#notes.set(seq, note);
  }

  /**
   * Gives a row a person's word, which also decides whether it is in the next calibration's benign set. Answers the row
   * as it is then. @throws Problem-shaped errors of the app.
   */
  async review(seq: number, judgement: Judgement, note: string): Promise<Refusal> {
    const row = await this.#bridge.call('refusals.review', { seq, judgement, note });
    this.#notes.delete(seq);
    await this.#taken(row);
    return row;
  }

  /** Sends a row to the next calibration's benign set, or takes it out. @throws Problem-shaped errors of the app. */
  async setBenign(seq: number, wanted: boolean): Promise<void> {
    const row = wanted
      ? await this.#bridge.call('refusals.benignSet.add', { seq })
      : await this.#bridge.call('refusals.benignSet.remove', { seq });
    await this.#taken(row);
  }

  /** Removes a row's text or the row itself; the chain keeps a tombstone. @throws Problem-shaped errors of the app. */
  async remove(seq: number, what: 'text' | 'row'): Promise<void> {
    await this.#bridge.call('refusals.remove', { seq, what });
    if (what === 'row') this.#drop(seq);
    else await this.#reread(seq);
    this.#facetsSoon();
  }

  async #readMore(): Promise<void> {
    const run = this.#listRun;
    const before = this.rows.at(-1)?.seq;
    if (before === undefined) return;
    try {
      const { rows } = await this.#bridge.call('refusals.list', { filter: this.filter, limit: PAGE, before });
      if (run !== this.#listRun) return;
      this.rows = [...this.rows, ...rows];
      this.hasMore = rows.length === PAGE;
    } catch (error) {
      if (run === this.#listRun) this.problem = toProblem(error);
    }
  }

  async #readDetail(seq: number): Promise<void> {
    const run = ++this.#detailRun;
    try {
      const detail = await this.#bridge.call('refusals.get', { seq });
      if (run !== this.#detailRun || this.selected !== seq) return;
      this.detail = detail;
      this.detailProblem = null;
    } catch (error) {
      if (run !== this.#detailRun || this.selected !== seq) return;
      this.detail = null;
      this.detailProblem = toProblem(error);
    }
  }

  /** Takes a row as the app answered it. */
  async #taken(row: Refusal): Promise<void> {
    this.#put(row);
    this.#facetsSoon();
    if (this.selected === row.seq) await this.#readDetail(row.seq);
  }

  #put(row: Refusal): void {
    const index = this.rows.findIndex((known) => known.seq === row.seq);
    const known = this.rows[index];
    // Where the match was is known to the list only.
    if (known !== undefined) this.rows = this.rows.with(index, { ...row, snippet: known.snippet });
  }

  #drop(seq: number): void {
    const index = this.rows.findIndex((row) => row.seq === seq);
    if (index === -1) return;
    const next = this.rows[index + 1] ?? this.rows[index - 1];
    this.rows = this.rows.toSpliced(index, 1);
    if (this.total !== null) this.total--;
    if (this.selected === seq) void this.select(next?.seq ?? null);
  }

  async #reread(seq: number): Promise<void> {
    try {
      const detail = await this.#bridge.call('refusals.get', { seq });
      this.#put(detail);
      if (this.selected === seq) this.detail = detail;
    } catch (error) {
      if (toProblem(error).code === 'not-found') this.#drop(seq);
    }
  }

  async #follow(kind: 'added' | 'reviewed' | 'reported' | 'benign' | 'removed', seqs: readonly number[]): Promise<void> {
    if (!this.loaded) return;
    this.#facetsSoon();
    if (kind === 'added') {
      // Rows must not move under the hand of whoever is reviewing; they ask for the new ones themselves.
      if (this.rows.length === 0) await this.refresh();
      else this.newer += Math.max(1, seqs.length);
      return;
    }
    const shown = seqs.filter((seq) => this.rows.some((row) => row.seq === seq));
    if (seqs.length === 0 || shown.length > ONE_BY_ONE) await this.refresh();
    else await Promise.all(shown.map((seq) => this.#reread(seq)));
  }

  #facetsSoon(): void {
    this.#facetsTimer ??= setTimeout(() => {
      this.#facetsTimer = undefined;
      if (this.loaded) void this.refreshFacets();
    }, FACETS_AFTER_MS);
  }
}
