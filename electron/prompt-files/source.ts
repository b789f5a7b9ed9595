/** Where a prompt file's bytes come from. */
import { createReadStream } from 'node:fs';
import { unreadable } from './unreadable.ts';

/** What is in one chunk is parsed in a few milliseconds; between two of them others get their turn. */
const CHUNK_BYTES = 128 * 1024;

export interface PromptSource {
  /** What sentences for people call it. Its ending can tell the format. */
  readonly name: string;
  /** The bytes from the beginning, each time it is asked. @throws SteadyError `bad-input` for a file that cannot be read */
  chunks(): AsyncIterable<Uint8Array>;
  /** The bytes themselves, or the path of the file that has them, for what is not read from the beginning to the end. */
  readonly content: Uint8Array | string;
}

export function fromBytes(name: string, bytes: Uint8Array): PromptSource {
  return {
    name,
    content: bytes,
    chunks: async function* () {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
    },
  };
}

export function fromFile(path: string, name = path): PromptSource {
  return {
    name,
    content: path,
    chunks: async function* () {
      const stream = createReadStream(path, { highWaterMark: CHUNK_BYTES });
      try {
        for await (const chunk of stream) yield chunk as Uint8Array;
      } catch (cause) {
        throw unreadable(name, reasonOf(cause as NodeJS.ErrnoException));
      } finally {
        stream.destroy();
      }
    },
  };
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'There is no such file.';
  if (code === 'EISDIR') return 'It is a folder.';
  return code === 'EACCES' ? 'It may not be read.' : message;
}
