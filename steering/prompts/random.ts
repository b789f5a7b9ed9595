/** Choices that depend on a seed alone. */
import { createHash } from 'node:crypto';

/** A number in [0, 1) that is a pure function of the key. */
export function unit(key: string): number {
  return createHash('sha256').update(key).digest().readUInt32BE(0) / 0x1_0000_0000;
}

/** The items in an order that depends on the seed and on each item's key, not on the order they came in. */
export function shuffled<T>(items: readonly T[], seed: string, keyOf: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, rank: unit(`${seed}|${keyOf(item)}`), key: keyOf(item) }))
    .sort((a, b) => a.rank - b.rank || (a.key < b.key ? -1 : 1))
    .map(({ item }) => item);
}

/**
 * At most `count` items, taken in turn from each stratum, so that every stratum is met before any is met twice (again).
 * With fewer places than strata, some strata go without.
 */
export function stratified<T>(
  items: readonly T[],
  count: number,
  seed: string,
  keyOf: (item: T) => string,
  stratumOf: (item: T) => string,
): T[] {
  const strata = new Map<string, T[]>();
  for (const item of shuffled(items, seed, keyOf)) {
    const stratum = stratumOf(item);
    const members = strata.get(stratum);
    if (members === undefined) strata.set(stratum, [item]);
    else members.push(item);
  }
  const queues = [...strata.values()];
  const taken: T[] = [];
  for (let round = 0; taken.length < count; round += 1) {
    const before = taken.length;
    for (const queue of queues) {
      const item = queue[round];
      if (item !== undefined && taken.length < count) taken.push(item);
    }
    if (taken.length === before) break;
  }
  return taken;
}
