/** A byte-level vocabulary that takes any text, filled up to the size a shape has. A byte is a token, so texts are long. */

/** llama.cpp's numbers for kinds of tokens. */
const NORMAL = 1;
const CONTROL = 3;
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

/** @param size at least 260. @throws RangeError below */
export function vocabularyOf(size: number): Vocabulary {
  const bytes = byteLetters();
  const merged = `${bytes[0x20]!}t`;
  const tokens = [...bytes, ...SPECIAL, merged];
  if (size < tokens.length) throw new RangeError(`A vocabulary needs at least ${tokens.length} tokens.`);
  const special = new Set(SPECIAL);
  // No text is ever cut into these; the model, knowing nothing, writes them all the time.
  for (let index = tokens.length; index < size; index++) tokens.push(`${bytes[0x20]!}w${index}`);
  return {
    tokens,
    types: tokens.map((token) => (special.has(token) ? CONTROL : NORMAL)),
    merges: [`${bytes[0x20]!} t`],
    ids: { end: tokens.indexOf(SPECIAL[0]!), turnEnd: tokens.indexOf(SPECIAL[2]!) },
    template: TEMPLATE,
  };
}

/** The letters that byte-level BPE writes bytes with: printable ones as they are, the others from U+0100 on. */
function byteLetters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : next++);
  });
}
