/** How much each English word tells a harmful request from a harmless one, by the built-in prompts. */
import { loadPromptSets } from '../../steering/prompts/index.ts';

/** A word in fewer prompts than this tells nothing. */
const LEAST_PROMPTS = 4;
/** Of each side. */
const MOST_WORDS = 250;
/** Log-odds at which a word says all that a word can. */
const SURE = 2.5;

/** Lower-case words and their scores, −1 (harmless) … 1 (harmful). */
export function wordScores(): ReadonlyMap<string, number> {
  const { harmful, benign } = loadPromptSets();
  const counts = new Map<string, { harmful: number; benign: number }>();
  const count = (texts: readonly string[], side: 'harmful' | 'benign') => {
    for (const text of texts) {
      for (const word of new Set(text.match(/(?<= )[a-z]{3,}/g))) {
        const of = counts.get(word) ?? { harmful: 0, benign: 0 };
        of[side]++;
        counts.set(word, of);
      }
    }
  };
  count(textsOf(harmful), 'harmful');
  count(textsOf(benign), 'benign');
  const share = (number: number, all: number) => (number + 0.5) / (all + 1);
  const scored = [...counts]
    .filter(([, of]) => of.harmful + of.benign >= LEAST_PROMPTS)
    .map(([word, of]): [string, number] => {
      const odds = Math.log(share(of.harmful, harmful.length) / share(of.benign, benign.length));
      return [word, Math.max(-1, Math.min(1, odds / SURE))];
    })
    .sort(([first, a], [second, b]) => b - a || (first < second ? -1 : 1));
  return new Map([...scored.slice(0, MOST_WORDS), ...scored.slice(-MOST_WORDS)]);
}

const textsOf = (prompts: readonly { text: string; language: string }[]) =>
  prompts.filter(({ language }) => language === 'en').map(({ text }) => text);
