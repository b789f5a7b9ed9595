/** The requests about documents of messages. */
import type { documentRequests, Handlers, PageContract } from '../contract/index.ts';
import type { DocumentService } from './document-service.ts';

export function documentHandlers(documents: DocumentService): Pick<Handlers<PageContract>, keyof typeof documentRequests> {
  const { uploads } = documents;
  return {
    'documents.upload.begin': ({ fileName, bytes }) => uploads.begin(fileName, bytes),
    'documents.upload.append': ({ uploadId, offset, base64 }) => uploads.append(uploadId, offset, base64),
    'documents.upload.discard': async ({ uploadId }) => {
      await uploads.discard(uploadId);
      return {};
    },
    'documents.add': ({ uploadId }) => documents.addUpload(uploadId),
    'documents.read': async ({ id, start }) => ({ text: await documents.read(id, start) }),
    'documents.discard': async ({ id }) => {
      await documents.discard(id);
      return {};
    },
  };
}
