/** The refusal direction. */
import { SteeringError } from '../../errors.ts';

/**
 * r = mean(rows of refused prompts) − mean(rows of answered ones), so that +r points to refusal.
 * @param rows [n × d] flat, @param refused one flag a row
 * @returns r [d]
 * @throws SteeringError `calibration-failed` when either side is empty
 */
export function refusalDirection(rows: Float32Array, refused: readonly boolean[], d: number): Float32Array {
  const sums = [new Float64Array(d), new Float64Array(d)] as const;
  const counts = [0, 0];
  refused.forEach((flag, row) => {
    const side = flag ? 1 : 0;
    counts[side]!++;
    const sum = sums[side]!;
    for (let i = 0; i < d; i++) sum[i]! += rows[row * d + i]!;
  });
  if (counts[0] === 0 || counts[1] === 0) {
    throw new SteeringError('calibration-failed', 'The refusal direction needs prompts that were refused and prompts that were answered.');
  }
  return Float32Array.from({ length: d }, (_, i) => sums[1][i]! / counts[1]! - sums[0][i]! / counts[0]!);
}
