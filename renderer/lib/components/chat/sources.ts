/** Which passages of which documents a message's prompt had. */
import type { AttachedDocument, Message, Passage } from '../../contract.ts';

export interface Source {
  readonly document: AttachedDocument;
  readonly passages: readonly Passage[];
}

/** Of the message `id` of a branch: documents of which not all was read, that came with it or with an earlier message. */
export function sourcesOf(path: readonly Message[], id: string | null): Source[] {
  const at = path.findIndex((message) => message.id === id);
  if (at < 0) return [];
  const known = new Map(
    path.slice(0, at + 1).flatMap(({ documents = [] }) => documents.map((document) => [document.id, document] as const)),
  );
  return (path[at]!.reading ?? []).flatMap(({ documentId, passages }) => {
    const document = known.get(documentId);
    return document === undefined || passages === null ? [] : [{ document, passages }];
  });
}
