/** The worker's entry: has the built-in prompts in mind, and says which of them are like a text. */
import { parentPort } from 'node:worker_threads';
import type { NearestPrompts } from '../contract/nearest.ts';
import { loadPromptSets } from '../../steering/prompts/load.ts';
import { SimilarTexts } from './similar-texts.ts';

export interface NearestQuestion {
  id: number;
  text: string;
}
export type NearestAnswer = NearestPrompts & { id: number };

const SHOWN = 3;
/** Below that only words such as "how do I" are shared. */
const LEAST = 0.12;

const { benign, harmful } = loadPromptSets();
// A conversation is like another one for what was said before, which is not compared.
const harmless = benign.filter(({ turns }) => turns === undefined);
const texts = [...harmless, ...harmful].map(({ text }) => text);
const similar = new SimilarTexts(texts);

parentPort!.on('message', ({ id, text }: NearestQuestion) => {
  const nearest = (among: (index: number) => boolean) =>
    similar.find(text, { most: SHOWN, least: LEAST, among }).map(({ index, likeness }) => ({ text: texts[index]!, likeness }));
  const answer: NearestAnswer = { id, harmless: nearest((at) => at < harmless.length), harmful: nearest((at) => at >= harmless.length) };
  parentPort!.postMessage(answer);
});
