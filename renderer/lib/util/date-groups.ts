/** Groups what has a date the way people look for it: today, yesterday, this week, then months. */
import { formatMonth } from './dates.ts';

export interface DateGroup<T> {
  readonly label: string;
  readonly items: readonly T[];
}

function startOfDay(time: number): Date {
  const date = new Date(time);
  date.setHours(0, 0, 0, 0);
  return date;
}

/** The label of a time (milliseconds since the epoch) seen from `now`, by the calendar of the reader's time zone. */
export function dateLabel(time: number, now: number): string {
  const daysAgo = (days: number) => startOfDay(now).setDate(startOfDay(now).getDate() - days);
  if (time >= daysAgo(0)) return 'Today';
  if (time >= daysAgo(1)) return 'Yesterday';
  if (time >= daysAgo(7)) return 'Previous 7 days';
  if (time >= daysAgo(30)) return 'Previous 30 days';
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return formatMonth(time, !sameYear);
}

/** Groups items, which come newest first, by date; order is kept. */
export function groupByDate<T extends { readonly updatedAt: number }>(items: readonly T[], now: number): DateGroup<T>[] {
  const groups: { label: string; items: T[] }[] = [];
  for (const item of items) {
    const label = dateLabel(item.updatedAt, now);
    const last = groups.at(-1);
    if (last?.label === label) last.items.push(item);
    else groups.push({ label, items: [item] });
  }
  return groups;
}
