/** Streams one member out of a zip archive. */
import { openPromise } from 'yauzl';

/** The archive does not hold what it should. The message is a clause. */
export class BadArchive extends Error {}

/**
 * Hands a member's bytes to `write`, piece by piece, waiting for each.
 * @throws BadArchive when the member is absent or of another size; what `write` throws.
 */
export async function streamMember(
  archive: string,
  member: string,
  bytes: number,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<void> {
  const zip = await openPromise(archive).catch((cause: unknown) => {
    throw new BadArchive('it is not a zip archive', { cause });
  });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      if (entry.uncompressedSize !== bytes) throw new BadArchive(`${member} has ${entry.uncompressedSize} bytes, not ${bytes}`);
      let done = 0;
      for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
        await write(chunk);
        done += chunk.length;
      }
      if (done !== bytes) throw new BadArchive(`${member} ended after ${done} of ${bytes} bytes`);
      return;
    }
    throw new BadArchive(`it has no ${member}`);
  } finally {
    zip.close();
  }
}
