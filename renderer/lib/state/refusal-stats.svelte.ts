import type { RefusalDay, RefusalFilter } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

const DAY_MS = 86_400_000;

/** A day of the charts. Days on which nothing was logged are there too, with null in place of what is not known then. */
export interface ChartDay {
  /** UTC midnight of the day as it is written, whatever the time zone. */
  readonly at: number;
  readonly refused: number;
  readonly steered: number;
  readonly model: number;
  readonly both: number;
  readonly answered: number;
  readonly right: number;
  readonly wrong: number;
  readonly wrongShare: number | null;
  readonly meanTopScore: number | null;
}

const EMPTY = {
  refused: 0,
  steered: 0,
  model: 0,
  both: 0,
  answered: 0,
  right: 0,
  wrong: 0,
  wrongShare: null,
  meanTopScore: null,
} as const;

/** The days from the first to the last, one after the other, with those that the app left out filled in. */
export function everyDay(days: readonly RefusalDay[]): ChartDay[] {
  const all: ChartDay[] = [];
  for (const { day, causes, refused, right, wrong, wrongShare, meanTopScore } of days) {
    const at = Date.parse(`${day}T00:00:00Z`);
    for (let gap = (all.at(-1)?.at ?? at) + DAY_MS; gap < at; gap += DAY_MS) all.push({ at: gap, ...EMPTY });
    all.push({ at, refused, ...causes, right, wrong, wrongShare, meanTopScore });
  }
  return all;
}

/** Numbers over time for the charts. */
export class RefusalStats {
  days = $state.raw<readonly ChartDay[]>([]);
  loading = $state(false);
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;
  #run = 0;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
  }

  /** Reads the days of the rows that fit a filter. A failure is kept in `problem`; an answer that was overtaken is dropped. */
  async load(filter: RefusalFilter): Promise<void> {
    const run = ++this.#run;
    this.loading = true;
    try {
      const { days } = await this.#bridge.call('refusals.stats', { filter, utcOffsetMinutes: -new Date().getTimezoneOffset() });
      if (run !== this.#run) return;
      this.days = everyDay(days);
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      if (run === this.#run) this.problem = toProblem(error);
    } finally {
      if (run === this.#run) this.loading = false;
    }
  }
}
