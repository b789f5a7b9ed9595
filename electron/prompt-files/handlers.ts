/** The requests by which a page hands in files of prompts. */
import type { Handlers, PageContract, promptFileRequests } from '../contract/index.ts';
import type { PromptUploads } from './uploads.ts';

export function promptFileHandlers({
  uploads,
  gates,
}: {
  uploads: PromptUploads;
  /** How far the gate of the profile in use opens for prompts, 0…1. */
  gates(prompts: readonly string[]): Promise<number[]>;
}): Pick<Handlers<PageContract>, keyof typeof promptFileRequests> {
  return {
    'prompts.upload.begin': ({ fileName, bytes }) => uploads.begin(fileName, bytes),
    'prompts.upload.append': ({ uploadId, offset, base64 }) => uploads.append(uploadId, offset, base64),
    'prompts.gates': async ({ prompts }) => ({ gates: await gates(prompts) }),
    'prompts.upload.discard': async ({ uploadId }) => {
      await uploads.discard(uploadId);
      return {};
    },
  };
}
