/**
 * A text file's lines, read as a stream: never more than one line and one chunk is held. A line ends with a line feed, a
 * carriage return or both. What is wrong with one line is said of that line, and the others are read.
 */

/** Numbered from 1, without its end. `fault` is the rest of a sentence that begins with "Line 3". */
export type Line = { line: number; text: string } | { line: number; fault: string };

/** One line longer than this, in bytes, is no prompt. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Lines of a file in some encoding, in batches: as many as a chunk has.
 * @param encoding by the WHATWG's name
 * @param fail makes the error for a file that is no text
 */
export function decodeLines(chunks: AsyncIterable<Uint8Array>, encoding: string, fail: (fault: string) => Error): AsyncGenerator<Line[]> {
  const splitter = new LineSplitter();
  if (encoding === 'utf-8') return split(withoutZeros(chunks, fail), splitter);
  const bytes = encoding.startsWith('utf-16') ? chunks : withoutZeros(chunks, fail);
  return split(
    toUtf8(bytes, encoding, () => wrongEncoding(encoding, splitter, fail)),
    splitter,
  );
}

async function* split(chunks: AsyncIterable<Uint8Array>, splitter: LineSplitter): AsyncGenerator<Line[]> {
  for await (const chunk of chunks) yield splitter.push(chunk);
  yield splitter.end();
}

async function* withoutZeros(chunks: AsyncIterable<Uint8Array>, fail: (fault: string) => Error): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (chunk.includes(0)) throw fail('It is not a text file.');
    yield chunk;
  }
}

async function* toUtf8(chunks: AsyncIterable<Uint8Array>, encoding: string, wrong: () => Error): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const encoder = new TextEncoder();
  const decode = (chunk?: Uint8Array) => {
    try {
      return encoder.encode(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch {
      throw wrong();
    }
  };
  for await (const chunk of chunks) yield decode(chunk);
  yield decode();
}

const wrongEncoding = (encoding: string, { lines }: LineSplitter, fail: (fault: string) => Error) =>
  fail(`It was read as ${encoding.toUpperCase()} and is not; the fault lies after line ${lines}.`);

/** Cuts UTF-8 into lines, whatever the chunks are. */
export class LineSplitter {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** The beginning of a line whose end has not come. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  /** A carriage return ended the last chunk: a line feed that begins the next one belongs to it. */
  #afterReturn = false;
  #lines = 0;

  /** How many lines have come to their end. */
  get lines(): number {
    return this.#lines;
  }

  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = [];
    let at = this.#afterReturn && chunk[0] === LINE_FEED ? 1 : 0;
    if (chunk.length > 0) this.#afterReturn = false;
    let feed = chunk.indexOf(LINE_FEED, at);
    let carriage = chunk.indexOf(CARRIAGE_RETURN, at);
    while (feed >= 0 || carriage >= 0) {
      const end = feed < 0 ? carriage : carriage < 0 ? feed : Math.min(feed, carriage);
      lines.push(this.#line(chunk.subarray(at, end)));
      at = end + 1;
      if (end === carriage) {
        if (at === chunk.length) this.#afterReturn = true;
        else if (chunk[at] === LINE_FEED) at++;
      }
      if (feed >= 0 && feed < at) feed = chunk.indexOf(LINE_FEED, at);
      if (carriage >= 0 && carriage < at) carriage = chunk.indexOf(CARRIAGE_RETURN, at);
    }
    if (at < chunk.length) this.#keep(chunk.subarray(at));
    return lines;
  }

  end(): Line[] {
    return this.#begunBytes === 0 ? [] : [this.#line(new Uint8Array())];
  }

  #keep(piece: Uint8Array): void {
    this.#begunBytes += piece.length;
    // Of a line that is too long nothing is kept but its length.
    if (this.#begunBytes > MAX_LINE_BYTES) this.#begun = [];
    else this.#begun.push(piece);
  }

  #line(last: Uint8Array): Line {
    const line = ++this.#lines;
    const bytes = this.#begunBytes + last.length;
    const whole = this.#begun.length === 0 ? last : Buffer.concat([...this.#begun, last]);
    this.#begun = [];
    this.#begunBytes = 0;
    if (bytes > MAX_LINE_BYTES) return { line, fault: `is too long: lines of up to ${MAX_LINE_BYTES / 1024 / 1024} MiB are read.` };
    try {
      const text = this.#decoder.decode(whole);
      return { line, text: line === 1 ? text.replace(BYTE_ORDER_MARK, '') : text };
    } catch {
      return { line, fault: 'is not encoded in UTF-8. Save the file as UTF-8.' };
    }
  }
}
