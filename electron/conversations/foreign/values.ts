/** Values of files that nobody here wrote: what is not as it should be counts as not there. */

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
export const fields = (value: unknown): Fields => (isFields(value) ? value : {});
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
export const idOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= 200 ? value : typeof value === 'number' ? String(value) : null;

/** Numbers below this are seconds: in milliseconds it is a day in 1973. */
const SECONDS_BELOW = 1e11;

/** A time in milliseconds since the epoch, from seconds, milliseconds or an ISO date; null for none. Whether it can be is checked later. */
export function time(value: unknown): number | null {
  if (typeof value === 'string') {
    const parsed = Date.parse(value);
    return Number.isNaN(parsed) || parsed < 0 ? null : parsed;
  }
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) return null;
  return Math.floor(value < SECONDS_BELOW ? value * 1000 : value);
}
