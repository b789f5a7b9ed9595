/** What the rest of the app may ask of the documents. Types only. */
import type { AttachedDocument, Passage } from '../../contract/index.ts';

export interface NewDocument extends Omit<AttachedDocument, 'id' | 'length'> {
  text: string;
}

export interface FoundPassage extends Passage {
  documentId: string;
  text: string;
}

export interface DocumentStore {
  /** Keeps a document for a message that is not sent yet. */
  add(document: NewDocument): Promise<AttachedDocument>;
  /** In the order asked. @throws `not-found` */
  get(ids: readonly string[]): Promise<AttachedDocument[]>;
  /** Up to `length` UTF-16 units from `start` on. @throws `not-found` */
  read(id: string, start: number, length: number): Promise<string>;
  /**
   * Passages of some documents that have words of a query, best first; where none has any, the documents' beginnings. Any text is a valid
   * query. Words inside scripts without spaces are not found.
   */
  search(request: { documentIds: readonly string[]; query: string; limit: number }): Promise<FoundPassage[]>;
  /** Removes a document that goes with no message; another one stays. */
  discard(id: string): Promise<void>;
  /** Removes those that go with no message and were added up to a time. */
  sweep(addedUntil: number): Promise<void>;
}
