/** What an empty chat suggests: what the default model answers well at its recommended sampling, see `npm run trials -- starters`. */
export const STARTERS: readonly (readonly [verb: string, prompt: string])[] = [
  ['Code', 'Write a Python function that counts the words in a text file.'],
  ['Cook', 'Suggest five simple dinners that take less than 30 minutes.'],
  ['Write', 'Write a short thank-you note to a neighbour who watered my plants.'],
  ['Review', 'What should I look for when I review a pull request?'],
];
