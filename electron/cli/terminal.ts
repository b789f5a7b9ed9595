/** What people and models wrote, on its way to a terminal: an escape sequence in it could set the clipboard or hide what follows. */

/** Marks that reorder text on the screen (the characters with the property Bidi_Control). */
const BIDI = '\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069';
const CONTROL = new RegExp(`[\\p{Cc}${BIDI}]`, 'gu');
const CONTROL_BUT_LAYOUT = new RegExp(`(?![\\n\\t])[\\p{Cc}${BIDI}]`, 'gu');

/** A text of several lines without control characters. A piece of one may be given: each stands for itself. */
export function forTerminal(text: string): string {
  return text.replace(CONTROL_BUT_LAYOUT, '');
}

/** A text as part of one line. */
export function inLine(text: string): string {
  return text.replace(/\s+/g, ' ').replace(CONTROL, '');
}

/** Writes a model's text to standard output: as it is into files and pipes, without control characters on a terminal. */
export function writeReply(text: string, out: NodeJS.WriteStream = process.stdout): void {
  out.write(out.isTTY ? forTerminal(text) : text);
}
