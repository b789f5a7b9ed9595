/** XML inside office files, read as a stream. Nothing outside the file is ever fetched, and there are no entities of its own. */
import { SaxesParser } from 'saxes';
import { BadArchive } from './archive.ts';

/** Office files nest a few dozen elements. */
const MAX_DEPTH = 256;

export interface XmlHandlers {
  /** Names come without their prefix. */
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  close(name: string): void;
  text(text: string): void;
}

/**
 * Goes through a document chunk by chunk, yielding after each what `take` hands out.
 * @throws BadArchive for what is not well formed, declares a document type, or nests too deeply
 */
export async function* readXml<T>(chunks: AsyncIterable<Uint8Array>, handlers: XmlHandlers, take: () => T): AsyncGenerator<T> {
  const parser = new SaxesParser({ xmlns: false, position: false });
  let depth = 0;
  parser.on('error', (cause) => {
    throw new BadArchive('It is damaged: its XML is not well formed.', { cause });
  });
  // A document type can define entities that grow without bound, or name other files. Office files have none.
  parser.on('doctype', () => {
    throw new BadArchive('It declares a document type, which office files do not; it is not read.');
  });
  parser.on('opentag', ({ name, attributes }) => {
    if (++depth > MAX_DEPTH) throw new BadArchive('It is nested too deeply to be read.');
    handlers.open(local(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    depth--;
    handlers.close(local(name));
  });
  parser.on('text', (text) => handlers.text(text));
  parser.on('cdata', (text) => handlers.text(text));
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
    } catch (cause) {
      throw new BadArchive('It is damaged: its XML is not UTF-8.', { cause });
    }
  };
  for await (const chunk of chunks) {
    parser.write(decode(chunk));
    yield take();
  }
  parser.write(decode());
  parser.close();
  yield take();
}

const local = (name: string): string => name.slice(name.indexOf(':') + 1);

/** An attribute whatever its prefix. */
export function attribute(attributes: Readonly<Record<string, string>>, name: string): string | undefined {
  if (Object.hasOwn(attributes, name)) return attributes[name];
  const prefixed = Object.keys(attributes).find((key) => key.endsWith(`:${name}`));
  return prefixed === undefined ? undefined : attributes[prefixed];
}
