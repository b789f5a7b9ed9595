import { SvelteSet } from 'svelte/reactivity';
import type { Arrangement, ConversationSummary, SearchHit } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

const PAGE = 100;
/** Hits that are shown at first, and with each *Show more*; and the most that can be asked for. */
const HITS = 60;
const MOST_HITS = 960;
const SEARCH_DELAY_MS = 150;

/** Of what is pinned, and of a folder, so many are shown at most. */
const MOST_IN_PLACE = 500;

/** Both lists in order; where one is in both, as the second has it. */
function merged(known: readonly ConversationSummary[], fresh: readonly ConversationSummary[]): ConversationSummary[] {
  const byId = new Map([...known, ...fresh].map((item) => [item.id, item]));
  return [...byId.values()].toSorted(newestFirst);
}

const newestFirst = (a: ConversationSummary, b: ConversationSummary) => b.updatedAt - a.updatedAt;

/**
 * The conversations that are known, newest first, in the places where they lie, and the search in them. `list` holds what was read so
 * far: the newest pages of those that lie nowhere, what is pinned, and the folders and the archive that were opened.
 */
export class Conversations {
  list = $state.raw<readonly ConversationSummary[]>([]);
  loaded = $state(false);
  hasMore = $state(false);
  problem = $state.raw<Problem | null>(null);

  query = $state('');
  /** Null while nothing is searched for. */
  hits = $state.raw<readonly SearchHit[] | null>(null);
  /** Whether more match than `hits` has. */
  moreHits = $state(false);
  searching = $state(false);
  /** The folder that is searched, with those in it; null: everything. */
  searchedFolder = $state<string | null>(null);

  readonly pinned = $derived(this.list.filter(({ pinned, archived }) => pinned && !archived));
  readonly chats = $derived(this.list.filter(({ pinned, archived, folderId }) => !pinned && !archived && folderId === null));
  readonly archive = $derived(this.list.filter(({ archived }) => archived));
  readonly byFolder = $derived(
    Map.groupBy(
      this.list.filter(({ archived, folderId }) => !archived && folderId !== null),
      ({ folderId }) => folderId!,
    ),
  );
  /** Conversations that are chosen, to do something with all of them. */
  readonly chosen = new SvelteSet<string>();

  readonly #bridge: Bridge;
  /** Where the next page begins: the age of the oldest that came with a page. One from further back may be in the list as well. */
  #oldestOfPages: number | null = null;
  /** Folders that were opened; null: the archive. */
  readonly #opened = new Set<string | null>();
  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  #searchRun = 0;
  #hitsWanted = HITS;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('conversations.changed', (summary) => this.put(summary));
    bridge.on('conversations.removed', ({ id }) => this.#drop(id));
  }

