/** Lengths of time, in words. */

const words = (value: number, unit: 'minute' | 'hour') =>
  new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 }).format(value);

/** Rounded to what a person who waits needs to know: "less than a minute", "12 minutes", "3 hours". */
export function inWords(seconds: number): string {
  if (seconds < 60) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? words(minutes, 'minute') : words(minutes / 60, 'hour');
}
