/** Finds texts that are nearly the same, exactly but without comparing every pair. */

const GRAM = 5;

/** The set of character 5-grams of a text, after lower-casing and folding all white space and punctuation. */
export function grams(text: string): Set<string> {
  const folded = text
    .toLowerCase()
    .replace(/[\p{P}\p{S}\p{Z}\s]+/gu, ' ')
    .trim();
  const chars = [...folded];
  if (chars.length <= GRAM) return new Set([folded]);
  return new Set(chars.slice(0, chars.length - GRAM + 1).map((_, i) => chars.slice(i, i + GRAM).join('')));
}

export function jaccard(a: Set<string>, b: Set<string>): number {
  const shared = a.intersection(b).size;
  return shared / (a.size + b.size - shared);
}

export interface NearDuplicate {
  a: string;
  b: string;
  similarity: number;
}

/**
 * All pairs whose similarity is above the threshold. Two sets that similar must share one of the rarest grams of each
 * (prefix filtering) and be of about the same size, so only texts that do and are get compared.
 */
export function nearDuplicates(items: readonly { id: string; text: string }[], threshold: number): NearDuplicate[] {
  const sets = items.map(({ text }) => grams(text));
  const frequency = new Map<string, number>();
  for (const set of sets) for (const gram of set) frequency.set(gram, (frequency.get(gram) ?? 0) + 1);
  // Each gram's place from rarest to commonest: numbers sort faster than strings.
  const rank = new Map([...frequency].sort(([, a], [, b]) => a - b).map(([gram], place) => [gram, place]));
  const holdersOf = new Map<number, number[]>();
  const found: NearDuplicate[] = [];
  sets.forEach((set, index) => {
    const rarest = Int32Array.from(set, (gram) => rank.get(gram) ?? 0).sort();
    const candidates = new Set<number>();
    for (const gram of rarest.subarray(0, set.size - Math.ceil(threshold * set.size) + 1)) {
      const holders = holdersOf.get(gram) ?? [];
      holders.forEach((other) => candidates.add(other));
      holdersOf.set(gram, [...holders, index]);
    }
    for (const other of candidates) {
      const otherSet = sets[other] as Set<string>;
      if (Math.min(set.size, otherSet.size) < threshold * Math.max(set.size, otherSet.size)) continue;
      const similarity = jaccard(set, otherSet);
      if (similarity > threshold) found.push({ a: items[other]?.id ?? '', b: items[index]?.id ?? '', similarity });
    }
  });
  return found;
}
