/** Dates and times as the whole page writes them: the day first, the month in letters, 24 hours, the reader's time zone. */

const LOCALE = 'en-GB';

const sameDay = (a: Date, b: Date) => a.toDateString() === b.toDateString();

/** In UTC for days that were cut there. */
type TimeZone = 'UTC' | undefined;

/** A day: `3 Nov 2025`. */
export function formatDate(ms: number, timeZone?: TimeZone): string {
  return new Date(ms).toLocaleDateString(LOCALE, { day: 'numeric', month: 'short', year: 'numeric', timeZone });
}

/** A day without its year: `3 Nov`. */
export function formatDayOfYear(ms: number, timeZone?: TimeZone): string {
  return new Date(ms).toLocaleDateString(LOCALE, { day: 'numeric', month: 'short', timeZone });
}

/** A month by its name, with its year where asked: `November 2025`. */
export function formatMonth(ms: number, withYear: boolean): string {
  return new Date(ms).toLocaleDateString(LOCALE, withYear ? { month: 'long', year: 'numeric' } : { month: 'long' });
}

/** A day and its time: `3 Nov 2025, 14:03`. */
export function formatDateTime(ms: number): string {
  return `${formatDate(ms)}, ${clock(new Date(ms))}`;
}

/** The whole time, with seconds: `3 Nov 2025, 14:03:05`. */
export function fullTime(ms: number): string {
  return `${formatDate(ms)}, ${new Date(ms).toLocaleTimeString(LOCALE)}`;
}

/** A time as short as its age allows: `14:03`, `3 Nov, 14:03`, `3 Nov 2025`. */
export function shortTime(ms: number, now: number): string {
  const date = new Date(ms);
  const today = new Date(now);
  if (sameDay(date, today)) return clock(date);
  return date.getFullYear() === today.getFullYear() ? `${formatDayOfYear(ms)}, ${clock(date)}` : formatDate(ms);
}

function clock(date: Date): string {
  return date.toLocaleTimeString(LOCALE, { hour: '2-digit', minute: '2-digit' });
}
