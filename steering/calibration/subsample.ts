/** `count` of the items, evenly spaced, so that each part of an ordered list is there. */
export function subsample<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, index) => items[Math.floor((index * items.length) / count)]!);
}
