/** Choices that depend on a seed alone. */
/**
 * A number in [0, 1) that is a pure function of the key: FNV-1a over its UTF-16 units, then murmur3's finish, so that
 * keys that differ in one letter end far apart. A draw asks for tens of thousands of them, so this isn't a SHA.
 */
export function unit(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 0x1_0000_0000;
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
