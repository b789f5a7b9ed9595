/** Which encoding a text file is in: by its byte order mark, by whether it is UTF-8, or as a person says. */
import { OFFERED_ENCODINGS, SteadyError } from '../contract/index.ts';
import { LineSplitter } from './lines.ts';
import type { PromptSource } from './source.ts';

interface FoundEncoding {
  encoding: string;
  /** It is not UTF-8 and has no mark, and is taken for Windows-1252: a person should look at the accents. */
  guessed: boolean;
}

/** The standard's name for what a person calls an encoding. @throws SteadyError `bad-input` for one that is not known */
export function encodingNamed(label: string): string {
  try {
    // Names that people use and the standard does not.
    const { encoding } = new TextDecoder(label.trim().replace(/^(?:windows|cp|ansi|win)[-_ ]?(125\d)$/i, 'windows-$1'));
    return encoding;
  } catch (cause) {
    throw new SteadyError('bad-input', `There is no encoding called "${label}".`, {
      hint: `Choose from ${OFFERED_ENCODINGS.join(', ')}.`,
      cause,
    });
  }
}

/**
 * Windows-1252 is what is left for a text that is not UTF-8: in it more lines break UTF-8 than hold it. A file with a few
 * broken lines among good ones stays UTF-8, and those lines are named.
 */
export async function findEncoding(source: PromptSource): Promise<FoundEncoding> {
  const splitter = new LineSplitter();
  let [good, bad, first] = [0, 0, true];
  const count = (lines: ReturnType<LineSplitter['push']>) => {
    for (const line of lines) {
      if ('fault' in line) bad++;
      else if (/[^\x00-\x7f]/.test(line.text)) good++;
    }
  };
  for await (const chunk of source.chunks()) {
    if (first && chunk[0] === 0xff && chunk[1] === 0xfe) return { encoding: 'utf-16le', guessed: false };
    if (first && chunk[0] === 0xfe && chunk[1] === 0xff) return { encoding: 'utf-16be', guessed: false };
    first = false;
    count(splitter.push(chunk));
  }
  count(splitter.end());
  return bad > good ? { encoding: 'windows-1252', guessed: true } : { encoding: 'utf-8', guessed: false };
}
