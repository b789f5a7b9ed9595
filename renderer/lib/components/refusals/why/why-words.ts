/** Why the gate opened for a prompt or stayed shut, in sentences for a person. */
import { decidingProbe, type HeatedReading } from '../../../contract.ts';
import { decidedAt, type Heat, type HeatLevel, type HeatPart } from './heat.ts';

/** What each part of protection looks for, by the number of its probe. */
const LOOKS_FOR = ['plain requests', 'requests wrapped in a story, a table, code or the like', 'attempts to break protection itself'];
/** The gate pushes a little from here to the threshold, where a profile has a partial gate. */
const NEARLY = -1;

export const LEVEL_WORDS: Record<HeatLevel, string> = {
  0: 'did not stand out',
  1: 'stood out a little',
  2: 'nearly at the threshold',
  3: 'over the threshold',
  4: 'far over the threshold',
};

/** "plain requests", after "the part of protection that looks for". */
export function looksFor(probe: number): string {
  return LOOKS_FOR[probe] ?? `kind ${probe + 1} of harm`;
}

export function formatReading(u: number): string {
  return (Object.is(Math.round(u * 10), -0) ? 0 : Math.round(u * 10) / 10).toFixed(1).replace('-', '−');
}

/** What is said of one part of a prompt. */
export function partWords({ text, u, level, decided }: HeatPart): string {
  return `“${visible(text)}”: ${LEVEL_WORDS[level]} (${formatReading(u)})${decided ? ', the part that decided' : ''}`;
}

/** White space that stands alone can be neither seen nor heard. */
export function visible(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' ? (text.includes('\n') ? 'line break' : 'space') : trimmed;
}

/**
 * The story, a sentence each: what stood out and to whom, whether the request as a whole confirmed it, and where that lies.
 * @param heat the parts, or null where they cannot be shown
 * @param steered whether anything was added
 */
export function whySentences(reading: HeatedReading, heat: Heat | null, steered: boolean): string[] {
  const sentences = [stoodOut(reading, heat)];
  const confirmed = confirmation(reading);
  if (confirmed !== '') sentences.push(confirmed);
  sentences.push(reached(reading, steered));
  if (reading.opened !== undefined) sentences.push(OPENED_BEFORE[reading.opened]);
  return sentences;
}

/** Why protection pushed all the same, where the message by itself was not enough. */
const OPENED_BEFORE: Record<NonNullable<HeatedReading['opened']>, string> = {
  system:
    'But the instructions of this conversation look like a request for harm, so protection pushes at every message that follows them.',
  reply:
    'But an earlier reply, which was not written here under protection, looks like one for harm, so protection pushes at every message that follows it.',
  answer:
    'But the reply that was being written turned into what looks like harm. It was stopped there and taken back, and protection pushed.',
  message: 'But an earlier message looked like a request for harm and was not refused, so protection pushes until a reply refuses.',
};

function stoodOut(reading: HeatedReading, heat: Heat | null): string {
  const to = `the part of protection that looks for ${looksFor(decidingProbe(reading).probe)}`;
  const at = decidedAt(reading);
  if (reading.plain === true) return `It was read without the characters that hid its letters. Something in it stood out to ${to}.`;
  if (at === 'before') return `What stood out most, to ${to}, was in the instructions before the message.`;
  if (at === 'after') return `What stood out most, to ${to}, was the message as it had been read to its end.`;
  const part = heat?.parts.find(({ decided }) => decided);
  return part === undefined
    ? `What stood out most stood in the message, to ${to}.`
    : `What stood out most was “${visible(part.text)}”, to ${to}.`;
}

function confirmation(reading: HeatedReading): string {
  const { u, confirmed } = decidingProbe(reading);
  if (!confirmed) return reading.u > 0 ? 'That needs no confirmation.' : '';
  if (reading.second === null) {
    return reading.u > 0
      ? 'The message is too long to be looked at as a whole, so that alone decided.'
      : 'The message is too long to be looked at as a whole, and that alone was not enough.';
  }
  if (u <= 0) return '';
  return reading.second > 0
    ? 'The request was then looked at as a whole, which confirmed it.'
    : 'The request was then looked at as a whole, which did not confirm it.';
}

function reached({ u, opened }: HeatedReading, steered: boolean): string {
  const figure = formatReading(u);
  if (u >= 1) return `That makes ${figure}. The threshold is 0, and from 1 on protection pushes with all its strength.`;
  if (u > 0) return `That makes ${figure}. The threshold is 0; the further above it, up to 1, the more protection pushes.`;
  if (opened !== undefined && u <= 0) return `By itself that makes ${figure}, below the threshold of 0.`;
  if (steered && u > NEARLY) return `That makes ${figure}, just below the threshold of 0, where protection pushes a little.`;
  return `That makes ${figure}, below the threshold of 0, so protection added nothing.`;
}

/** What stands in for the parts of a prompt. */
export function missingHeat(reading: HeatedReading, prompt: string | null): string {
  if (prompt === null) return 'The words cannot be shown, since the text is not kept here.';
  if (reading.plain === true) return 'The words cannot be shown, since they were read in plain letters.';
  if (reading.heat === null) return 'Which words stood out was not kept.';
  return 'This model reads text in pieces that cannot be laid over the words.';
}

/** Where nothing was read token by token. */
export const NOTHING_READ =
  'What was read in it is not known: it was written by an earlier version, without protection, or with a profile that reads the last word alone.';

/** Of a long prompt. */
export function cutWords({ cutBefore, cutAfter }: Heat): string {
  return cutBefore || cutAfter ? 'Of this long message the words around the one that decided are shown.' : '';
}

/** How much of its words a built-in prompt shares. */
export function likenessWords(likeness: number): string {
  return likeness > 0.995 ? '(the same words)' : `(${Math.round(100 * likeness)} % alike)`;
}
