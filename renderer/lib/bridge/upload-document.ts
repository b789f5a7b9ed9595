/** Hands a document over to the app, piece by piece. */
import { DOCUMENT_PIECE_BYTES } from '../contract.ts';
import { toBase64 } from '../util/base64.ts';
import type { Bridge } from './types.ts';

/** Resolves to the name under which the app knows the file. Of one that does not come through nothing stays behind. */
export async function uploadDocument(bridge: Bridge, file: File): Promise<string> {
  const { uploadId } = await bridge.call('documents.upload.begin', { fileName: file.name, bytes: file.size });
  try {
    for (let offset = 0; offset < file.size; offset += DOCUMENT_PIECE_BYTES) {
      const piece = new Uint8Array(await file.slice(offset, offset + DOCUMENT_PIECE_BYTES).arrayBuffer());
      await bridge.call('documents.upload.append', { uploadId, offset, base64: toBase64(piece) });
    }
    return uploadId;
  } catch (error) {
    await bridge.call('documents.upload.discard', { uploadId }).catch(() => undefined);
    throw error;
  }
}
