/** Files of prompts that a page hands in, for whichever area reads them then. */
import { z } from 'zod';
import { id } from './conversation.ts';
import type { Contract } from './rpc.ts';

const count = z.number().int().nonnegative();

/** The longest piece of a file that one request carries, in bytes before base64. */
export const UPLOAD_CHUNK_BYTES = 1024 * 1024;
/** The largest file of prompts that is read, in bytes. */
export const MAX_PROMPT_FILE_BYTES = 64 * 1024 * 1024;

export const promptFormat = z.enum(['text', 'csv', 'tsv', 'jsonl', 'json', 'markdown', 'xlsx', 'ods', 'docx', 'zip']);
export type PromptFormat = z.infer<typeof promptFormat>;

/** What a person says of a file instead of having it found out. */
export const promptFileOptions = z
  .object({
    /** A column's or a field's name, or a column's number from 1. */
    column: z.string().min(1).max(200).optional(),
    delimiter: z.string().length(1).optional(),
    encoding: z.string().min(1).max(40).optional(),
    /** Whether a table's first row names its columns. */
    header: z.boolean().optional(),
    /** Of a conversation: its last request, or every one. */
    turns: z.enum(['last', 'every']).optional(),
  })
  .strict();
export type PromptFileOptions = z.infer<typeof promptFileOptions>;

/** Encodings that are offered to choose from. */
export const OFFERED_ENCODINGS = [
  'utf-8',
  'utf-16le',
  'utf-16be',
  'windows-1252',
  'iso-8859-2',
  'iso-8859-15',
  'windows-1250',
  'windows-1251',
  'koi8-r',
  'macintosh',
  'shift_jis',
  'euc-jp',
  'gb18030',
  'big5',
  'euc-kr',
] as const;

/** What was wrong with one line of a file or a pasted text; the line was left out. */
export const badLine = z.object({
  line: z.number().int().min(1),
  fault: z.string(),
  /** Of a ZIP: the file it stands in. */
  file: z.string().optional(),
});
export type BadLine = z.infer<typeof badLine>;

/** The longest beginning of a prompt that a preview shows beside the first ones. */
export const SHOWN_PROMPT_LENGTH = 400;

/** What is to be seen of a file of prompts before anything is done with it. */
export const promptPreview = z.object({
  source: z.string(),
  format: promptFormat,
  /** Null where the file is not one text. */
  encoding: z.string().nullable(),
  delimiter: z.string().nullable(),
  /** The columns or fields there are, and the one that holds the prompts; null where there is nothing to choose from. */
  columns: z.array(z.string()).nullable(),
  column: z.string().nullable(),
  /** Whether the first row names the columns; null where there is no table. */
  header: z.boolean().nullable(),
  /** Whether there are conversations with several requests. */
  conversations: z.boolean(),
  /** What the file was read with. */
  options: promptFileOptions,
  /** Distinct prompts. */
  prompts: count,
  /** Lines that repeat an earlier prompt; counted once. */
  duplicates: count,
  /** The first bad lines, and how many there are in all. */
  badLines: z.array(badLine).max(100),
  badLineCount: count,
  /** The first prompts. */
  preview: z.array(z.string()).max(20),
  /** Sentences for a person about what was left out, or what looks odd. */
  notes: z.array(z.string()),
  /** The most frequent first, of some thousand prompts. `language` is BCP 47, or null for what is too short to tell. */
  languages: z.array(z.object({ language: z.string().nullable(), prompts: count })),
  /** Prompts that are much like an earlier one, and the largest groups of them. */
  nearDuplicates: z.object({ prompts: count, groups: z.array(z.array(z.string())).max(20) }),
  /** Prompts whose words are those of harmful ones, the most harmful first; at most 50 of `count`. */
  harmful: z.object({ count, prompts: z.array(z.object({ text: z.string(), score: z.number().min(0).max(1) })).max(50) }),
});
export type PromptPreview = z.infer<typeof promptPreview>;

/** The most prompts whose gates are asked for at once. */
export const MAX_GATE_PROMPTS = 24;

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
  /**
   * How far the gate of the profile in use opens for prompts, 0…1, in their order; above 0.5 steering would be felt.
   * @throws `busy`, `model-not-loaded`, `profile-missing`
   */
  'prompts.gates': {
    input: z.object({ prompts: z.array(z.string().min(1).max(6000)).min(1).max(MAX_GATE_PROMPTS) }).strict(),
    output: z.object({ gates: z.array(z.number().min(0).max(1)) }),
  },
  'prompts.upload.discard': { input: z.object({ uploadId: id }).strict(), output: z.object({}).strict() },
} as const satisfies Contract['requests'];
