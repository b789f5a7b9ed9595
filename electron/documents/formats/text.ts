/** Files of text: notes, code, Markdown, tables, JSON, in UTF-8, UTF-16 or Windows-1252. */
import { findEncoding } from '../../prompt-files/encoding.ts';
import { fromBytes } from '../../prompt-files/source.ts';
import { UnreadableDocument } from '../unreadable.ts';

/** Control characters that no text has. Tabs, line ends, form feeds and escapes (of terminals' logs) are none of them. */
const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** @throws UnreadableDocument for what is no text */
export async function decodeText(name: string, bytes: Uint8Array): Promise<string> {
  const { encoding } = await findEncoding(fromBytes(name, bytes));
  const text = new TextDecoder(encoding).decode(bytes);
  if (CONTROL.test(text)) throw new UnreadableDocument('It is no text.');
  return text;
}
