/** Axes for the charts: from numbers to places on the screen, and round marks between. */

/** A linear scale from `domain` to `range` (pixels). A domain of no width maps to the middle of the range. */
export interface Scale {
  (value: number): number;
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
}

export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const [d0, d1] = domain;
  const [r0, r1] = range;
  const width = d1 - d0;
  const scale = (value: number) => (width === 0 ? (r0 + r1) / 2 : r0 + ((value - d0) / width) * (r1 - r0));
  return Object.assign(scale, { domain, range });
}

/** Smallest and largest finite number; [0, 1] where there is none. */
export function extent(values: Iterable<number | null>): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 1];
}

/** Round numbers (1, 2 or 5 times a power of ten) inside [low, high], about `count` of them, ascending. */
export function ticks(low: number, high: number, count: number): number[] {
  const step = tickStep(low, high, count);
  if (step === 0) return [low];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // Rounded, so that 0.1 + 0.2 is written as 0.3.
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

/** The distance between two marks of `ticks`; 0 for an interval of no width. */
export function tickStep(low: number, high: number, count: number): number {
  const raw = (high - low) / Math.max(1, count);
  if (!(raw > 0) || !Number.isFinite(raw)) return 0;
  const power = 10 ** Math.floor(Math.log10(raw));
  const ratio = raw / power;
  return power * (ratio > 7.07 ? 10 : ratio > 3.16 ? 5 : ratio > 1.41 ? 2 : 1);
}

/** The domain widened to whole marks, so that the top line of a chart carries a number. */
export function niceDomain(low: number, high: number, count: number): [number, number] {
  if (low === high) return low === 0 ? [0, 1] : low > 0 ? [0, low * 1.25] : [low * 1.25, 0];
  const step = tickStep(low, high, count);
  const round = (value: number) => Number((value * step).toPrecision(12));
  return [round(Math.floor(low / step + 1e-9)), round(Math.ceil(high / step - 1e-9))];
}

/** A number with as many digits as its size needs: `1,234`, `12.5`, `−0.043`, `1.2e-7`. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size < 1e-4) return value.toExponential(1);
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en', { maximumFractionDigits: digits }).replace('-', '−');
}

/** A share 0…1 as per cent: `98 %`, `0.4 %`. */
export function formatShare(share: number): string {
  const percent = share * 100;
  const digits = percent > 0 && percent < 10 && percent % 1 !== 0 ? 1 : percent > 99 && percent < 100 ? 1 : 0;
  return `${percent.toFixed(digits)} %`;
}

/** Milliseconds since the epoch as a short day: `3 Nov`, with the year where the span covers several. */
export function formatDay(ms: number, withYear = false): string {
  return new Date(ms).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...(withYear ? { year: 'numeric' } : {}) });
}

/** The indexes 0, n, 2n … of `length` things, with the smallest n that leaves at most `count`. */
export function everyNth(length: number, count: number): number[] {
  const step = Math.max(1, Math.ceil(length / Math.max(1, count)));
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
}
