/** Recognises text that is no answer at all: empty, an echo of the prompt, a loop, or a salad of tokens. */
import { plain, sizeOf, withoutSpeaker } from './segments.ts';

export interface Broken {
  readonly kind: 'empty' | 'echo' | 'loop' | 'salad';
  readonly reason: string;
  readonly confidence: number;
}

const TOKENS = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]|[\p{L}\p{M}\p{N}]+(?:'\p{L}+)?/gu;
/** Words looked at from either end. */
const WINDOW = 600;
const LONGEST_PERIOD = 80;
/** A loop is degenerate where it fills this share of the words looked at. */
const LOOPED = 0.42;
/** So much is enough of a loop that has gone round often and runs to the end: nothing says that it would ever stop. */
const LOOPED_TO_THE_END = 0.3;
const ROUNDS_TO_THE_END = 5;
const PHRASE = 4;
const REPEATED = 0.47;
/** Lines that say again what an earlier line said. */
const REPEATED_LINES = 0.35;

/**
 * Why a reply is degenerate, or null.
 *
 * @param head the first characters of the reply (bounded by the caller)
 * @param tail the last characters of the reply, equal to `head` where the reply is short
 */
export function brokenness(head: string, tail: string, prompt?: string): Broken | null {
  if (head.trim() === '') return { kind: 'empty', reason: 'the reply is empty', confidence: 0.99 };
  if (!/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(head)) return { kind: 'empty', reason: 'nothing but punctuation', confidence: 0.95 };
  // "1. 1. 1. 2. 3. 4." counts the items of a list that has none.
  if (!/\p{L}/u.test(head) && (head.match(/\b\d{1,3}[.)](?=\s|$)/gu)?.length ?? 0) >= 8)
    return { kind: 'loop', reason: 'nothing but the numbers of a list', confidence: 0.9 };
  const text = plain(head);
  const words = text.match(TOKENS) ?? [];
  if (prompt !== undefined && isEcho(plain(withoutSpeaker(head)).match(TOKENS) ?? [], prompt))
    return { kind: 'echo', reason: 'repeats the prompt', confidence: 0.9 };
  const prose = withoutListNumbers(tail === head ? text : plain(tail));
  const loop = loopShare(prose.match(TOKENS) ?? []);
  if (loop !== null) return { kind: 'loop', reason: `repeats the same ${loop.period} word(s) over and over`, confidence: 0.9 };
  if (repeatsLines(tail === head ? text : plain(tail))) return { kind: 'loop', reason: 'repeats the same lines', confidence: 0.75 };
  if (words.length < 40 && /([\p{L}\p{N}]{1,6}?)\1{23,}/u.test(text))
    return { kind: 'loop', reason: 'repeats one character or syllable', confidence: 0.9 };
  return salad(head, words);
}

