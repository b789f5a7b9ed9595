/** Text as it is typed in a hurry: neighbouring letters swapped, doubled or left out. */
import { unit } from '../random.ts';

/** One word in so many is hit. */
const EVERY = 5;
/** Shorter words stay: a slip in them makes another word. */
const LEAST = 5;

/** @param seed decides which words are hit, and how */
export function misspelt(text: string, seed: string): string {
  return text.replace(/[A-Za-z]+/g, (word, offset: number) => {
    const draw = (what: string) => unit(`${seed}|${what}|${offset}`);
    if (word.length < LEAST || draw('hit') >= 1 / EVERY) return word;
    // Never the first letter: it carries most of the word.
    const at = 1 + Math.floor(draw('where') * (word.length - 2));
    const kind = draw('how');
    if (kind < 0.4) return word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2);
    if (kind < 0.7) return word.slice(0, at) + word.slice(at + 1);
    return word.slice(0, at) + word[at] + word.slice(at);
  });
}
