/** A filter as chips: one a condition, each with the change that lifts it. */
import type { RefusalFacets, RefusalFilter } from '../../contract.ts';
import { formatDate } from '../../util/dates.ts';
import { formatNumber } from '../charts/scale.ts';
import { CAUSE_LABELS, JUDGEMENT_LABELS } from './cause-text.ts';

export interface FilterChip {
  readonly key: string;
  readonly label: string;
  /** Applied to the filter, it lifts this condition. */
  readonly lift: RefusalFilter;
}

const DAY_MS = 86_400_000;

/** The names of what is filtered by, from the facets; a hash that is not among them is shortened. */
function names(values: readonly string[], facets: readonly { value: string; name: string }[] | undefined): string {
  return values
    .map((value) => (value === 'none' ? 'no profile' : (facets?.find((facet) => facet.value === value)?.name ?? value.slice(0, 8))))
    .join(' or ');
}

/** Every condition of a filter but the search words, which the search box shows. */
export function filterChips(filter: RefusalFilter, facets: RefusalFacets | null): FilterChip[] {
  const chips: FilterChip[] = [];
  const add = (key: string, label: string, lift: RefusalFilter) => chips.push({ key, label, lift });
  const { from, to, causes, reviews, models, profiles, verdicts, minScore, maxScore, reported, benign, conversationId } = filter;
  if (from !== undefined || to !== undefined) {
    // `to` is exclusive: the day before it is the last one that counts.
    const last = to === undefined ? '' : formatDate(to - 1);
    const label =
      from === undefined
        ? `Until ${last}`
        : to === undefined
          ? `Since ${formatDate(from)}`
          : to - from <= DAY_MS
            ? formatDate(from)
            : `${formatDate(from)} – ${last}`;
    add('date', label, { from: undefined, to: undefined });
  }
  if (causes !== undefined) add('causes', causes.map((cause) => CAUSE_LABELS[cause]).join(' or '), { causes: undefined });
  if (reviews !== undefined) add('reviews', reviews.map((review) => JUDGEMENT_LABELS[review]).join(' or '), { reviews: undefined });
  if (models !== undefined) add('models', names(models, facets?.models), { models: undefined });
  if (profiles !== undefined) add('profiles', names(profiles, facets?.profiles), { profiles: undefined });
  if (verdicts !== undefined) add('verdicts', verdicts.join(' or '), { verdicts: undefined });
  if (minScore !== undefined || maxScore !== undefined) {
    const label =
      minScore === undefined
        ? `Score up to ${formatNumber(maxScore ?? 0)}`
        : maxScore === undefined
          ? `Score from ${formatNumber(minScore)}`
          : `Score ${formatNumber(minScore)} to ${formatNumber(maxScore)}`;
    add('score', label, { minScore: undefined, maxScore: undefined });
  }
  if (reported !== undefined) add('reported', reported ? 'Reported by the user' : 'Not reported', { reported: undefined });
  if (benign !== undefined) add('benign', benign ? 'In the next calibration' : 'Not in the next calibration', { benign: undefined });
  if (conversationId !== undefined) add('conversation', 'One conversation', { conversationId: undefined });
  return chips;
}

/** Midnight at the start of the day of `ms`, in this machine's time zone, `days` later. */
export function startOfDay(ms: number, days = 0): number {
  const date = new Date(ms);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** The value of a date field (`YYYY-MM-DD`) for a time, and back; undefined for an empty or impossible date. */
export function toDateField(ms: number | undefined): string {
  if (ms === undefined) return '';
  const date = new Date(ms);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

export function fromDateField(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return undefined;
  const ms = new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3])).getTime();
  return Number.isNaN(ms) || ms < 0 ? undefined : ms;
}
