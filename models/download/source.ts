/** What every source of a model file has in common. */
import type { CatalogueEntry } from '../catalogue.ts';
import type { PartFile } from './part.ts';

/** A source could not deliver. The next one is tried; the message is a clause that tells a person why. */
export class SourceFailed extends Error {}

export interface FetchJob {
  readonly entry: CatalogueEntry;
  readonly part: PartFile;
  readonly signal: AbortSignal;
  /** Bytes of the finished file that are there now. */
  readonly onBytes: (bytes: number) => void;
}

/** A source delivered, but not the bytes that were pinned. */
export class WrongBytes extends SourceFailed {}
