/** The linear algebra of calibration. */
export { areaUnderCurve } from './area-under-curve.ts';
export { gradedRead, HarmfulSums } from './graded.ts';
export { quantile, sorted, summarise } from './quantiles.ts';
export {
  type BenignRows,
  BenignSpace,
  GramAccumulator,
  type HarmfulRows,
  type JobOptions,
  type LayerSolution,
  nullSpaceRank,
  scores,
  solveLayer,
  type SolverProgress,
  type SolverStage,
} from './solve.ts';
