/** Files that are dropped or pasted: read where they are text, named where they are not. */
import { MAX_MESSAGE_LENGTH } from '../contract.ts';

/** Why a file is not taken, for a person. */
export interface Unreadable {
  readonly message: string;
  readonly hint: string;
}

export type ReadFile = { readonly name: string; readonly text: string } | Unreadable;

/** The most bytes that are read of one file: as many as a message can hold at least. */
const MAX_BYTES = MAX_MESSAGE_LENGTH;
const HINT = 'Steady reads text: notes, code, Markdown, CSV, JSON. Copy the text out of it and paste that.';

/** A file's text, if it is one: UTF-8 (or UTF-16 with its mark) without control characters that no text has. */
export async function readTextFile(file: File): Promise<ReadFile> {
  const name = file.name === '' ? 'the file' : file.name;
  if (file.type.startsWith('image/')) return { message: `“${name}” is a picture. The model reads text only.`, hint: '' };
  if (file.size > MAX_BYTES) return { message: `“${name}” is too large to be sent.`, hint: 'Send the part that matters.' };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  let text: string;
  try {
    text = new TextDecoder(utf16, { fatal: true }).decode(bytes);
  } catch {
    return { message: `“${name}” is not a text file.`, hint: HINT };
  }
  if (/[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/.test(text) || text.startsWith('%PDF-')) {
    return { message: `“${name}” is not a text file.`, hint: HINT };
  }
  if (text.trim() === '') return { message: `“${name}” is empty.`, hint: '' };
  return { name, text };
}