function withoutListNumbers(text: string): string {
  return text.replace(/^\s*[-*#>]*\s*(?:step\s+)?\d{1,3}[.):]/gmu, ' ').replace(/\b(?:step|part|chapter)\s+\d{1,3}\b/gu, 'step');
}

const IMPERATIVE =
  /^(?:write|create|give|design|instruct|explain|develop|describe|provide|teach|tell|list|make|generate|outline|suggest|draft|compose|offer|build|show|explore|summari[sz]e|translate|answer|respond|consider|do not|don't)\b/u;

/** The reply says the prompt again and nothing more: all of it, its beginning, its request, a long piece of it, or it several times. */
function isEcho(words: readonly string[], prompt: string): boolean {
  const asked: readonly string[] = plain(prompt.slice(0, 8_000).replace(/\\n/g, '\n')).match(TOKENS) ?? [];
  if (asked.length < 3 || words.length < 3) return false;
  const said = words.slice(0, WINDOW).join(' ');
  const wanted = asked.join(' ');
  if (said === wanted) return true;
  // The last word may be cut.
  const within = ` ${wanted} `.includes(` ${words.slice(0, -1).join(' ')} `);
  if (within && words.length >= 12 && (wanted.startsWith(said.slice(0, 60)) || words.length >= 20)) return true;
  if (within && words.length >= 6 && IMPERATIVE.test(said)) return true;
  // The end of the prompt, such as the options of a question, and no answer.
  if (words.length >= 10 && wanted.endsWith(` ${said}`)) return true;
  // Several times over: taking the prompt out leaves next to nothing.
  if (asked.length >= 4 && said.startsWith(wanted)) return sizeOf(said.split(wanted).join(' ')) < Math.min(4, asked.length / 2);
  return false;
}

/**
 * A period p such that the text runs on with words[i] = words[i − p] for long enough: at least three rounds, and most of the window.
 * Small differences (a counter, one other word in twelve) do not break a round.
 */
function loopShare(all: readonly string[]): { period: number } | null {
  const words = all.slice(-WINDOW);
  const n = words.length;
  if (n < 8) return null;
  // Rows of numbers count, or fill a table; that is no loop.
  if (words.filter(isNumber).length > n * 0.6) return null;
  if (n >= 16 && n <= 120 && new Set(words).size < n * 0.25) return { period: 1 };
  for (let period = 1; period <= Math.min(LONGEST_PERIOD, Math.floor(n / 3)); period++) {
    let matched = 0;
    let best = 0;
    let missed = 0;
    for (let i = period; i < n; i++) {
      const same = words[i] === words[i - period] || (period > 3 && isNumber(words[i]) && isNumber(words[i - period]));
      if (same) {
        matched++;
        best = Math.max(best, matched);
      } else if (period >= 6 && matched >= period && missed < matched / 12) {
        missed++;
      } else {
        matched = 0;
        missed = 0;
      }
    }
    const rounds = best / period + 1;
    const covered = best + period;
    const enough = period === 1 ? 8 : 3;
    if (rounds >= enough && covered >= 10 && covered >= n * LOOPED) return { period };
    // `matched` still counts: the last word belongs to it.
    const atEnd = matched + period;
    if (matched / period + 1 >= Math.max(enough, ROUNDS_TO_THE_END) && atEnd >= 15 && atEnd >= n * LOOPED_TO_THE_END) return { period };
  }
  // The same phrases come back again and again, with other words between them.
  if (n >= 24 && repeatedShare(words) >= REPEATED) return { period: PHRASE };
  return null;
}

/** Six lines or more of three words or more, of which many were said before and one at least three times: no list says that. */
function repeatsLines(text: string): boolean {
  const lines = text
    .split('\n')
    .map((line) => (line.match(TOKENS) ?? []).join(' '))
    .filter((line) => line.split(' ').length >= 3);
  if (lines.length < 6) return false;
  const counts = new Map<string, number>();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return Math.max(...counts.values()) >= 3 && lines.length - counts.size >= lines.length * REPEATED_LINES;
}

/** Share of the words that stand in a phrase of `PHRASE` words said three times or more. */
function repeatedShare(words: readonly string[]): number {
  const places = new Map<string, number[]>();
  for (let i = 0; i + PHRASE <= words.length; i++) {
    const phrase = words.slice(i, i + PHRASE).join(' ');
    const list = places.get(phrase);
    if (list) list.push(i);
    else places.set(phrase, [i]);
  }
  const covered = new Set<number>();
  for (const list of places.values()) if (list.length >= 3) for (const at of list) for (let i = 0; i < PHRASE; i++) covered.add(at + i);
  return covered.size / words.length;
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && /^\d+$/.test(word);
}

const SCRIPTS: readonly RegExp[] = [
  /\p{sc=Latin}/gu,
  /\p{sc=Cyrillic}/gu,
  /\p{sc=Greek}/gu,
  /\p{sc=Arabic}/gu,
  /\p{sc=Hebrew}/gu,
  /\p{sc=Devanagari}/gu,
  /\p{sc=Thai}/gu,
  /\p{sc=Hangul}/gu,
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}]/gu,
  /[\p{sc=Bengali}\p{sc=Tamil}\p{sc=Telugu}\p{sc=Gujarati}\p{sc=Gurmukhi}\p{sc=Kannada}\p{sc=Malayalam}\p{sc=Khmer}\p{sc=Lao}\p{sc=Myanmar}\p{sc=Georgian}\p{sc=Armenian}\p{sc=Ethiopic}]/gu,
];

/** The commonest small words of the languages written in Latin letters. */
const SMALL = new Set(
  (
    'the a an of to and in is are was for on with that this it as at by from or be you your i we they he she his her its not can will have has had if but so do how what which who when there more also may such than into about ' +
    'el la los las un una de que en y es por con para se del al no su lo como más o le les des du et est dans pour qui sur pas au une ne ce plus par avec der die das und ist von zu den mit auf für nicht ein eine im sich dem es ' +
    'os as da do em um uma não com dos na il di che è per non del della una sono con si het een van en op te dat niet zijn w i na z się nie do jest ve bir bu için yang dan di untuk dengan là và của có cho không och att som är ' +
    'ang ng sa mga ay ya wa kwa ni katika ja on ei se että az egy és hogy nem si cu pe este og af til der det ikke ir kad'
  ).split(' '),
);

/** Words from too many scripts, or a run of words without the small words that hold sentences together, full of odd shapes. */
function salad(head: string, words: readonly string[]): Broken | null {
  const counts = SCRIPTS.map((script) => head.match(script)?.length ?? 0);
  const letters = counts.reduce((a, b) => a + b, 0);
  const used = counts.filter((count) => count >= 1).length;
  const second = [...counts]
    .sort((a, b) => b - a)
    .slice(1)
    .reduce((a, b) => a + b, 0);
  if (used >= 4 && letters >= 12 && second / letters > 0.04) return { kind: 'salad', reason: 'mixes many scripts', confidence: 0.85 };
  if (used >= 3 && letters >= 30 && second / letters > 0.15 && switches(head) / words.length > 0.12)
    return { kind: 'salad', reason: 'mixes scripts within sentences', confidence: 0.7 };
  if (words.length < 11) return null;
  // Initials in a row; formulas and code have signs between their letters.
  const single = words.filter((word) => /^\p{sc=Latin}$/u.test(word)).length / words.length;
  if (words.length >= 15 && single > 0.6 && !/[=+*/^<>{}$|]{1}.*[=+*/^<>{}$|].*[=+*/^<>{}$|]/su.test(head))
    return { kind: 'salad', reason: 'single letters in a row', confidence: 0.8 };
  const oddity = oddWords(head);
  const latin = words.filter((word) => /^[\p{sc=Latin}']+$/u.test(word));
  if (latin.length < words.length * 0.6) return null;
  const small = latin.filter((word) => SMALL.has(word)).length / latin.length;
  if (/```|^\s*(?:[-*•]|\d+[.)])\s/mu.test(head) && oddity < 0.2) return null;
  if (oddity > 0.12 && small < 0.22) return { kind: 'salad', reason: 'a salad of word pieces', confidence: 0.8 };
  if (oddity > 0.06 && small < 0.12) return { kind: 'salad', reason: 'a salad of word pieces', confidence: 0.7 };
  // Plain words in no order: hardly any small words, though it is neither a list, nor code, nor a language this table does not know.
  const marks = (pattern: RegExp) => (head.match(pattern)?.length ?? 0) / words.length;
  if (latin.length >= 20 && small < 0.1 && marks(/[,;|]/gu) < 0.1 && marks(/[{}=<>()_]/gu) < 0.15 && marks(/[^\x00-\x7f’‘“”–—…]/gu) < 0.1)
    return { kind: 'salad', reason: 'words in no order', confidence: 0.65 };
  return null;
}

/** Changes of script from one letter to the next. */
function switches(text: string): number {
  return (
    text.match(
      /\p{sc=Latin}(?=[\s\p{P}]?[\p{sc=Cyrillic}\p{sc=Han}\p{sc=Arabic}\p{sc=Hangul}\p{sc=Thai}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hebrew}\p{sc=Devanagari}])|[\p{sc=Cyrillic}\p{sc=Han}\p{sc=Arabic}\p{sc=Hangul}\p{sc=Thai}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hebrew}\p{sc=Devanagari}](?=[\s\p{P}]?\p{sc=Latin})/gu,
    )?.length ?? 0
  );
}

/** Share of words with a shape no prose has: inner capitals, letters glued to brackets, symbols or digits. */
function oddWords(head: string): number {
  const pieces = head.split(/\s+/u).filter(Boolean);
  if (pieces.length === 0) return 0;
  const odd = pieces.filter(
    (piece) =>
      /\p{Ll}\p{Lu}\p{Ll}/u.test(piece) ||
      /\p{L}[\])}>;(\\={[<|]\p{L}/u.test(piece) ||
      /[^\s\p{L}\p{N}]{4,}/u.test(piece) ||
      /\p{Ll}\d+\p{Ll}/u.test(piece) ||
      piece.length > 28,
  );
  return odd.length / pieces.length;
}
