/** One machine's log, whatever it lies in: checked first, read then. */
import type { ChainFault } from '../contract/index.ts';
import type { ExportRow } from '../store/index.ts';

export interface LogReader {
  /** What the check found. Rows are read also where something is wrong: that is when one wants to see them. */
  readonly faults: readonly ChainFault[];
  /** Rows of every kind. */
  readonly entries: number;
  readonly headSeq: number;
  readonly head: string;
  /** Fingerprint of the key that signs the machine's exports; null where there is none. */
  readonly key: string | null;
  /** The refusals in their order. What `onRow` throws ends it. */
  each(onRow: (row: ExportRow) => void): Promise<void>;
  /** The hash of a row of any kind; null where there is no such row. */
  hashAt(seq: number): Promise<string | null>;
  close(): void;
}

/** What of the texts is read. */
export interface ReadOptions {
  prompts: boolean;
  replies: boolean;
}
