/** How documents stand in a prompt: before what the person wrote, each under its name. */
import type { AttachedDocument, DocumentUse } from '../contract/index.ts';

/** Between passages that do not follow each other. */
const GAP = '\n[…]\n';

/** @param read text of a document, from `start` on, `length` UTF-16 units */
export async function documentText(
  reading: readonly DocumentUse[],
  documents: ReadonlyMap<string, AttachedDocument>,
  read: (id: string, start: number, length: number) => Promise<string>,
): Promise<string> {
  const parts: string[] = [];
  for (const { documentId, passages } of reading) {
    const document = documents.get(documentId);
    if (document === undefined) continue;
    if (passages === null) parts.push(framed('Document', document, await read(documentId, 0, document.length)));
    else if (passages.length > 0) {
      let text = '';
      let end = 0;
      for (const { start, length } of passages) {
        text += `${start > end ? GAP : ''}${await read(documentId, start, length)}`;
        end = start + length;
      }
      parts.push(framed('Passages of the document', document, end < document.length ? `${text}${GAP}` : text));
    }
  }
  return parts.join('');
}

const framed = (what: string, { name }: AttachedDocument, text: string) =>
  `${what} “${name.replace(/[\s\p{Cc}]+/gu, ' ')}”:\n\n${text.trim()}\n\nEnd of the document.\n\n`;
