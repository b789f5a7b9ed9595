/** Ways to write a request so that a filter of words would miss it. Pure functions; letters beyond a–z stay as they are. */
import type { EncodingName } from './records.ts';

const MORSE: Record<string, string> = {
  a: '.-',
  b: '-...',
  c: '-.-.',
  d: '-..',
  e: '.',
  f: '..-.',
  g: '--.',
  h: '....',
  i: '..',
  j: '.---',
  k: '-.-',
  l: '.-..',
  m: '--',
  n: '-.',
  o: '---',
  p: '.--.',
  q: '--.-',
  r: '.-.',
  s: '...',
  t: '-',
  u: '..-',
  v: '...-',
  w: '.--',
  x: '-..-',
  y: '-.--',
  z: '--..',
  '0': '-----',
  '1': '.----',
  '2': '..---',
  '3': '...--',
  '4': '....-',
  '5': '.....',
  '6': '-....',
  '7': '--...',
  '8': '---..',
  '9': '----.',
};
const LEET: Record<string, string> = { a: '4', e: '3', i: '1', o: '0', s: '5', t: '7', l: '1', g: '9' };

/** Moves a–z and A–Z within their alphabet; everything else stays. */
function mapLetters(text: string, move: (position: number) => number): string {
  return text.replace(/[a-z]/gi, (letter) => {
    const base = letter < 'a' ? 65 : 97;
    return String.fromCharCode(base + move(letter.charCodeAt(0) - base));
  });
}

/** Swaps two inner letters of every second word of five letters or more. */
function misspell(text: string): string {
  let long = 0;
  return text.replace(/[a-z]{5,}/gi, (word) => {
    long += 1;
    if (long % 2 === 0) return word;
    const at = Math.max(1, Math.floor(word.length / 2) - 1);
    return `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
  });
}

/** Puts a stray mark inside each word of five letters or more. */
function specks(text: string): string {
  const marks = ['*', '~', '^', '`'];
  let long = 0;
  return text.replace(/[a-z]{5,}/gi, (word) => {
    const at = 2 + (long % (word.length - 3));
    long += 1;
    return `${word.slice(0, at)}${marks[long % marks.length]}${word.slice(at)}`;
  });
}

function pigLatin(text: string): string {
  return text.replace(/[a-z]+/gi, (word) => {
    const start = /^[^aeiouy]+(?=.)|^y/i.exec(word)?.[0] ?? '';
    if (start === '') return `${word}way`;
    const moved = `${word.slice(start.length)}${start.toLowerCase()}ay`;
    return word[0] === word[0]?.toUpperCase() ? `${moved[0]?.toUpperCase()}${moved.slice(1)}` : moved;
  });
}

const ENCODERS: Record<EncodingName, (text: string) => string> = {
  base64: (text) => Buffer.from(text, 'utf8').toString('base64'),
  hex: (text) => (Buffer.from(text, 'utf8').toString('hex').match(/../g) ?? []).join(' '),
  rot13: (text) => mapLetters(text, (p) => (p + 13) % 26),
  caesar3: (text) => mapLetters(text, (p) => (p + 3) % 26),
  atbash: (text) => mapLetters(text, (p) => 25 - p),
  morse: (text) =>
    text
      .toLowerCase()
      .split(/\s+/)
      .map((word) =>
        [...word]
          .map((c) => MORSE[c] ?? '')
          .filter((c) => c !== '')
          .join(' '),
      )
      .filter((word) => word !== '')
      .join(' / '),
  charcodes: (text) => [...text].map((c) => String(c.codePointAt(0))).join(' '),
  leet: (text) => text.replace(/[a-z]/gi, (c) => LEET[c.toLowerCase()] ?? c),
  reversed: (text) => [...text].reverse().join(''),
  wordsreversed: (text) => text.split(' ').reverse().join(' '),
  spaced: (text) =>
    text
      .split(' ')
      .map((word) => [...word].join(' '))
      .join('   '),
  dashed: (text) =>
    text
      .split(' ')
      .map((word) => [...word].join('-'))
      .join(' '),
  misspell,
  vowelless: (text) => text.replace(/(?<=[a-z])[aeiou](?=[a-z])/gi, ''),
  piglatin: pigLatin,
  alternating: (text) => [...text].map((c, i) => (i % 2 === 0 ? c.toLowerCase() : c.toUpperCase())).join(''),
  specks,
};

/** The request in the named encoding; as it is where there is none. */
export function encode(text: string, name: EncodingName | undefined): string {
  return name === undefined ? text : ENCODERS[name](text);
}
