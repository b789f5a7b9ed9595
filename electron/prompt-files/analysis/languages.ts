/** Which languages prompts are in. */

/** Prompts that are looked at, evenly many of the first ones; shares of more would be no different. */
const MOST_PROMPTS = 5000;
const LOOKED_AT = 400;
/** What is named; the rest is one. */
const MOST_LANGUAGES = 8;

interface LanguageShare {
  /** BCP 47; null: too short to tell, or one of the rarer. */
  language: string | null;
  prompts: number;
}

export class LanguageMix {
  readonly #texts: string[] = [];

  add(text: string): void {
    if (this.#texts.length < MOST_PROMPTS) this.#texts.push(text.slice(0, LOOKED_AT));
  }

  /** The most frequent first, among those that were looked at. */
  async finish(pause: () => Promise<void>): Promise<LanguageShare[]> {
    // A megabyte of n-grams: loaded when the first file comes.
    const { eld } = await import('eld/extrasmall');
    const counts = new Map<string | null, number>();
    for (const text of this.#texts) {
      await pause();
      const result = eld.detect(text);
      const language = result.language !== '' && result.isReliable() ? result.language : null;
      counts.set(language, (counts.get(language) ?? 0) + 1);
    }
    const named = [...counts].flatMap(([language, prompts]) => (language === null ? [] : [{ language, prompts }]));
    named.sort((a, b) => b.prompts - a.prompts);
    const others = (counts.get(null) ?? 0) + named.slice(MOST_LANGUAGES).reduce((sum, { prompts }) => sum + prompts, 0);
    return [...named.slice(0, MOST_LANGUAGES), ...(others === 0 ? [] : [{ language: null, prompts: others }])];
  }
}
