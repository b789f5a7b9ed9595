/** What a prompt file holds: prompts, each perhaps with a right answer, or whole conversations that end with one. */

export interface PromptEntry {
  /** Where it stands in its file, from 1; of several lines the last. */
  line: number;
  /** Empty where the file names none. */
  systemPrompt: string;
  /** Alternating, from the user's to the user's. */
  turns: { role: 'user' | 'assistant'; text: string }[];
  /** What a right reply ends with, where the file says so. */
  answer: string | null;
}

/** An entry, or what is wrong with its line, as the rest of a sentence that begins with "Line 3". */
export type ParsedLine = PromptEntry | { line: number; fault: string; /** Of a ZIP: the file it stands in. */ file?: string };

/** A prompt by itself. */
export function singlePrompt(line: number, text: string): PromptEntry {
  return { line, systemPrompt: '', turns: [{ role: 'user', text }], answer: null };
}

/** The user's last words, which are what is asked. */
export function askedOf({ turns }: Pick<PromptEntry, 'turns'>): string {
  return turns.at(-1)?.text ?? '';
}
