/** How much work each budget buys: the sizes of every step, in one place, so that estimates and steps agree. */
import type { Budget } from '../contract/index.ts';
import type { CalibrationSizes } from '../../steering/calibration/calibrate.ts';
import type { PromptLimits } from '../../steering/calibration/prompts.ts';

/** Prompts that the report answers. */
export interface SampleSizes {
  harmful: number;
  /** The admin's own. */
  own: number;
  /** Built-in benign ones that are the most likely to be touched, and others. */
  atRisk: number;
  others: number;
}

export interface BudgetSizes extends CalibrationSizes {
  /** Prompts of the admin that are used at most; more are sampled. */
  mostOwn: number;
  report: SampleSizes;
}

export const BUDGETS: Readonly<Record<Budget, BudgetSizes>> = {
  // A quarter of an hour on two cores, for a model of half a billion parameters and 200 prompts of one's own.
  quick: {
    builtIn: { train: { benign: 410, harmful: 260, pairs: 150 }, validation: { benign: 260, harmful: 130, pairs: 60 } },
    mostOwn: 1000,
    labelled: 96,
    strengthSample: 16,
    bandSample: 16,
    report: { harmful: 24, own: 20, atRisk: 14, others: 8 },
  },
  standard: {
    builtIn: {
      train: { benign: 2000, harmful: 1000, perWrapper: 6, pairs: 700 },
      validation: { benign: 700, harmful: 400, perWrapper: 4, pairs: 200 },
    },
    mostOwn: 4000,
    labelled: 192,
    strengthSample: 40,
    bandSample: 32,
    report: { harmful: 80, own: 40, atRisk: 32, others: 16 },
  },
  thorough: {
    // Each wrapper around more requests than elsewhere: what helps most against wrappers that training never saw.
    builtIn: { train: { perWrapper: 16, pairs: 4000 }, validation: { pairs: 1000 } },
    mostOwn: 12_000,
    labelled: 192,
    strengthSample: 40,
    bandSample: 32,
    report: { harmful: 160, own: 60, atRisk: 48, others: 16 },
  },
};

/** Other sizes than a budget's, for trials of the whole way in little time. */
export interface TrialSizes extends PromptLimits {
  /** At most so many prompts in any sample whose replies are judged after the labels. */
  answered?: number | undefined;
}

/** The sizes of a budget, or of a trial in its place. */
export function sizesOf(budget: Budget, trial?: TrialSizes): BudgetSizes {
  const sizes = BUDGETS[budget];
  if (trial === undefined) return sizes;
  const { answered = Infinity, ...builtIn } = trial;
  const atMost = (count: number) => Math.min(count, answered);
  const { harmful, own, atRisk, others } = sizes.report;
  return {
    ...sizes,
    builtIn,
    strengthSample: atMost(sizes.strengthSample),
    bandSample: atMost(sizes.bandSample),
    report: { harmful: atMost(harmful), own: atMost(own), atRisk: atMost(atRisk), others: atMost(others) },
  };
}
