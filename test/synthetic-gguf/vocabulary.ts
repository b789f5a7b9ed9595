/** A byte-level vocabulary that takes any text, filled up to the size a shape has. A byte is a token, so texts are long. */

/** llama.cpp's numbers for kinds of tokens. */
const NORMAL = 1;
const CONTROL = 3;
const USER_DEFINED = 4;
const SPECIAL = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

/** ChatML, as the models have it whose shapes are written. */
const TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export interface Vocabulary {
  tokens: string[];
  types: number[];
  merges: string[];
  ids: { end: number; turnEnd: number };
  template: string;
}

/** The number of the first token that is a made-up word. */
export const wordsFrom = (): number => 256 + SPECIAL.length + 1;

/** What a vocabulary has beside its words: markers that are user-defined tokens, at its end, and the template that writes them. */
export interface Dialect {
  markers: readonly string[];
  template: string;
}

const PLAIN: Dialect = { markers: [], template: TEMPLATE };

/** @param size at least 260 and the dialect's markers. @throws RangeError below */
export function vocabularyOf(size: number, { markers, template }: Dialect = PLAIN): Vocabulary {
  const bytes = byteLetters();
  const merged = `${bytes[0x20]!}t`;
  const tokens = [...bytes, ...SPECIAL, merged];
  if (size < tokens.length + markers.length) throw new RangeError(`A vocabulary needs at least ${tokens.length} tokens.`);
  // No text is ever cut into these; the model, knowing nothing, writes them all the time.
  for (let index = tokens.length; index < size - markers.length; index++) tokens.push(`${bytes[0x20]!}w${index}`);
  return { ...vocabularyFrom([...tokens, ...markers], { markers, template }), merges: [`${bytes[0x20]!} t`] };
}

function vocabularyFrom(tokens: string[], { markers, template }: Dialect = PLAIN): Omit<Vocabulary, 'merges'> {
  return {
    tokens,
    types: tokens.map((token) => (SPECIAL.includes(token) ? CONTROL : markers.includes(token) ? USER_DEFINED : NORMAL)),
    ids: { end: tokens.indexOf(SPECIAL[0]!), turnEnd: tokens.indexOf(SPECIAL[2]!) },
    template,
  };
}

/**
 * Bytes, the special tokens, and what is given besides.
 * @param words lower-case words, each of which is one token where it stands behind a space (and may go on: "bomb" in " bombs")
 * @param written texts that a model writes as one token each and that no text is ever cut into, spaces included
 */
export function wordVocabulary(words: readonly string[], written: readonly string[]): Vocabulary {
  const bytes = byteLetters();
  const space = bytes[0x20]!;
  const tokens = [...bytes, ...SPECIAL];
  const known = new Set(tokens);
  const merges: string[] = [];
  // From the left, letter by letter: a merge is known by what it begins with, so no word stands in another's way.
  for (const word of words) {
    for (let length = 1; length <= word.length; length++) {
      const token = `${space}${word.slice(0, length)}`;
      if (known.has(token)) continue;
      known.add(token);
      tokens.push(token);
      merges.push(`${token.slice(0, -1)} ${token.at(-1)!}`);
    }
  }
  tokens.push(...written.map((text) => [...Buffer.from(text)].map((byte) => bytes[byte]!).join('')));
  return { ...vocabularyFrom(tokens), merges };
}

/** The token that a word behind a space is. */
export const wordToken = (word: string): string => `${byteLetters()[0x20]!}${word}`;

/** The letters that byte-level BPE writes bytes with: printable ones as they are, the others from U+0100 on. */
function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : next++);
  });
}
