/**
 * Texts that say what another one says in like words: cosine of words and of runs of three letters, each weighted by how rare it is
 * (tf-idf). Runs of letters see endings, compounds and languages without spaces between words.
 */

/** A text that was found, by its index among those that were added. */
export interface Similar {
  index: number;
  /** 0…1 */
  likeness: number;
}

const RUN = 3;

export class SimilarTexts {
  /** For each feature the texts that have it, and how often. */
  readonly #postings = new Map<string, { index: number; count: number }[]>();
  readonly #lengths: number[];
  readonly #count: number;

  constructor(texts: readonly string[]) {
    this.#count = texts.length;
    texts.forEach((text, index) => {
      for (const [feature, count] of features(text)) {
        const postings = this.#postings.get(feature);
        if (postings === undefined) this.#postings.set(feature, [{ index, count }]);
        else postings.push({ index, count });
      }
    });
    const squares = new Array<number>(texts.length).fill(0);
    for (const postings of this.#postings.values()) {
      const rare = this.#rarity(postings.length);
      for (const { index, count } of postings) squares[index]! += weight(count, rare) ** 2;
    }
    this.#lengths = squares.map(Math.sqrt);
  }

  /** The likest texts first, none less like than `least`. */
  find(text: string, { most, least, among }: { most: number; least: number; among: (index: number) => boolean }): Similar[] {
    const dots = new Map<number, number>();
    let square = 0;
    for (const [feature, count] of features(text)) {
      const postings = this.#postings.get(feature) ?? [];
      const rare = this.#rarity(postings.length);
      const own = weight(count, rare);
      square += own ** 2;
      for (const posting of postings) {
        if (among(posting.index)) dots.set(posting.index, (dots.get(posting.index) ?? 0) + own * weight(posting.count, rare));
      }
    }
    const length = Math.sqrt(square);
    return [...dots]
      .map(([index, dot]) => ({ index, likeness: Math.min(1, dot / (length * this.#lengths[index]!)) }))
      .filter(({ likeness }) => likeness >= least)
      .sort((a, b) => b.likeness - a.likeness || a.index - b.index)
      .slice(0, most);
  }

  #rarity(texts: number): number {
    return Math.log((1 + this.#count) / (1 + texts)) + 1;
  }
}

const weight = (count: number, rarity: number) => (1 + Math.log(count)) * rarity;

function features(text: string): Map<string, number> {
  const found = new Map<string, number>();
  const add = (feature: string) => found.set(feature, (found.get(feature) ?? 0) + 1);
  for (const [word] of text
    .normalize('NFKC')
    .toLowerCase()
    .matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    add(word);
    const letters = [...` ${word} `];
    for (let at = 0; at + RUN <= letters.length; at++) add(`~${letters.slice(at, at + RUN).join('')}`);
  }
  return found;
}
