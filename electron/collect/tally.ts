/** Counts of one machine's refusals. */
import type { ExportRow } from '../store/index.ts';

export interface MachineNumbers {
  rows: number;
  causes: Record<string, number>;
  reviews: Record<string, number>;
  reported: number;
  /** Milliseconds since the epoch; null without rows. */
  first: number | null;
  last: number | null;
  /** Names, the most frequent first. */
  models: string[];
  profiles: string[];
}

/** Names beyond these are not told apart. */
const MOST_NAMES = 1000;

export class MachineTally {
  readonly #causes = new Map<string, number>();
  readonly #reviews = new Map<string, number>();
  readonly #models = new Map<string, number>();
  readonly #profiles = new Map<string, number>();
  #rows = 0;
  #reported = 0;
  #first: number | null = null;
  #last: number | null = null;

  add(row: ExportRow): void {
    this.#rows++;
    count(this.#causes, row.cause);
    count(this.#reviews, row.review?.judgement ?? 'none');
    count(this.#models, row.modelName);
    count(this.#profiles, row.profileName ?? 'none');
    if (row.reportedAt !== null) this.#reported++;
    this.#first = Math.min(this.#first ?? row.createdAt, row.createdAt);
    this.#last = Math.max(this.#last ?? row.createdAt, row.createdAt);
  }

  get numbers(): MachineNumbers {
    const names = (map: ReadonlyMap<string, number>) => [...map].sort((a, b) => b[1] - a[1]).map(([name]) => name);
    return {
      rows: this.#rows,
      causes: Object.fromEntries(this.#causes),
      reviews: Object.fromEntries(this.#reviews),
      reported: this.#reported,
      ...{ first: this.#first, last: this.#last },
      models: names(this.#models),
      profiles: names(this.#profiles),
    };
  }
}

function count(map: Map<string, number>, name: string): void {
  if (map.has(name) || map.size < MOST_NAMES) map.set(name, (map.get(name) ?? 0) + 1);
}
