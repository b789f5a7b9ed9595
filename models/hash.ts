/** SHA-256 of files, in chunks small enough that the event loop stays responsive. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { throwIfCancelled } from './errors.ts';

const CHUNK_BYTES = 1024 * 1024;

export interface HashOptions {
  signal?: AbortSignal | undefined;
  /** Called after each chunk with the bytes hashed so far. */
  onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * The file's SHA-256 in lower-case hexadecimal.
 * @throws ModelError `cancelled`; the file system's own errors.
 */
export async function sha256File(path: string, options: HashOptions = {}): Promise<string> {
  const handle = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let done = 0;
    for (;;) {
      throwIfCancelled(options.signal);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, done);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
      done += bytesRead;
      options.onBytes?.(done);
    }
  } finally {
    await handle.close();
  }
}
