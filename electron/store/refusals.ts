/** The refusal log: rows are added and read, never changed. */
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { id, layerScore, refusalCause, timestamp, verdict } from '../contract/index.ts';
import { GENESIS, rowHash } from './chain.ts';
import type { ChainReport, RefusalEntry, RefusalRow } from './interface.ts';
import { check } from './rows.ts';

/** Rows checked before other calls get their turn. */
const VERIFY_BATCH = 1000;

/** The database stores UTF-8, so half a surrogate pair must be replaced before the row is hashed, not after. */
const text = z.string().transform((value) => value.toWellFormed());
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const entrySchema = z.object({
  conversationId: id,
  messageId: id,
  prompt: text,
  reply: text,
  cause: refusalCause,
  verdict,
  scores: z.array(layerScore),
  profileSha256: sha256.nullable(),
  modelSha256: sha256,
  modelName: text,
  createdAt: timestamp,
});

type Stored = Omit<RefusalRow, 'scores'> & { scores: string };

const COLUMNS = `seq, conversation_id AS conversationId, message_id AS messageId, prompt, reply, cause, verdict, scores,
  profile_sha256 AS profileSha256, model_sha256 AS modelSha256, model_name AS modelName, created_at AS createdAt,
  prev_hash AS prevHash, hash`;

const toRow = (stored: Stored): RefusalRow => ({ ...stored, scores: JSON.parse(stored.scores) as RefusalRow['scores'] });

export function createRefusals(db: Database) {
  const insert = db.prepare(
    `INSERT INTO refusals (seq, conversation_id, message_id, prompt, reply, cause, verdict, scores, profile_sha256, model_sha256,
       model_name, created_at, prev_hash, hash)
     VALUES (@seq, @conversationId, @messageId, @prompt, @reply, @cause, @verdict, @scores, @profileSha256, @modelSha256,
       @modelName, @createdAt, @prevHash, @hash)`,
  );
  const last = db.prepare<[], { seq: number; hash: string }>('SELECT seq, hash FROM refusals ORDER BY seq DESC LIMIT 1');
  const everGiven = db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'refusals'");
  const page = db.prepare<[number, number], Stored>(`SELECT ${COLUMNS} FROM refusals WHERE seq < ? ORDER BY seq DESC LIMIT ?`);
  const after = db.prepare<[number, number], Stored>(`SELECT ${COLUMNS} FROM refusals WHERE seq > ? ORDER BY seq LIMIT ?`);
  const total = db.prepare<[], number>('SELECT count(*) FROM refusals');

  const given = (): number => everGiven.pluck().get() ?? 0;

  const append = db.transaction((entry: RefusalEntry): RefusalRow => {
    const checked = check(entrySchema, entry, 'refusal');
    // The number comes from what was ever given, not from what is there: cut-off rows stay visible as a gap.
    const unhashed = { ...checked, seq: given() + 1, prevHash: last.get()?.hash ?? GENESIS };
    const row = { ...unhashed, hash: rowHash(unhashed) };
    insert.run({ ...row, scores: JSON.stringify(row.scores) });
    return row;
  });

  /** Whether a row has the right number, names the right hash before it, and hashes to what it says. */
  const fits = (stored: Stored, seq: number, prevHash: string): boolean => {
    try {
      const { hash, ...rest } = toRow(stored);
      return rest.seq === seq && rest.prevHash === prevHash && hash === rowHash(rest);
    } catch {
      return false; // scores that are no JSON any more
    }
  };

  const verifyChain = async (): Promise<ChainReport> => {
    let checked = 0;
    let head = GENESIS;
    for (;;) {
      const rows = after.all(checked, VERIFY_BATCH);
      for (const stored of rows) {
        if (!fits(stored, checked + 1, head)) return { ok: false, checked, firstBadSeq: checked + 1, head: last.get()?.hash ?? GENESIS };
        checked++;
        head = stored.hash;
      }
      if (rows.length < VERIFY_BATCH) break;
      await setImmediate();
    }
    const complete = given() === checked;
    return { ok: complete, checked, firstBadSeq: complete ? null : checked + 1, head };
  };

  return {
    append: (entry: RefusalEntry) => append.immediate(entry),
    list: ({ limit, beforeSeq }: { limit: number; beforeSeq: number | null }): RefusalRow[] =>
      page.all(beforeSeq ?? Number.MAX_SAFE_INTEGER, limit).map(toRow),
    count: (): number => total.pluck().get() ?? 0,
    verifyChain,
  };
}
