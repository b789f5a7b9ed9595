/** Documents that go with a message: what is kept of a file, and what of it a model was given to read. */
import { z } from 'zod';
import type { Contract } from './rpc.ts';

const id = z.uuid();
const count = z.number().int().nonnegative();

/** The most text that is kept of one document, in UTF-16 units: about a million tokens. */
export const MAX_DOCUMENT_LENGTH = 4_000_000;
/** The largest file that is read, and the longest piece of it that one request carries before base64, in bytes. */
export const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
export const DOCUMENT_PIECE_BYTES = 1024 * 1024;
/** The most documents that go with one message. */
export const MAX_DOCUMENTS = 20;
/** The most text of a document that is read at once, in UTF-16 units. */
export const DOCUMENT_CHUNK = 100_000;

export const documentKind = z.enum(['text', 'html', 'pdf', 'docx', 'xlsx', 'pptx', 'epub']);
export type DocumentKind = z.infer<typeof documentKind>;

export const attachedDocument = z.object({
  id,
  /** The file's name, without its folder. */
  name: z.string().min(1).max(255),
  kind: documentKind,
  /** Of the file. */
  bytes: count,
  /** Of its text, in UTF-16 units. */
  length: count.max(MAX_DOCUMENT_LENGTH),
  /** Sentences for a person about what was left out. */
  notes: z.array(z.string().max(500)).max(20),
});
export type AttachedDocument = z.infer<typeof attachedDocument>;

/** A piece of a document's text, in UTF-16 units. */
export const passage = z.object({ start: count, length: count });
export type Passage = z.infer<typeof passage>;

/** What of a document went into the prompt with a message: all of it (null), or passages of it in their order. */
export const documentUse = z.object({ documentId: id, passages: z.array(passage).max(100).nullable() });
export type DocumentUse = z.infer<typeof documentUse>;

export const documentRequests = {
  /** A file in pieces, as `prompts.upload` takes them, for people who are no admins: begin it, append in order, and add it. */
  'documents.upload.begin': {
    input: z.object({ fileName: z.string().min(1).max(255), bytes: count.max(MAX_DOCUMENT_BYTES) }).strict(),
    output: z.object({ uploadId: id }),
  },
  'documents.upload.append': {
    input: z.object({ uploadId: id, offset: count, base64: z.string().max(Math.ceil(DOCUMENT_PIECE_BYTES / 3) * 4) }).strict(),
    output: z.object({ received: count }),
  },
  'documents.upload.discard': { input: z.object({ uploadId: id }).strict(), output: z.object({}).strict() },
  /**
   * Reads a file that was handed over by `documents.upload`, and keeps its text for a message that is not sent yet. `tokens` is null where no
   * model is loaded. @throws `bad-input` for what cannot be read, with the reason
   */
  'documents.add': {
    input: z.object({ uploadId: id }).strict(),
    output: z.object({ document: attachedDocument, tokens: count.nullable() }),
  },
  /** Text of a document from `start` on, `DOCUMENT_CHUNK` at most. @throws `not-found` */
  'documents.read': { input: z.object({ id, start: count }).strict(), output: z.object({ text: z.string() }) },
  /** Forgets a document that was not sent. One that goes with a message stays. */
  'documents.discard': { input: z.object({ id }).strict(), output: z.object({}).strict() },
} as const satisfies Contract['requests'];
