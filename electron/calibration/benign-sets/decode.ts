/** A text file's lines, with the ones that are not in its encoding named. */

export type Encoding = 'utf-8' | 'utf-16';

export type DecodedLine = { line: number; text: string } | { line: number; fault: string };
/** A candidate prompt, or what is wrong with its line. */
export type ParsedLine = { line: number; text: string } | { line: number; fault: string };

const LINE_FEED = 0x0a;

/**
 * UTF-8, or UTF-16 where a byte order mark says so. Lines are numbered from 1; the mark and line ends are left out.
 * @param fail makes the error for a file that is no text
 */
export function decodeLines(bytes: Uint8Array, fail: (fault: string) => Error): { encoding: Encoding; lines: Iterable<DecodedLine> } {
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : null;
  if (wide !== null) return { encoding: 'utf-16', lines: wideLines(bytes, wide, fail) };
  if (bytes.includes(0)) throw fail('It is not a text file.');
  return { encoding: 'utf-8', lines: narrowLines(bytes) };
}

function* narrowLines(bytes: Uint8Array): Generator<DecodedLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
  let at = 0;
  for (let line = 1; at < bytes.length; line++) {
    const end = bytes.indexOf(LINE_FEED, at);
    const slice = bytes.subarray(at, end < 0 ? bytes.length : end);
    at = end < 0 ? bytes.length : end + 1;
    try {
      yield { line, text: decoder.decode(slice).replace(/\r$/, '') };
    } catch {
      yield { line, fault: 'is not encoded in UTF-8. Save the file as UTF-8.' };
    }
  }
}

/** Decoded in pieces: the whole text at once would need several times the file's size. */
function* wideLines(bytes: Uint8Array, encoding: string, fail: (fault: string) => Error): Generator<DecodedLine> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const PIECE = 1 << 20;
  let rest = '';
  let line = 0;
  for (let at = 0; at < bytes.length; at += PIECE) {
    const last = at + PIECE >= bytes.length;
    try {
      rest += decoder.decode(bytes.subarray(at, at + PIECE), { stream: !last });
    } catch {
      throw fail(`It is marked as UTF-16 and is not; the fault lies after line ${line + 1}.`);
    }
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { line: ++line, text: text.replace(/\r$/, '') };
  }
  if (rest !== '') yield { line: line + 1, text: rest.replace(/\r$/, '') };
}
