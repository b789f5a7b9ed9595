/** A conversation's title, until a person gives it another. */
const MAX_TITLE = 60;

/** The first line that says something, cut at a word. */
export function titleFrom(text: string): string {
  const line = text.split('\n').find((candidate) => candidate.trim() !== '') ?? '';
  const clean = line
    .replace(/[#*`>_~]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  if (clean === '') return 'New chat';
  const characters = [...clean];
  if (characters.length <= MAX_TITLE) return clean;
  const cut = characters.slice(0, MAX_TITLE).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > MAX_TITLE / 2 ? cut.slice(0, space) : cut}…`;
}
