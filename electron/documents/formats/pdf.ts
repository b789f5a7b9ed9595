/** PDF: the text of its pages, as the file has it. Pictures of text (scans) hold none. */
import { getDocumentProxy } from 'unpdf';
import type { TextSink } from '../text-sink.ts';
import { UnreadableDocument } from '../unreadable.ts';

/** A file can claim any number of pages; more are not looked at. */
const MAX_PAGES = 3000;

export async function readPdf(bytes: Uint8Array, sink: TextSink, notes: string[]): Promise<void> {
  const pdf = await open(bytes);
  const pages = Math.min(pdf.numPages, MAX_PAGES);
  if (pdf.numPages > MAX_PAGES) notes.push(`Only the first ${MAX_PAGES.toLocaleString('en')} pages were read.`);
  let broken = 0;
  let inARow = 0;
  for (let number = 1; number <= pages && !sink.isFull; number++) {
    try {
      const page = await pdf.getPage(number);
      const { items } = await page.getTextContent();
      for (const item of items) if ('str' in item) sink.push(item.hasEOL ? `${item.str}\n` : item.str);
      sink.push('\n\n');
      page.cleanup();
      inARow = 0;
    } catch {
      broken++;
      // A page tree that leads nowhere has as many pages as it likes.
      if (++inARow > 50) break;
    }
  }
  if (broken > 0) notes.push(`${broken === 1 ? 'One page' : `${broken} pages`} could not be read.`);
}

async function open(bytes: Uint8Array) {
  try {
    return await getDocumentProxy(bytes, {
      disableFontFace: true,
      useSystemFonts: false,
      enableXfa: false,
      verbosity: 0,
    });
  } catch (cause) {
    const locked = (cause as { name?: string }).name === 'PasswordException';
    throw new UnreadableDocument(locked ? 'It is protected by a password.' : 'It is a damaged PDF.', { cause });
  }
}
