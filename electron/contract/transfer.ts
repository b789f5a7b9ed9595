/** Conversations out of the app and back in: the file's format, and how the page moves it in pieces. */
import { z } from 'zod';
import { conversation, id, message, sampling, timestamp } from './conversation.ts';
import { attachedDocument, MAX_DOCUMENT_LENGTH } from './documents.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();

export const TRANSFER_FORMAT = 'steady-conversations';
export const TRANSFER_VERSION = 1;
/** The most text that one request carries, in UTF-16 units. */
export const TRANSFER_CHUNK = 512 * 1024;

/** A message with everything that is kept of it. */
export const exportedMessage = message.extend({ seed: sampling.shape.seed });
export type ExportedMessage = z.infer<typeof exportedMessage>;

export const exportedDocument = attachedDocument.extend({ text: z.string().min(1).max(MAX_DOCUMENT_LENGTH) });

/** A conversation with every message of its tree, oldest first. */
export const exportedConversation = z.object({
  conversation,
  messages: z.array(exportedMessage),
  /** Those that go with its messages, with their text. Absent where there are none, and in files of earlier versions. */
  documents: z.array(exportedDocument).max(10_000).optional(),
});
export type ExportedConversation = z.infer<typeof exportedConversation>;

/** What a file says before its `conversations`. */
export const transferHeader = z.object({
  format: z.literal(TRANSFER_FORMAT),
  version: z.literal(TRANSFER_VERSION),
  exportedAt: timestamp,
  appVersion: z.string(),
});
export type TransferHeader = z.infer<typeof transferHeader>;

export const transferFormat = z.enum(['json', 'markdown']);
export type TransferFormat = z.infer<typeof transferFormat>;

/** Why one conversation of a file was left out. `index` counts from 1. */
export const importFault = z.object({ index: z.number().int(), title: z.string(), message: z.string() });
export type ImportFault = z.infer<typeof importFault>;

export const importReport = z.object({
  conversations: z.number().int(),
  messages: z.number().int(),
  /** Conversations that got new ids because theirs were taken. */
  renumbered: z.number().int(),
  /** Conversations with times in the future, which were replaced by the time of the import. */
  redated: z.number().int(),
  /** Conversations of another program that were imported before: nothing was added. */
  known: z.number().int(),
  /** What another program's conversations hold that is not taken over: how many of each. */
  leftOut: z.object({ pictures: z.number().int(), files: z.number().int(), tools: z.number().int(), thoughts: z.number().int() }),
  /** The first faults, and how many there are in all. */
  faults: z.array(importFault).max(100),
  faultCount: z.number().int(),
});
export type ImportReport = z.infer<typeof importReport>;

const transferId = z.object({ transferId: id }).strict();

export const transferRequests = {
  /** Begins an export of the named conversations, or (null) of all. @throws `not-found`; `busy` while too many run. */
  'conversations.export.begin': {
    input: z.object({ format: transferFormat, ids: z.array(id).min(1).max(10_000).nullable() }).strict(),
    output: z.object({ transferId: id, fileName: z.string() }),
  },
  /** The next piece; the last one says `done`. */
  'conversations.export.read': { input: transferId, output: z.object({ text: z.string(), done: z.boolean() }) },
  'conversations.import.begin': { input: nothing, output: transferId },
  /** The next piece of a JSON file, of ours or of another program, in order. Whole conversations are kept as they arrive. @throws `bad-input` for another kind of file. */
  'conversations.import.write': {
    input: z.object({ transferId: id, text: z.string().max(TRANSFER_CHUNK) }).strict(),
    output: nothing,
  },
  'conversations.import.finish': { input: transferId, output: importReport },
  /** Ends an export or import before its end. What was imported stays. */
  'conversations.transfer.cancel': { input: transferId, output: nothing },
} as const satisfies Contract['requests'];

export const transferEvents = {
  /** Conversations were added by an import. */
  'conversations.imported': nothing,
} as const satisfies Contract['events'];
