/** What a person should know of prompts before they are used: languages, near duplicates, and what looks harmful. */
import { SHOWN_PROMPT_LENGTH, type PromptPreview } from '../../contract/index.ts';
import { Slices } from '../slices.ts';
import { HarmfulLookingPrompts } from './harm.ts';
import { LanguageMix } from './languages.ts';
import { NearDuplicateFinder } from './near-duplicates.ts';

export type PromptAnalysis = Pick<PromptPreview, 'languages' | 'nearDuplicates' | 'harmful'>;

/** Takes prompts one by one, in slices, so that the app keeps answering. */
export class PromptAnalyser {
  readonly #slices: Slices;
  readonly #languages = new LanguageMix();
  readonly #duplicates = new NearDuplicateFinder();
  readonly #harmful = new HarmfulLookingPrompts();

  constructor(signal?: AbortSignal) {
    this.#slices = new Slices(signal);
  }

  /** @throws SteadyError `cancelled` by the signal */
  async add(prompt: string): Promise<void> {
    if (this.#slices.isOver) await this.#slices.pause();
    this.#languages.add(prompt);
    this.#duplicates.add(prompt);
    this.#harmful.add(prompt);
  }

  async finish(): Promise<PromptAnalysis> {
    const languages = await this.#languages.finish(async () => {
      if (this.#slices.isOver) await this.#slices.pause();
    });
    const { prompts, groups } = this.#duplicates.finish();
    const harmful = this.#harmful.finish();
    return {
      languages,
      nearDuplicates: { prompts, groups: groups.map((group) => group.map(shown)) },
      harmful: { count: harmful.count, prompts: harmful.prompts.map(({ text, score }) => ({ text: shown(text), score })) },
    };
  }
}

export async function analysePrompts(prompts: readonly string[], signal?: AbortSignal): Promise<PromptAnalysis> {
  const analyser = new PromptAnalyser(signal);
  for (const prompt of prompts) await analyser.add(prompt);
  return analyser.finish();
}

const shown = (text: string): string => (text.length <= SHOWN_PROMPT_LENGTH ? text : text.slice(0, SHOWN_PROMPT_LENGTH).toWellFormed());
