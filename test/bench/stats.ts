/** Statistics for paired timings: medians, intervals without assumptions about the noise, and what they say about a bar. */

/** The middle value; the mean of the two middle ones where the count is even. @throws RangeError when empty. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A quantile by linear interpolation between order statistics. @param q 0…1 @throws RangeError when empty. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) throw new RangeError('No values.');
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (sorted[Math.min(below + 1, sorted.length - 1)]! - low) * (at - below);
}

export interface MedianEstimate {
  median: number;
  low: number;
  high: number;
  /** Probability that [low, high] covers the true median, for independent values of any distribution. */
  coverage: number;
  n: number;
}

/**
 * The median with its order-statistic interval: the narrowest symmetric pair of order statistics that covers the true
 * median with at least `confidence`. Few values cannot reach that; then it is their whole range, and `coverage` says
 * what that is worth. @throws RangeError when empty.
 */
export function estimateMedian(values: readonly number[], confidence = 0.95): MedianEstimate {
  const n = values.length;
  const sorted = [...values].sort((a, b) => a - b);
  // The k-th lowest and k-th highest (k = 1, 2, …) miss the median with 2·P(Binomial(n, ½) < k). In logarithms, since
  // 2^−n is zero for a few thousand values.
  let log = -n * Math.LN2;
  let outside = 2 * Math.exp(log);
  let k = 1;
  while (k + 1 <= Math.floor((n + 1) / 2)) {
    log += Math.log((n - k + 1) / k);
    const next = outside + 2 * Math.exp(log);
    if (next > 1 - confidence) break;
    outside = next;
    k++;
  }
  return { median: median(sorted), low: sorted[k - 1]!, high: sorted[n - k]!, coverage: Math.max(0, 1 - outside), n };
}

/** Speed of one arm against another in each pair: how long the base took, divided by how long the arm took. */
export function speedRatios(base: readonly number[], arm: readonly number[]): number[] {
  if (base.length !== arm.length) throw new RangeError(`${base.length} and ${arm.length} timings are not pairs.`);
  return base.map((time, index) => time / arm[index]!);
}

/** `pass` and `fail` are certain (the interval lies on one side of the bar); `likely-…` go by the median alone. */
export type Verdict = 'pass' | 'likely-pass' | 'likely-fail' | 'fail';
/** The range of two or three values excludes nothing; that of four covers the median with 87.5 %. */
const ENOUGH_COVERAGE = 0.87;

/** Whether a speed ratio reaches a bar. @param bar the lowest ratio that is good enough */
export function judge(estimate: MedianEstimate, bar: number): Verdict {
  const certain = estimate.coverage >= ENOUGH_COVERAGE;
  if (certain && estimate.low >= bar) return 'pass';
  if (certain && estimate.high < bar) return 'fail';
  return estimate.median >= bar ? 'likely-pass' : 'likely-fail';
}

/** Numbers in 0…1 that look random and are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Orders in which to call `count` arms: shuffled, then the same backwards, shuffled anew, and so on. A drift that lasts
 * two rounds favours an arm in one as much as it hurts it in the other.
 */
export function* mirroredOrders(count: number, random: () => number): Generator<number[], never> {
  for (;;) {
    const order = Array.from({ length: count }, (_, index) => index);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    yield order;
    yield [...order].reverse();
  }
}
