/** Files of other programs that hold conversations: ZIP archives, and Jan's folders of two files a conversation. Read in the page, as streams. */
import { Unzip, UnzipInflate, type UnzipFile } from 'fflate';

/** Files of an archive that hold conversations: ChatGPT's and Claude's, Open WebUI's, and single ones of LM Studio and llama.cpp. */
const CONVERSATIONS =
  /(?:^|\/)(?:conversations?(?:[-_.]?\d+)?|shared_conversations|chats?(?:-export)?[^/]*|[^/]*\.conversation|conv[^/]*)\.json$/i;
const JAN = /(?:^|\/)(?:thread\.json|messages\.jsonl)$/;
const MAX_FILES = 20_000;
/** Characters of all texts that are read of one archive, so that a small one cannot grow without end. */
const MAX_TEXT = 4 * 1024 * 1024 * 1024;
/** Of one of Jan's files, which are read as a whole. */
const MAX_SMALL = 32 * 1024 * 1024;

export const isZip = async (file: Blob): Promise<boolean> => {
  const [p, k, three, four] = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return p === 0x50 && k === 0x4b && three === 3 && four === 4;
};

/**
 * Goes through a ZIP once and hands over the text of each file in it that may hold conversations, piece by piece.
 * @param take gets a file's name, a piece of its text, and whether it is the last one
 */
export async function readZip(file: Blob, take: (name: string, piece: string, last: boolean) => Promise<void>): Promise<void> {
  const waiting: (() => Promise<void>)[] = [];
  let files = 0;
  let length = 0;
  let failure: Error | null = null;
  const unzip = new Unzip((entry: UnzipFile) => {
    if (++files > MAX_FILES) throw new Error('The archive holds too many files.');
    if (!CONVERSATIONS.test(entry.name) && !JAN.test(entry.name)) return;
    const decoder = new TextDecoder();
    entry.ondata = (error, data, final) => {
      if (error !== null) {
        failure = error;
        return;
      }
      const text = decoder.decode(data, { stream: !final });
      length += text.length;
      if (length > MAX_TEXT) failure = new Error('The archive unpacks to more text than can be read.');
      if (text !== '' || final) waiting.push(() => take(entry.name, text, final));
    };
    entry.start();
  });
  unzip.register(UnzipInflate);
  const drain = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await next();
    if (failure !== null) throw failure;
  };
  const reader = file.stream().getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    // Small steps, so that what one of them unpacks to fits into memory.
    for (let at = 0; at < next.value.length; at += 65_536) {
      unzip.push(next.value.subarray(at, at + 65_536));
      await drain();
    }
  }
  unzip.push(new Uint8Array(0), true);
  await drain();
}

/** Puts Jan's two files of a conversation together, whichever comes first. */
export class JanFolders {
  readonly #folders = new Map<string, { thread: string[]; messages: string[]; done: number; length: number }>();

  static has(name: string): boolean {
    return JAN.test(name);
  }

  /** Answers the conversation as one JSON text once both of its files are whole; null before, and where they cannot be read. */
  take(name: string, piece: string, last: boolean): string | null {
    const folder = name.slice(0, Math.max(0, name.lastIndexOf('/')));
    const known = this.#folders.get(folder) ?? { thread: [], messages: [], done: 0, length: 0 };
    this.#folders.set(folder, known);
    known.length += piece.length;
    if (known.length <= MAX_SMALL) (name.endsWith('thread.json') ? known.thread : known.messages).push(piece);
    if (last) known.done++;
    if (known.done < 2) return null;
    this.#folders.delete(folder);
    if (known.length > MAX_SMALL) return null;
    const lines = known.messages
      .join('')
      .split('\n')
      .filter((line) => line.trim() !== '');
    return `{"thread":${known.thread.join('')},"messages":[${lines.join(',')}]}`;
  }
}
