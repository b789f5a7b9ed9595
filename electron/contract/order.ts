/** Order among conversations: folders, pins, the archive and tags; and prompts that are kept for use again. */
import { z } from 'zod';
import { conversation, conversationSummary, folderId, id, tag } from './conversation.ts';
import type { Contract } from './rpc.ts';

const nothing = z.object({}).strict();

/** Folders within folders. */
export const MAX_FOLDER_DEPTH = 8;
export const MAX_FOLDERS = 1000;
export const MAX_SAVED_PROMPTS = 1000;
/** Conversations that are changed at once. */
const MAX_CHOSEN = 1000;

const folderName = z.string().trim().min(1).max(100);

export const folder = z.object({ id, parentId: folderId, name: z.string() });
export type Folder = z.infer<typeof folder>;

/** What is changed of every chosen conversation; what is left out stays. */
export const arrangement = z
  .object({
    pinned: z.boolean().optional(),
    archived: z.boolean().optional(),
    folderId: folderId.optional(),
    addTag: tag.optional(),
    removeTag: tag.optional(),
  })
  .strict();
export type Arrangement = z.infer<typeof arrangement>;

export const savedPrompt = z.object({ id, name: z.string(), text: z.string() });
export type SavedPrompt = z.infer<typeof savedPrompt>;

const chosen = z.array(id).min(1).max(MAX_CHOSEN);

export const orderRequests = {
  /** Pins, archives, files or tags conversations, and undoes it. @throws `not-found` for one that is not there; nothing is changed then. */
  'conversations.arrange': { input: z.object({ ids: chosen, change: arrangement }).strict(), output: z.array(conversationSummary) },
  /** Hides conversations; `restoreMany` undoes it until the app removes them for good. */
  'conversations.deleteMany': { input: z.object({ ids: chosen }).strict(), output: nothing },
  'conversations.restoreMany': { input: z.object({ ids: chosen }).strict(), output: z.array(conversationSummary) },
  /** A new conversation of the messages from the first one to this one. */
  'conversations.duplicate': { input: z.object({ messageId: id }).strict(), output: conversation },

  /** By name, each after the folder that it is in. */
  'folders.list': { input: nothing, output: z.array(folder) },
  /** @throws `bad-input` for a folder that would be nested too deep */
  'folders.create': { input: z.object({ name: folderName, parentId: folderId }).strict(), output: folder },
  /** @throws `bad-input` for a folder that would be inside itself, or too deep */
  'folders.update': { input: z.object({ id, name: folderName.optional(), parentId: folderId.optional() }).strict(), output: folder },
  /** Removes a folder; what is in it goes where the folder was. */
  'folders.delete': { input: z.object({ id }).strict(), output: nothing },

  /** By name. */
  'savedPrompts.list': { input: nothing, output: z.array(savedPrompt) },
  /** Keeps a prompt; with an `id` in the place of that one. */
  'savedPrompts.save': {
    input: z.object({ id: id.optional(), name: z.string().trim().min(1).max(100), text: z.string().min(1).max(100_000) }).strict(),
    output: savedPrompt,
  },
  'savedPrompts.delete': { input: z.object({ id }).strict(), output: nothing },
} as const satisfies Contract['requests'];

export const orderEvents = {
  /** Folders were added, changed or removed; conversations may be elsewhere. */
  'folders.changed': nothing,
  'savedPrompts.changed': nothing,
} as const satisfies Contract['events'];
