/** Files of prompts that a page hands in, for whichever area reads them then. */
import { z } from 'zod';
import { id } from './conversation.ts';
import type { Contract } from './rpc.ts';

const count = z.number().int().nonnegative();

/** The longest piece of a file that one request carries, in bytes before base64. */
export const UPLOAD_CHUNK_BYTES = 1024 * 1024;
/** The largest file of prompts that is read, in bytes. */
export const MAX_PROMPT_FILE_BYTES = 64 * 1024 * 1024;

export const promptFormat = z.enum(['text', 'csv', 'jsonl']);

export const promptFileRequests = {
  /** A file in pieces: begin it, append in order, and name it to the area that is to read it. */
  'prompts.upload.begin': {
    input: z.object({ fileName: z.string().min(1).max(255), bytes: count.max(MAX_PROMPT_FILE_BYTES) }).strict(),
    output: z.object({ uploadId: id }),
  },
  /** A piece that came before is not added twice. Answers how many bytes are there. @throws `conflict`, `not-found` */
  'prompts.upload.append': {
    input: z.object({ uploadId: id, offset: count, base64: z.string().max(Math.ceil(UPLOAD_CHUNK_BYTES / 3) * 4) }).strict(),
    output: z.object({ received: count }),
  },
  'prompts.upload.discard': { input: z.object({ uploadId: id }).strict(), output: z.object({}).strict() },
} as const satisfies Contract['requests'];
