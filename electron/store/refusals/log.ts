/** The refusal log: rows are added and read, never changed. */
import type { Database } from 'better-sqlite3';
import type { Judgement, Refusal, RefusalFacets } from '../../contract/index.ts';
import type { RefusalEntry, RefusalRow, RemovalReason } from './interface.ts';
import { createRefusalExporter } from './export/export-job.ts';
import { createRefusalReader } from './read.ts';
import { createRefusalVerifier } from './verify.ts';
import { createRefusalWriter } from './write.ts';
import { schemaFaults } from './schema-check.ts';

export function createRefusals(db: Database) {
  const writer = createRefusalWriter(db);
  const reader = createRefusalReader(db);
  const verifier = createRefusalVerifier(db);
  const exporter = createRefusalExporter(db);
  writer.head.recordFile();
  /** Counting everything takes a while, and pages ask often. `version` changes when another process writes. */
  let facets: { version: unknown; value: RefusalFacets } | null = null;
  const version = () => db.pragma('data_version', { simple: true });

  /** In a transaction of its own; the head is recorded once it is on the disk. */
  const recorded = <A extends unknown[], R>(action: (...args: A) => R) => {
    const transaction = db.transaction(action);
    return (...args: A): R => {
      const result = transaction.immediate(...args) as R;
      facets = null;
      writer.head.recordFile();
      return result;
    };
  };
  const changed =
    <A extends unknown[]>(action: (seq: number, ...args: A) => void) =>
    (seq: number, ...args: A): Refusal => {
      action(seq, ...args);
      return reader.one(seq);
    };

  const hashAt = db.prepare<[number], string>('SELECT hash FROM refusal_log WHERE seq = ?').pluck();
  const reported = db
    .prepare<[string], string>('SELECT message_id FROM refusals WHERE conversation_id = ? AND reported_at IS NOT NULL')
    .pluck();
  const distinctBenign =
    'SELECT min(r.seq) AS seq, t.prompt AS prompt FROM refusals r JOIN refusal_texts t ON t.seq = r.seq WHERE r.benign_at IS NOT NULL GROUP BY t.prompt';
  const benignCount = db.prepare<[], number>(`SELECT count(*) FROM (${distinctBenign})`).pluck();
  const benignTexts = db.prepare<[number, number], string>(`SELECT prompt FROM (${distinctBenign}) ORDER BY seq LIMIT ? OFFSET ?`).pluck();
  const older = db.prepare<[number, number], number>('SELECT seq FROM refusals WHERE created_at < ? ORDER BY created_at LIMIT ?').pluck();
  const ofConversation = db.prepare<[string], number>('SELECT seq FROM refusals WHERE conversation_id = ? ORDER BY seq').pluck();

  return {
    /** For transactions of other parts of the store; `recordHead` comes after them. */
    within: {
      append: (entry: RefusalEntry): RefusalRow => {
        facets = null;
        return writer.addRefusal(entry);
      },
      /** Removes what a conversation left in the log. */
      removeConversation: (conversationId: string, what: 'text' | 'row'): void => {
        facets = null;
        const seqs = ofConversation.all(conversationId);
        for (let at = 0; at < seqs.length; at += 500) writer.remove(seqs.slice(at, at + 500), what, 'conversation-deleted');
      },
      recordHead: (): void => writer.head.recordFile(),
    },
    methods: {
      append: recorded((entry: RefusalEntry) => void writer.addRefusal(entry)),
      page: reader.page,
      get: reader.get,
      facets: (): RefusalFacets => {
        const now = version();
        if (facets === null || facets.version !== now) facets = { version: now, value: reader.facets() };
        return facets.value;
      },
      stats: reader.stats,
      review: recorded(changed((seq, judgement: Judgement, note: string) => writer.addReview(seq, judgement, note))),
      report: recorded((messageId: string, note?: string) => writer.report(messageId, note)),
      withdrawReport: recorded((messageId: string) => writer.withdraw(messageId)),
      reported: (conversationId: string): string[] => reported.all(conversationId),
      addBenign: recorded(changed((seq) => writer.addBenign(seq))),
      removeBenign: recorded(changed((seq) => writer.removeBenign(seq))),
      benignPage: ({ limit, before }: { limit: number; before: number | null }) => {
        const { rows, total } = reader.page({ filter: { benign: true }, limit, before, withTotal: true });
        return { rows, total: total ?? 0 };
      },
      benignCount: (): number => benignCount.get() ?? 0,
      benignTexts: (offset: number, limit: number): string[] => benignTexts.all(limit, offset),
      remove: recorded((seqs: readonly number[], what: 'text' | 'row', reason: RemovalReason) => writer.remove(seqs, what, reason)),
      olderThan: (time: number, limit: number): number[] => older.all(time, limit),
      heads: (seqs: readonly number[]) => ({ last: writer.head.last(), hashes: seqs.map((seq) => hashAt.get(seq) ?? null) }),
      beginVerify: verifier.beginVerify,
      stepVerify: verifier.stepVerify,
      endVerify: verifier.endVerify,
      acceptHead: (): void => {
        db.transaction(() => {
          for (const { repair } of schemaFaults(db)) db.exec(repair);
          writer.acceptHead();
        }).immediate();
        writer.head.replaceFile();
      },
      ...exporter,
    },
  };
}
