/** Counts over the refusal log: by value, and by day. */
import type { Database } from 'better-sqlite3';
import type { LoggedCause, RefusalDay, RefusalFacets, RefusalFilter, Verdict } from '../../contract/index.ts';
import { whereOf } from './filter.ts';

const DAY_MS = 86_400_000;

interface Group {
  model: string;
  modelName: string;
  profile: string;
  profileName: string;
  cause: LoggedCause;
  verdict: Verdict;
  review: 'right' | 'wrong' | 'unsure' | 'none';
  rows: number;
  reported: number;
  benign: number;
  firstAt: number;
  lastAt: number;
  minScore: number | null;
  maxScore: number | null;
}
interface DayGroup {
  day: number;
  cause: LoggedCause;
  review: 'right' | 'wrong' | 'unsure' | 'none';
  rows: number;
  scored: number;
  scoreSum: number | null;
}

const noCauses = (): Record<LoggedCause, number> => ({ steered: 0, model: 0, both: 0, answered: 0 });
const least = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.min(a, b));
const most = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : Math.max(a, b));

export function createRefusalNumbers(db: Database) {
  const groups = db.prepare<[], Group>(
    `SELECT model_sha256 AS model, max(model_name) AS modelName, coalesce(profile_sha256, 'none') AS profile,
       coalesce(max(profile_name), '') AS profileName, cause, verdict, coalesce(review, 'none') AS review, count(*) AS rows,
       count(reported_at) AS reported, count(benign_at) AS benign, min(created_at) AS firstAt, max(created_at) AS lastAt,
       min(top_score) AS minScore, max(top_score) AS maxScore
     FROM refusals GROUP BY model_sha256, profile_sha256, cause, verdict, review`,
  );

  const count = (filter: RefusalFilter): number => {
    const where = whereOf(filter);
    return db.prepare<[object], number>(`SELECT count(*) FROM ${where.from} WHERE ${where.sql}`).pluck().get(where.values) ?? 0;
  };

  const facets = (): RefusalFacets => {
    const result: RefusalFacets = {
      total: 0,
      models: [],
      profiles: [],
      causes: noCauses(),
      verdicts: { refused: 0, complied: 0, partial: 0, degenerate: 0 },
      reviews: { right: 0, wrong: 0, unsure: 0, none: 0 },
      reported: 0,
      benign: 0,
      firstAt: null,
      lastAt: null,
      minScore: null,
      maxScore: null,
    };
    const models = new Map<string, { name: string; count: number }>();
    const profiles = new Map<string, { name: string; count: number }>();
    const tally = (map: typeof models, value: string, name: string, rows: number): void => {
      const known = map.get(value);
      map.set(value, { name: known?.name || name, count: (known?.count ?? 0) + rows });
    };
    for (const group of groups.iterate()) {
      result.total += group.rows;
      tally(models, group.model, group.modelName, group.rows);
      tally(profiles, group.profile, group.profileName, group.rows);
      result.causes[group.cause] += group.rows;
      result.verdicts[group.verdict] += group.rows;
      result.reviews[group.review] += group.rows;
      result.reported += group.reported;
      result.benign += group.benign;
      result.firstAt = least(result.firstAt, group.firstAt);
      result.lastAt = most(result.lastAt, group.lastAt);
      result.minScore = least(result.minScore, group.minScore);
      result.maxScore = most(result.maxScore, group.maxScore);
    }
    const sorted = (map: typeof models) =>
      [...map].map(([value, facet]) => ({ value, ...facet })).sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
    return { ...result, models: sorted(models), profiles: sorted(profiles) };
  };

  const stats = ({ filter, utcOffsetMinutes }: { filter: RefusalFilter; utcOffsetMinutes: number }): RefusalDay[] => {
    const where = whereOf(filter);
    const rows = db
      .prepare<[object], DayGroup>(
        `SELECT (r.created_at + @offset) / ${DAY_MS} AS day, r.cause AS cause, coalesce(r.review, 'none') AS review, count(*) AS rows,
           count(r.top_score) AS scored, sum(r.top_score) AS scoreSum
         FROM ${where.from} WHERE ${where.sql} GROUP BY day, r.cause, r.review ORDER BY day`,
      )
      .all({ ...where.values, offset: BigInt(utcOffsetMinutes * 60_000) });
    const days = new Map<number, RefusalDay & { scored: number; scoreSum: number }>();
    for (const row of rows) {
      const day = days.get(row.day) ?? {
        day: new Date(row.day * DAY_MS).toISOString().slice(0, 10),
        ...{ causes: noCauses(), refused: 0, right: 0, wrong: 0, unsure: 0, wrongShare: null, meanTopScore: null, scored: 0, scoreSum: 0 },
      };
      days.set(row.day, day);
      day.causes[row.cause] += row.rows;
      if (row.cause === 'answered') continue;
      day.refused += row.rows;
      if (row.review !== 'none') day[row.review] += row.rows;
      day.scored += row.scored;
      day.scoreSum += row.scoreSum ?? 0;
    }
    return [...days.values()].map(({ scored, scoreSum, ...day }) => ({
      ...day,
      wrongShare: day.right + day.wrong === 0 ? null : day.wrong / (day.right + day.wrong),
      meanTopScore: scored === 0 ? null : scoreSum / scored,
    }));
  };

  return { count, facets, stats };
}
