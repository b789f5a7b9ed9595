/**
 * The date that some chat templates write into the prompt. It is the day on which the conversation began, in UTC and in
 * English, so that the same conversation is the same prompt tomorrow, and on another machine.
 */

/** What conversations without a date are given: the date that Llama's own templates fall back to. */
const UNDATED = Date.UTC(2024, 6, 26);

/** Python's strftime, as far as templates use it. Unknown directives stay as they are. */
export function templateDate(format: string, startedAt: number | undefined): string {
  const wanted = new Date(startedAt ?? UNDATED);
  const date = Number.isNaN(wanted.getTime()) ? new Date(UNDATED) : wanted;
  const named = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat('en-US', { timeZone: 'UTC', ...options }).format(date);
  const two = (value: number) => String(value).padStart(2, '0');
  const directives: Record<string, () => string> = {
    '%Y': () => String(date.getUTCFullYear()),
    '%m': () => two(date.getUTCMonth() + 1),
    '%d': () => two(date.getUTCDate()),
    '%-d': () => String(date.getUTCDate()),
    '%-m': () => String(date.getUTCMonth() + 1),
    '%e': () => String(date.getUTCDate()).padStart(2, ' '),
    '%y': () => two(date.getUTCFullYear() % 100),
    '%b': () => named({ month: 'short' }),
    '%B': () => named({ month: 'long' }),
    '%a': () => named({ weekday: 'short' }),
    '%A': () => named({ weekday: 'long' }),
    // The day is all that counts: an hour would be the hour of the first message, for ever.
    '%H': () => '00',
    '%M': () => '00',
    '%S': () => '00',
    '%%': () => '%',
  };
  return format.replace(/%-?[A-Za-z%]/g, (directive) => directives[directive]?.() ?? directive);
}
