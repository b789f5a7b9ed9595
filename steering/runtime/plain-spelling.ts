/**
 * A request without the characters that hide it: look-alike letters of another script, invisible characters, full-width and mathematical
 * forms, digits for letters, letters spaced apart. A model knows what is meant, but its rows are those of other tokens, and no
 * probe was fitted to them. So a text that reads otherwise without its disguise is read that way as well.
 *
 * Whatever is changed here is only ever read, never answered: an honest text that happens to change loses nothing.
 */

/** The text as it reads in plain letters; the same string where nothing was hidden. Takes time in proportion to its length. */
export function plainSpelling(text: string): string {
  let plain = text.replace(INVISIBLE, '').replace(JOINERS, '').replace(OVERLAYS, '').replace(COMPATIBILITY_FORMS, withoutForm);
  plain = sameScript(plain);
  plain = plain.replace(WITH_DIGITS, lettersForDigits);
  return plain.replace(SPACED, (run) => run.replace(SEPARATORS, ''));
}

/** Soft hyphen, zero-width spaces and marks, word joiners, tags. */
const INVISIBLE = /[\u00AD\u034F\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF\u{E0000}-\u{E007F}]/gu;
/** Persian, Hindi and emoji need joiners; between these letters they only break a word. */
const JOINERS =
  /(?<=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])[\u200C\u200D]+(?=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])/gu;
/** Strokes over letters and rings around them; accents stay. */
const OVERLAYS = /[\u0334-\u0338\u20D0-\u20E4]/g;
/** Letters and digits of full width, mathematical, circled, and small capitals. */
const COMPATIBILITY_FORMS =
  /[\uFF10-\uFF19\uFF21-\uFF3A\uFF41-\uFF5A\u{1D400}-\u{1D7FF}\u24B6-\u24E9\u{1F130}-\u{1F149}\u2102-\u2134ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ]/gu;

const SMALL_CAPITALS = new Map([...'ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ'].map((letter, at) => [letter, 'abcdefghijklmnopqrstuvwyz'[at]!]));

/** Unicode's own compatibility form, where the letter has one. */
function withoutForm(letter: string): string {
  const small = SMALL_CAPITALS.get(letter);
  if (small !== undefined) return small;
  const squared = letter.codePointAt(0)! - 0x1f130;
  return squared >= 0 && squared < 26 ? String.fromCharCode(65 + squared) : letter.normalize('NFKC');
}

/** Letters of other scripts that look like a Latin one: Unicode's confusables (UTS 39), the ones that fonts draw alike. */
const HOMOGLYPHS = new Map(
  Object.entries({
    a: 'аαɑ',
    b: 'Ьƅ',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еєҽ',
    g: 'ɡց',
    h: 'һհ',
    i: 'іιı',
    j: 'јϳ',
    k: 'кκ',
    l: 'ӏ',
    m: 'м',
    n: 'ոп',
    o: 'оοօσ',
    p: 'рρ',
    q: 'ԛգ',
    r: 'гᴦ',
    s: 'ѕ',
    t: 'тτ',
    u: 'υսц',
    v: 'νѵ',
    w: 'ԝω',
    x: 'хχ',
    y: 'уγү',
    z: 'ᴢ',
    A: 'АΑ',
    B: 'ВΒ',
    C: 'С',
    E: 'ЕΕ',
    H: 'НΗ',
    I: 'ІΙ',
    J: 'Ј',
    K: 'КΚ',
    M: 'МΜ',
    N: 'Ν',
    O: 'ОΟ',
    P: 'РΡ',
    S: 'Ѕ',
    T: 'ТΤ',
    X: 'ХΧ',
    Y: 'УΥҮ',
    Z: 'Ζ',
  }).flatMap(([latin, others]) => [...others].map((other) => [other, latin] as const)),
);
const WORD = /[\p{L}\p{M}]+/gu;
const LATIN = /\p{Script=Latin}/u;
const OTHER = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}]/u;

/**
 * Latin letters for their look-alikes: in words that mix scripts, which no language does, and in words of look-alikes alone where
 * the rest of the text is Latin.
 */
function sameScript(text: string): string {
  if (!OTHER.test(text)) return text;
  const words = text.match(WORD) ?? [];
  const alike = (word: string) => [...word].every((letter) => HOMOGLYPHS.has(letter));
  const latin = words.some((word) => LATIN.test(word)) && !words.some((word) => OTHER.test(word) && !LATIN.test(word) && !alike(word));
  return text.replace(WORD, (word) => {
    const mixed = OTHER.test(word) && LATIN.test(word);
    return mixed || (latin && alike(word)) ? [...word].map((letter) => HOMOGLYPHS.get(letter) ?? letter).join('') : word;
  });
}

const LETTER_OF_DIGIT: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's' };
/** A word with such digits between letters of one case. */
const WITH_DIGITS =
  /(?<![^\s"'(])[\p{Script=Latin}\p{N}@$'-]*(?:\p{Ll}[013457@$]{1,3}\p{Ll}|\p{Lu}[013457@$]{1,3}\p{Lu})[\p{Script=Latin}\p{N}@$'-]*(?![\p{L}\p{N}/\\:@_]|\.\w)/gu;
const BETWEEN_LETTERS = /(?<=\p{Script=Latin})[013457@$]{1,3}(?=\p{Script=Latin})/gu;

/** Not where other digits stand as well: formulas, versions, identifiers. */
function lettersForDigits(word: string): string {
  if (/[2689]/.test(word)) return word;
  return word.replace(BETWEEN_LETTERS, (digits) => [...digits].map((digit) => LETTER_OF_DIGIT[digit]!).join(''));
}

/** Five letters at least, each by itself, with the same one sign between them. */
const SPACED = /(?<![\p{L}\p{N}])\p{Script=Latin}([ ._*-])(?:\p{Script=Latin}\1){3,}\p{Script=Latin}(?![\p{L}\p{N}])/gu;
const SEPARATORS = /[ ._*-]/g;
