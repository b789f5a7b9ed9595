/** The requests by which a page hands in files of prompts. */
import type { Handlers, PageContract, promptFileRequests } from '../contract/index.ts';
import type { PromptUploads } from './uploads.ts';

export function promptFileHandlers({ uploads }: { uploads: PromptUploads }): Pick<Handlers<PageContract>, keyof typeof promptFileRequests> {
  return {
    'prompts.upload.begin': ({ fileName, bytes }) => uploads.begin(fileName, bytes),
    'prompts.upload.append': ({ uploadId, offset, base64 }) => uploads.append(uploadId, offset, base64),
    'prompts.upload.discard': async ({ uploadId }) => {
      await uploads.discard(uploadId);
      return {};
    },
  };
}