  /** Loads the newest page of the list. A failure is kept in `problem`. */
  async refresh(): Promise<void> {
    try {
      const [page, pinned] = await Promise.all([
        this.#bridge.call('conversations.list', { limit: PAGE, before: null, place: 'chats' }),
        this.#bridge.call('conversations.list', { limit: MOST_IN_PLACE, before: null, place: 'pinned' }),
      ]);
      this.list = merged([], [...page, ...pinned]);
      this.#turned(page);
      await Promise.all([...this.#opened].map((key) => this.#readPlace(key)));
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** Reads what lies in a folder, or in the archive (null), and keeps it up to date from then on. */
  async openPlace(folderId: string | null): Promise<void> {
    if (this.#opened.has(folderId)) return;
    this.#opened.add(folderId);
    await this.#readPlace(folderId);
  }

  async #readPlace(folderId: string | null): Promise<void> {
    const place = folderId === null ? ('archive' as const) : { folderId };
    this.list = merged(this.list, await this.#bridge.call('conversations.list', { limit: MOST_IN_PLACE, before: null, place }));
  }

  /** Loads the next older page. */
  async more(): Promise<void> {
    if (!this.hasMore || this.#oldestOfPages === null) return;
    const page = await this.#bridge.call('conversations.list', { limit: PAGE, before: this.#oldestOfPages, place: 'chats' });
    this.list = merged(page, this.list);
    this.#turned(page);
  }

  #turned(page: readonly ConversationSummary[]): void {
    this.hasMore = page.length === PAGE;
    this.#oldestOfPages = page.at(-1)?.updatedAt ?? this.#oldestOfPages;
  }

  /** Adds or replaces one conversation in the list. */
  put({ id, title, createdAt, updatedAt, pinned, archived, folderId, tags }: ConversationSummary): void {
    this.list = merged(this.list, [{ id, title, createdAt, updatedAt, pinned, archived, folderId, tags }]);
    this.hits = this.hits?.map((hit) => (hit.conversationId === id ? { ...hit, title } : hit)) ?? null;
  }

  async rename(id: string, title: string): Promise<void> {
    this.put(await this.#bridge.call('conversations.update', { id, title }));
  }

  /** Pins, archives, files or tags. */
  async arrange(ids: readonly string[], change: Arrangement): Promise<void> {
    for (const summary of await this.#bridge.call('conversations.arrange', { ids: [...ids], change })) this.put(summary);
  }

  async deleteMany(ids: readonly string[]): Promise<void> {
    await this.#bridge.call('conversations.deleteMany', { ids: [...ids] });
    for (const id of ids) this.#drop(id);
  }

  async restoreMany(ids: readonly string[]): Promise<void> {
    for (const summary of await this.#bridge.call('conversations.restoreMany', { ids: [...ids] })) this.put(summary);
    if (this.query !== '') this.search(this.query);
  }

  async delete(id: string): Promise<void> {
    await this.#bridge.call('conversations.delete', { id });
    this.#drop(id);
  }

  async restore(id: string): Promise<void> {
    this.put(await this.#bridge.call('conversations.restore', { id }));
    if (this.query !== '') this.search(this.query);
  }

  /** Searches shortly after the last keystroke; an empty query ends the search. Late answers of older queries are dropped. */
  search(query: string): void {
    this.query = query;
    clearTimeout(this.#searchTimer);
    const run = ++this.#searchRun;
    this.#hitsWanted = HITS;
    if (query.trim() === '') {
      this.hits = null;
      this.moreHits = false;
      this.searching = false;
      return;
    }
    this.searching = true;
    this.#searchTimer = setTimeout(() => void this.#runSearch(run), SEARCH_DELAY_MS);
  }

  /** Whether `showMoreHits` can bring more of them. */
  get canShowMoreHits(): boolean {
    return this.moreHits && this.#hitsWanted < MOST_HITS;
  }

  /** Reads the search's next hits as well. */
  async showMoreHits(): Promise<void> {
    if (!this.canShowMoreHits || this.searching) return;
    this.#hitsWanted = Math.min(MOST_HITS, 4 * this.#hitsWanted);
    this.searching = true;
    await this.#runSearch(++this.#searchRun);
  }

  async #runSearch(run: number): Promise<void> {
    const query = this.query.trim().slice(0, 500);
    const wanted = this.#hitsWanted;
    try {
      // One more than is shown tells whether there are more; counting all of them would read all of them.
      const hits = await this.#bridge.call('conversations.search', {
        query,
        limit: wanted + 1,
        ...(this.searchedFolder === null ? {} : { folderId: this.searchedFolder }),
      });
      if (run !== this.#searchRun) return;
      this.hits = hits.slice(0, wanted);
      this.moreHits = hits.length > wanted;
    } catch (error) {
      if (run === this.#searchRun) this.problem = toProblem(error);
    } finally {
      if (run === this.#searchRun) this.searching = false;
    }
  }

  #drop(id: string): void {
    this.chosen.delete(id);
    this.list = this.list.filter((item) => item.id !== id);
    this.hits = this.hits?.filter((hit) => hit.conversationId !== id) ?? null;
  }
}
