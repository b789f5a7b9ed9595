/**
 * Which prompts look harmful by their words: naive Bayes over words and pairs of words, learnt from the built-in prompts, harmful
 * against harmless, among them those that only sound dangerous. It takes no model and no time, and it is a hint to look, no verdict.
 */
import { loadPromptSets, type PromptSets } from '../../../steering/prompts/index.ts';

const LOOKED_AT = 1000;
/** Words that one prompt is judged by: long texts are not more harmful for their length. */
const MOST_FEATURES = 60;
/** Smoothing of counts. */
const ALPHA = 0.5;
const SHOWN = 50;
/** From this score on a prompt is shown: learnt from half of the built-in prompts, 23 of 1,000 harmless ones of the other half reach it. */
const LOOKS_HARMFUL = 0.9;

interface HarmfulLooking {
  text: string;
  /** 0…1: how much the words are those of harmful prompts. */
  score: number;
}

export class WordJudge {
  readonly #weights = new Map<string, number>();
  readonly #prior: number;

  /** @param sets the built-in prompts, or some of them */
  constructor({ benign, harmful }: Pick<PromptSets, 'benign' | 'harmful'>) {
    const [good, bad] = [countFeatures(benign.map(({ text }) => text)), countFeatures(harmful.map(({ text }) => text))];
    const [ofGood, ofBad] = [benign.length + 2 * ALPHA, harmful.length + 2 * ALPHA];
    for (const feature of new Set([...good.keys(), ...bad.keys()])) {
      const [inGood, inBad] = [good.get(feature) ?? 0, bad.get(feature) ?? 0];
      if (inGood + inBad > 1) this.#weights.set(feature, Math.log((inBad + ALPHA) / ofBad) - Math.log((inGood + ALPHA) / ofGood));
    }
    // A file of prompts that must be answered holds few harmful ones.
    this.#prior = Math.log(0.05 / 0.95);
  }

  /** 0…1 */
  score(text: string): number {
    const known = featuresOf(text).flatMap((feature) => this.#weights.get(feature) ?? []);
    // The words that say most; pairs repeat what words said, hence the half.
    const sum = known
      .sort((a, b) => Math.abs(b) - Math.abs(a))
      .slice(0, MOST_FEATURES)
      .reduce((total, weight) => total + weight, 0);
    return 1 / (1 + Math.exp(-(this.#prior + 0.5 * sum)));
  }
}

let builtIn: WordJudge | null = null;

/** Of the built-in prompts, learnt once. @throws SteeringError `bad-input` where they are missing from the installation */
export function wordJudge(): WordJudge {
  builtIn ??= new WordJudge(loadPromptSets());
  return builtIn;
}

/** The most harmful-looking prompts of a file, in bounded memory. */
export class HarmfulLookingPrompts {
  readonly #judge: WordJudge;
  #worst: HarmfulLooking[] = [];
  #count = 0;

  constructor(judge: WordJudge = wordJudge()) {
    this.#judge = judge;
  }

  add(text: string): void {
    const score = this.#judge.score(text);
    if (score < LOOKS_HARMFUL) return;
    this.#count++;
    this.#worst.push({ text, score });
    if (this.#worst.length > 4 * SHOWN) this.#worst = sorted(this.#worst);
  }

  /** The most harmful first; at most 50 of `count`. */
  finish(): { prompts: HarmfulLooking[]; count: number } {
    return { prompts: sorted(this.#worst), count: this.#count };
  }
}

const sorted = (prompts: readonly HarmfulLooking[]) => [...prompts].sort((a, b) => b.score - a.score).slice(0, SHOWN);

function countFeatures(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) for (const feature of featuresOf(text)) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return counts;
}

/** Each once. Scripts without spaces count by pairs of characters. */
function featuresOf(text: string): string[] {
  const words = text
    .slice(0, LOOKED_AT)
    .normalize('NFKC')
    .toLowerCase()
    .match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{N}'’]+/gu);
  if (words === null) return [];
  return [...new Set([...words, ...words.slice(1).map((word, at) => `${words[at]} ${word}`)])];
}
