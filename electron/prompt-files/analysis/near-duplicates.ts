/**
 * Prompts that differ in little: capital letters, punctuation, a word. MinHash (Broder 1997) over runs of four characters, with
 * signatures cut into bands: what agrees in one band is compared.
 */

/** Prompts that are compared; the first ones of longer files. */
const MOST_PROMPTS = 20_000;
const LOOKED_AT = 600;
const SHINGLE = 4;
const BANDS = 6;
const ROWS = 3;
/** Prompts of one bucket that are compared with each other, so that a file of one phrase costs no square. */
const MOST_IN_BUCKET = 20;
/** So alike (Jaccard, estimated) are near duplicates. */
const ALIKE = 0.75;
const SHOWN_GROUPS = 20;
const SHOWN_IN_GROUP = 5;

interface NearDuplicates {
  /** Prompts that another one before them is like. */
  prompts: number;
  /** The largest groups, each with some of its prompts. */
  groups: string[][];
}

export class NearDuplicateFinder {
  readonly #texts: string[] = [];
  readonly #signatures: Uint32Array[] = [];
  readonly #buckets = new Map<string, number[]>();
  /** Union-find: whose group a prompt is in. */
  readonly #parents: number[] = [];

  add(text: string): void {
    if (this.#texts.length >= MOST_PROMPTS) return;
    const index = this.#texts.length;
    const signature = signatureOf(text);
    this.#texts.push(text);
    this.#signatures.push(signature);
    this.#parents.push(index);
    for (let band = 0; band < BANDS; band++) {
      const key = `${band}:${signature.subarray(band * ROWS, band * ROWS + ROWS).join('.')}`;
      const bucket = this.#buckets.get(key);
      if (bucket === undefined) this.#buckets.set(key, [index]);
      else {
        for (const other of bucket) if (this.#root(other) !== this.#root(index) && this.#alike(other, index)) this.#join(other, index);
        if (bucket.length < MOST_IN_BUCKET) bucket.push(index);
      }
    }
  }

  finish(): NearDuplicates {
    const groups = new Map<number, number[]>();
    for (let index = 0; index < this.#parents.length; index++) {
      const root = this.#root(index);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [index]);
      else group.push(index);
    }
    const several = [...groups.values()].filter(({ length }) => length > 1).sort((a, b) => b.length - a.length);
    return {
      prompts: several.reduce((sum, { length }) => sum + length - 1, 0),
      groups: several.slice(0, SHOWN_GROUPS).map((group) => group.slice(0, SHOWN_IN_GROUP).map((index) => this.#texts[index]!)),
    };
  }

  #alike(a: number, b: number): boolean {
    const [one, other] = [this.#signatures[a]!, this.#signatures[b]!];
    let same = 0;
    for (let at = 0; at < one.length; at++) if (one[at] === other[at]) same++;
    return same >= ALIKE * one.length;
  }

  #root(index: number): number {
    let root = index;
    while (this.#parents[root] !== root) {
      this.#parents[root] = this.#parents[this.#parents[root]!]!;
      root = this.#parents[root]!;
    }
    return root;
  }

  #join(a: number, b: number): void {
    const [one, other] = [this.#root(a), this.#root(b)];
    this.#parents[Math.max(one, other)] = Math.min(one, other);
  }
}

function signatureOf(text: string): Uint32Array {
  const plain = text
    .slice(0, LOOKED_AT)
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}\s]+/gu, ' ')
    .trim();
  const signature = new Uint32Array(BANDS * ROWS).fill(0xffff_ffff);
  for (let at = 0; at === 0 || at + SHINGLE <= plain.length; at++) {
    // FNV-1a of the run, then one multiplication for each hash.
    let hash = 0x811c_9dc5;
    for (let step = at; step < Math.min(at + SHINGLE, plain.length); step++) hash = Math.imul(hash ^ plain.charCodeAt(step), 0x0100_0193);
    for (let row = 0; row < signature.length; row++) {
      let mixed = Math.imul(hash ^ Math.imul(row + 1, 0x9e37_79b1), 0x85eb_ca6b);
      mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35) >>> 0;
      mixed = (mixed ^ (mixed >>> 16)) >>> 0;
      if (mixed < signature[row]!) signature[row] = mixed;
    }
  }
  return signature;
}
