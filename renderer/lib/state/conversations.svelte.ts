import type { ConversationSummary, SearchHit } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

const PAGE = 100;
/** Hits that are shown at first, and with each *Show more*; and the most that can be asked for. */
const HITS = 60;
const MOST_HITS = 960;
const SEARCH_DELAY_MS = 150;

const newestFirst = (a: ConversationSummary, b: ConversationSummary) => b.updatedAt - a.updatedAt;

/** The list of conversations, newest first, and the search in it. */
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

  readonly #bridge: Bridge;
  /** Where the next page begins: the age of the oldest that came with a page. One from further back may be in the list as well. */
  #oldestOfPages: number | null = null;
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
      const page = await this.#bridge.call('conversations.list', { limit: PAGE, before: null });
      this.list = page.toSorted(newestFirst);
      this.#turned(page);
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** Loads the next older page. */
  async more(): Promise<void> {
    if (!this.hasMore || this.#oldestOfPages === null) return;
    const page = await this.#bridge.call('conversations.list', { limit: PAGE, before: this.#oldestOfPages });
    const known = new Set(this.list.map((item) => item.id));
    this.list = [...this.list, ...page.filter((item) => !known.has(item.id))].toSorted(newestFirst);
    this.#turned(page);
  }

  #turned(page: readonly ConversationSummary[]): void {
    this.hasMore = page.length === PAGE;
    this.#oldestOfPages = page.at(-1)?.updatedAt ?? this.#oldestOfPages;
  }

  /** Adds or replaces one conversation in the list. */
  put({ id, title, createdAt, updatedAt }: ConversationSummary): void {
    const rest = this.list.filter((item) => item.id !== id);
    this.list = [...rest, { id, title, createdAt, updatedAt }].toSorted(newestFirst);
    this.hits = this.hits?.map((hit) => (hit.conversationId === id ? { ...hit, title } : hit)) ?? null;
  }

  async rename(id: string, title: string): Promise<void> {
    this.put(await this.#bridge.call('conversations.update', { id, title }));
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
      const hits = await this.#bridge.call('conversations.search', { query, limit: wanted + 1 });
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
    this.list = this.list.filter((item) => item.id !== id);
    this.hits = this.hits?.filter((hit) => hit.conversationId !== id) ?? null;
  }
}
