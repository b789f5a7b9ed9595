/** Hands a file of prompts over to the app, piece by piece. */
import { UPLOAD_CHUNK_BYTES } from '../contract.ts';
import { toBase64 } from '../util/base64.ts';
import type { Bridge } from './types.ts';

/**
 * Resolves to the name under which the app knows the file, for the area that is to read it. Of a file that does not come
 * through nothing stays behind: it would take up a disk that may be full.
 * @param onSent hears what share of it is there, 0…1
 */
export async function upload(bridge: Bridge, file: File, onSent: (share: number) => void): Promise<string> {
  const { uploadId } = await bridge.call('prompts.upload.begin', { fileName: file.name, bytes: file.size });
  try {
    for (let offset = 0; offset < file.size; offset += UPLOAD_CHUNK_BYTES) {
      const piece = new Uint8Array(await file.slice(offset, offset + UPLOAD_CHUNK_BYTES).arrayBuffer());
      await bridge.call('prompts.upload.append', { uploadId, offset, base64: toBase64(piece) });
      onSent(Math.min(1, (offset + piece.length) / file.size));
    }
    return uploadId;
  } catch (error) {
    await bridge.call('prompts.upload.discard', { uploadId }).catch(() => undefined);
    throw error;
  }
}
