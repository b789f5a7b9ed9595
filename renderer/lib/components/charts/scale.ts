/** Axes for the charts: from numbers to places on the screen, and round marks between. */
import { scaleLinear, type ScaleLinear } from 'd3-scale';

/** A linear scale from its domain to its range (pixels). A domain of no width maps to the middle of the range. */
export type Scale = ScaleLinear<number, number>;

export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  return scaleLinear(domain, range);
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

/** Round numbers (1, 2 or 5 times a power of ten) inside [low, high], about `count` of them, ascending; at least one. */
export function ticks(low: number, high: number, count: number): number[] {
  const marks = scaleLinear([low, high], [0, 1]).ticks(count);
  return marks.length === 0 ? [low] : marks;
}

/** The domain widened to whole marks, so that the top line of a chart carries a number. */
export function niceDomain(low: number, high: number, count: number): [number, number] {
  if (low === high) return low === 0 ? [0, 1] : low > 0 ? [0, low * 1.25] : [low * 1.25, 0];
  const [from = low, to = high] = scaleLinear([low, high], [0, 1]).nice(count).domain();
  return [from, to];
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

/** The indexes 0, n, 2n … of `length` things, with the smallest n that leaves at most `count`. */
export function everyNth(length: number, count: number): number[] {
  const step = Math.max(1, Math.ceil(length / Math.max(1, count)));
  return Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
}
