/** What the rest of the app may ask of the refusal log. Types only; what holds for every call stands in `interface.ts`. */
import type {
  ChainFault,
  ExportFormat,
  HeatedReading,
  Judgement,
  LayerScore,
  LoggedCause,
  Refusal,
  RefusalDay,
  RefusalDetail,
  RefusalFacets,
  RefusalFilter,
  Verdict,
} from '../../contract/index.ts';

/** One refused turn, or one that was steered and answered, as it is logged. */
export interface RefusalEntry {
  conversationId: string;
  /** The reply. */
  messageId: string;
  prompt: string;
  reply: string;
  cause: LoggedCause;
  verdict: Verdict;
  scores: LayerScore[];
  /** What the gate read of the prompt. Its tokens are kept where the text is. */
  reading?: HeatedReading | null;
  profileSha256: string | null;
  profileName?: string | null;
  modelSha256: string;
  modelName: string;
  createdAt: number;
  /** False: only salted hashes of prompt and reply are kept. */
  storeText?: boolean;
  /** The name of the key through which another program asked; null or absent: a person in Steady itself. */
  source?: string | null;
}

/** A row with its place in the chain; see `chain.ts` for what the hashes cover. */
export interface RefusalRow {
  /** Ascending; reviews and tombstones take numbers of the same row of numbers. */
  seq: number;
  conversationId: string;
  messageId: string;
  /** Null when the text is not stored. */
  prompt: string | null;
  reply: string | null;
  cause: LoggedCause;
  verdict: Verdict;
  scores: LayerScore[];
  profileSha256: string | null;
  profileName: string | null;
  modelSha256: string;
  modelName: string;
  createdAt: number;
  /** `hash` of the row before, of whatever kind; 64 zeros in the first. */
  prevHash: string;
  hash: string;
}

export interface ChainReport {
  ok: boolean;
  /** Rows of every kind. */
  checked: number;
  /** The row at which the first fault shows, or null where it belongs to none. */
  firstBadSeq: number | null;
  faults: ChainFault[];
  headSeq: number;
  /** Hash of the last row; 64 zeros when the log is empty. Kept elsewhere, it proves that nothing was cut off. */
  head: string;
}

/** Work that the store does in steps of some ten milliseconds, so that other calls get their turn in between. */
export interface StepProgress<Result> {
  done: number;
  total: number;
  /** Null until the work is done. */
  result: Result | null;
}

export interface RefusalExportRequest {
  format: ExportFormat;
  filter: RefusalFilter;
  includePrompts: boolean;
  includeReplies: boolean;
  /** Absolute. The file appears under this name only once it is complete and on the disk; one that exists is replaced. */
  path: string;
  /** Written into a bundle. */
  appVersion: string;
}

export interface RefusalExportResult {
  rows: number;
  bytes: number;
  bundle: { headSeq: number; head: string; fingerprint: string } | null;
}

export type RemovalReason = 'conversation-deleted' | 'retention' | 'admin';

/** Append-only: the database itself forbids changing and deleting rows. */
export interface RefusalStore {
  /** Adds a row by itself: of a reply to another program, which no message is kept of. */
  append(entry: RefusalEntry): Promise<void>;
  /** Newest first; `before` is the `seq` of the last one seen. */
  page(request: {
    filter: RefusalFilter;
    limit: number;
    before: number | null;
    withTotal?: boolean | undefined;
  }): Promise<{ rows: Refusal[]; total: number | null }>;
  /** @throws `not-found` */
  get(seq: number): Promise<RefusalDetail>;
  facets(): Promise<RefusalFacets>;
  stats(request: { filter: RefusalFilter; utcOffsetMinutes: number }): Promise<RefusalDay[]>;

  /** Puts the row into the benign set or takes it out, as the judgement says. @throws `not-found` */
  review(seq: number, judgement: Judgement, note: string): Promise<Refusal>;
  /** The user's word that a refusal of theirs was wrong, with why; the first one counts. @throws `not-found` when the reply is not in the log. */
  report(messageId: string, note?: string): Promise<{ seq: number; reportedAt: number; first: boolean }>;
  /** Takes it back. @throws `not-found` */
  withdrawReport(messageId: string): Promise<{ seq: number; first: boolean }>;
  /** Replies of a conversation that are reported. */
  reported(conversationId: string): Promise<string[]>;

  /**
   * Puts a refusal into the next calibration's benign set, whatever its judgement says; without one it is judged as wrong.
   * @throws `conflict` without its text, and for a reply that was no refusal
   */
  addBenign(seq: number): Promise<Refusal>;
  removeBenign(seq: number): Promise<Refusal>;
  benignPage(request: { limit: number; before: number | null }): Promise<{ rows: Refusal[]; total: number }>;
  /** Distinct prompts of the benign set, and some of them in a fixed order. */
  benignCount(): Promise<number>;
  benignTexts(offset: number, limit: number): Promise<string[]>;

  /** Removes the text, or all of the rows, of at most 500 refusals with one tombstone; answers which were removed. */
  remove(seqs: readonly number[], what: 'text' | 'row', reason: RemovalReason): Promise<number[]>;
  /** The oldest rows from before a time, at most `limit`. */
  olderThan(time: number, limit: number): Promise<number[]>;

  /** The last row, number 0 for none, and the hashes of some rows of any kind; null where there is no such row. */
  heads(seqs: readonly number[]): Promise<{ last: { seq: number; hash: string }; hashes: (string | null)[] }>;

  /** Checks everything, in steps that the caller asks for. */
  beginVerify(): Promise<string>;
  stepVerify(job: string): Promise<StepProgress<ChainReport>>;
  endVerify(job: string): Promise<void>;
  /**
   * Takes the log as it is for whole where the head recorded outside it does not fit (after a backup was put back), and
   * says so in a row of its own. Triggers and indexes that guard the log are made as they were.
   */
  acceptHead(): Promise<void>;

  beginExport(request: RefusalExportRequest): Promise<string>;
  stepExport(job: string): Promise<StepProgress<RefusalExportResult> & { bytes: number }>;
  /** Gives up what is not finished, leaving no file. */
  endExport(job: string): Promise<void>;
}
