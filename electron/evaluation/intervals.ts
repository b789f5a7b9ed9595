/** Intervals for shares: Wilson's for one share, Newcombe's for the difference of two on the same prompts, McNemar's exact test. */

/** The 97.5 % quantile of the normal distribution: 95 % intervals. */
const Z = 1.959963984540054;

export type Interval = [low: number, high: number];

/** Wilson's 95 % interval of `count` among `n`, as shares. Nothing is known of nothing: 0…1. */
export function wilson(count: number, n: number): Interval {
  if (n === 0) return [0, 1];
  const share = count / n;
  const z2 = Z * Z;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (Z / (1 + z2 / n)) * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n));
  // At the ends the formula is exact; rounding is not.
  return [count === 0 ? 0 : Math.max(0, centre - half), count === n ? 1 : Math.min(1, centre + half)];
}

/** Two yes-or-no outcomes of each prompt, counted. */
export interface Pairs {
  both: number;
  /** Only the second arm's. */
  gained: number;
  /** Only the first arm's. */
  lost: number;
  neither: number;
}

export interface PairedDifference {
  /** Share in the second arm minus share in the first. */
  difference: number;
  /** Newcombe's hybrid score interval for paired shares, 95 %. */
  interval: Interval;
  /** McNemar's exact test, two-sided. */
  pValue: number;
}

export function pairedDifference({ both, gained, lost, neither }: Pairs): PairedDifference {
  const n = both + gained + lost + neither;
  if (n === 0) return { difference: 0, interval: [-1, 1], pValue: 1 };
  const [second, first] = [both + gained, both + lost];
  const difference = (second - first) / n;
  const [l2, u2] = wilson(second, n);
  const [l1, u1] = wilson(first, n);
  const [p2, p1] = [second / n, first / n];
  const margins = second * (n - second) * first * (n - first);
  const product = both * neither - gained * lost;
  // Newcombe's correction of continuity for agreement.
  const corrected = product > n / 2 ? product - n / 2 : product >= 0 ? 0 : product;
  const phi = margins === 0 ? 0 : corrected / Math.sqrt(margins);
  const spread = (a: number, b: number) => Math.sqrt(Math.max(0, a * a - 2 * phi * a * b + b * b));
  return {
    difference,
    interval: [Math.max(-1, difference - spread(p2 - l2, u1 - p1)), Math.min(1, difference + spread(u2 - p2, p1 - l1))],
    pValue: mcnemar(gained, lost),
  };
}

/** Two-sided exact binomial test that `gained` and `lost` are equally likely. */
export function mcnemar(gained: number, lost: number): number {
  const n = gained + lost;
  const least = Math.min(gained, lost);
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= least; k++) {
    sum += Math.exp(logChoose - n * Math.LN2);
    logChoose += Math.log(n - k) - Math.log(k + 1);
  }
  return Math.min(1, 2 * sum);
}
