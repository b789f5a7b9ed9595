/** How the waiting evaluations of several sequences share a batch. */
import type { CustomBatchingPrioritizationStrategy, PrioritizedBatchItem } from 'node-llama-cpp';

/**
 * Whole prompts only, first come first served. Steering adds to the rows of the batch that holds a prompt's last token, so
 * a prompt is cut only where it is longer than a batch by itself, never because others share the batch: that would make
 * what is steered depend on the company. The first in line is always taken, so nothing waits for ever.
 */
export const wholePrompts: CustomBatchingPrioritizationStrategy = ({ items, size }) => {
  const chosen: PrioritizedBatchItem[] = [];
  let left = size;
  for (const item of items) {
    const whole = item.tokens.length <= left;
    if (!whole && chosen.length > 0) continue;
    const processAmount = Math.min(item.tokens.length, left);
    chosen.push({ item, processAmount });
    left -= processAmount;
    if (left === 0) break;
  }
  return chosen;
};
