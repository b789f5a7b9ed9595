/**
 * Checks the whole refusal log: every link of the chain, every text against its hash, every state that is shown against
 * the rows that made it, and the end of the log against the head that was recorded outside it.
 */
import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import type { ChainFault } from '../../contract/index.ts';
import {
  adminEventHash,
  ENTRY_KINDS,
  entryHash,
  firstVersionHash,
  GENESIS,
  sha256Hex,
  textHash,
  type ChainedEvent,
  type EntryKind,
} from './chain.ts';
import { notFound } from '../errors.ts';
import type { ChainReport, StepProgress } from './interface.ts';
import { entryBody, topOf, type EntryBody, type RefusalBody, type StoredEntry } from './entries.ts';
import type { StoredRow } from './read.ts';
import { createHeadKeeper, hadHeadFile, headPath, readHeadFile } from './head.ts';
import { schemaFaults } from './schema-check.ts';
import { isIndexWhole, rebuildIndex } from './search-index.ts';

/** How long one step may hold the store. */
const STEP_MS = 20;
const BATCH = 50;
const MAX_FAULTS = 100;

interface Texts {
  prompt: string;
  reply: string;
  prompt_salt: string;
  reply_salt: string;
  /** Absent in a copy of an earlier version. */
  heat?: string | null;
  heat_salt?: string | null;
}

/** Ready-made questions, shared by all checks of a database. */
function questions(db: Database) {
  return {
    entries: db.prepare<[number, number], StoredEntry>('SELECT * FROM refusal_log WHERE seq > ? ORDER BY seq LIMIT ?'),
    projection: db.prepare<[number], StoredRow>('SELECT * FROM refusals WHERE seq = ?'),
    texts: db.prepare<[number], Texts>('SELECT * FROM refusal_texts WHERE seq = ?'),
    note: db.prepare<[number], { note: string; salt: string }>('SELECT note, salt FROM refusal_notes WHERE seq = ?'),
    body: db.prepare<[number], { body: string | null; kind: string }>('SELECT body, kind FROM refusal_log WHERE seq = ?'),
    lastOf: db.prepare<[number, string], { seq: number; body: string | null }>(
      'SELECT seq, body FROM refusal_log WHERE about = ? AND kind = ? ORDER BY seq DESC LIMIT 1',
    ),
    strangers: db.prepare<[], { what: string; seq: number }>(
      `SELECT 'refusal' AS what, seq FROM refusals r WHERE NOT EXISTS (SELECT 1 FROM refusal_log l WHERE l.seq = r.seq AND l.kind = 'refusal' AND l.body IS NOT NULL)
       UNION ALL SELECT 'text', seq FROM refusal_texts t WHERE NOT EXISTS (SELECT 1 FROM refusals r WHERE r.seq = t.seq)
       UNION ALL SELECT 'note', seq FROM refusal_notes n WHERE NOT EXISTS (SELECT 1 FROM refusal_log l WHERE l.seq = n.seq AND l.kind IN ('review', 'report') AND l.body IS NOT NULL)
       LIMIT 100`,
    ),
    highest: db.prepare<[], number | null>('SELECT max(seq) FROM refusal_log').pluck(),
    given: db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'refusal_log'").pluck(),
    hashAt: db.prepare<[number], string>('SELECT hash FROM refusal_log WHERE seq = ?').pluck(),
  };
}

/** The JSON of a body, or undefined for one that does not parse. */
function parse(json: string): EntryBody | undefined {
  try {
    const parsed = entryBody.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

class Check {
  readonly #db: Database;
  readonly #ask: ReturnType<typeof questions>;
  readonly #isCopy: boolean;
  readonly #faults: ChainFault[] = [];
  /** Rows without a body, by the refusal they are about: a tombstone must explain each. */
  readonly #blank = new Map<number, number>();
  #checked = 0;
  #seq = 0;
  #head = GENESIS;
  /** `head` is null behind a row that was removed as a whole, and its old hash with it. */
  #firstVersion: { rows: number; head: string | null } = { rows: 0, head: GENESIS };
  #indexStale = false;
  readonly total: number;
  result: ChainReport | null = null;

  constructor(db: Database, ask: ReturnType<typeof questions>, isCopy: boolean) {
    this.#db = db;
    this.#ask = ask;
    this.#isCopy = isCopy;
    this.total = ask.highest.get() ?? 0;
  }

  get checked(): number {
    return this.#checked;
  }

  /** Goes on for `ms` milliseconds. */
  step(ms: number): void {
    // Before the database is looked at: the file is never ahead of it, so what another process adds meanwhile cannot make it seem so.
    const file = readHeadFile(this.#db.name);
    // One view of the database for the rows and for what must fit them: other processes write to it, too.
    this.#db
      .transaction(() => {
        const end = performance.now() + ms;
        while (this.result === null && performance.now() < end) {
          const rows = this.#ask.entries.all(this.#seq, BATCH);
          for (const row of rows) this.#entry(row);
          if (rows.length < BATCH) this.#finish(file);
        }
      })
      .deferred();
    if (this.#indexStale) {
      this.#indexStale = false;
      rebuildIndex(this.#db);
    }
  }

  #fault(kind: ChainFault['kind'], seq: number | null, message: string): void {
    if (this.#faults.length < MAX_FAULTS) this.#faults.push({ kind, seq, message });
  }

  #entry(row: StoredEntry): void {
    const { seq, kind, about, body: json, body_hash: bodyHash, hash } = row;
    if (seq !== this.#seq + 1) this.#fault('missing', this.#seq + 1, `Row ${this.#seq + 1} of the log is missing.`);
    const previous = this.#head;
    this.#seq = seq;
    this.#head = hash;
    this.#checked++;
    if (!ENTRY_KINDS.includes(kind as EntryKind)) return this.#fault('changed', seq, `Row ${seq} is of a kind that is not known.`);
    if (json !== null && sha256Hex(json) !== bodyHash) return this.#fault('changed', seq, `Row ${seq} was changed.`);
    if (entryHash({ seq, kind: kind as EntryKind, about, bodyHash }, previous) !== hash) {
      return this.#fault('order', seq, `Row ${seq} does not continue the row before it.`);
    }
    if (json === null) {
      if (about === null) this.#fault('text-missing', seq, `What row ${seq} says is gone, and no tombstone says why.`);
      else this.#blank.set(about, (this.#blank.get(about) ?? 0) + 1);
      if (kind === 'refusal') this.#firstVersion = { rows: this.#firstVersion.rows + 1, head: null };
      return;
    }
    const body = parse(json);
    if (body === undefined || body.kind !== kind) return this.#fault('changed', seq, `Row ${seq} is malformed.`);
    this.#body(seq, about, body);
  }

  #body(seq: number, about: number | null, body: EntryBody): void {
    switch (body.kind) {
      case 'refusal':
        return this.#refusal(seq, body);
      case 'report':
        if (body.noteHash !== undefined) this.#note(seq, about, body.noteHash, 'report');
        return;
      case 'review':
        return this.#note(seq, about, body.noteHash, 'review');
      case 'tombstone':
        for (const number of body.refusals) {
          if (body.what === 'row') this.#blank.delete(number);
          const left = this.#ask.body.get(number);
          if (body.what === 'row' ? left !== undefined && left.body !== null : this.#ask.texts.get(number) !== undefined) {
            this.#fault('state', number, `Row ${number} should have been removed.`);
          }
        }
        return;
      case 'migration':
        if (body.rows !== body.given || body.rows !== this.#firstVersion.rows || (this.#firstVersion.head ?? body.head) !== body.head) {
          this.#fault('missing', seq, 'Rows were missing when the log was taken over from its first version.');
        }
        return;
      default:
        return;
    }
  }

  /** Whether the tombstone of a refusal comes after row `seq`, so that it should have taken it along. */
  #removedBefore(about: number, seq: number): boolean {
    return (this.#ask.projection.get(about)?.tombstone_seq ?? 0) > seq;
  }

  #refusal(seq: number, body: RefusalBody): void {
    const row = this.#ask.projection.get(seq);
    if (row === undefined) return this.#fault('missing', seq, `Refusal ${seq} cannot be looked up any more.`);
    const { topScore, topGate } = topOf(body.scores);
    const expected: StoredRow = {
      seq,
      created_at: body.createdAt,
      cause: body.cause,
      verdict: body.verdict,
      top_score: topScore,
      top_gate: topGate,
      ...this.#stateOf(seq, row),
      conversation_id: body.conversationId,
      message_id: body.messageId,
      model_sha256: body.modelSha256,
      model_name: body.modelName,
      profile_sha256: body.profileSha256,
      profile_name: body.profileName,
      source: body.source ?? null,
    };
    for (const [column, value] of Object.entries(expected)) {
      // Copies of earlier versions are checked as they are, and knew no source.
      if (column === 'source' && !Object.hasOwn(row, column)) continue;
      if (Object.is(row[column as keyof StoredRow], value) || row[column as keyof StoredRow] === value) continue;
      this.#fault('state', seq, `What is shown of refusal ${seq} (${column}) is not what the log says.`);
      break;
    }
    this.#texts(seq, body, row.tombstone_seq !== null);
    if (body.firstVersion !== undefined) this.#legacy(seq, body, body.firstVersion);
  }

  /** The state of a refusal as the rows about it make it. */
  #stateOf(seq: number, row: StoredRow): Pick<StoredRow, 'review' | 'review_seq' | 'reported_at' | 'benign_at' | 'tombstone_seq'> {
    const last = (kind: string) => {
      const found = this.#ask.lastOf.get(seq, kind);
      return found === undefined ? undefined : { seq: found.seq, body: found.body === null ? undefined : parse(found.body) };
    };
    const review = last('review');
    const report = last('report');
    const benign = last('benign');
    const tombstone = row.tombstone_seq === null ? undefined : this.#ask.body.get(row.tombstone_seq);
    const said = tombstone?.body == null ? undefined : parse(tombstone.body);
    return {
      review: review?.body?.kind === 'review' ? review.body.judgement : null,
      review_seq: review?.seq ?? null,
      reported_at: report?.body?.kind === 'report' && report.body.withdrawn !== true ? report.body.createdAt : null,
      benign_at: benign?.body?.kind === 'benign' && benign.body.action === 'add' ? benign.body.createdAt : null,
      tombstone_seq: said?.kind === 'tombstone' && said.what === 'text' && said.refusals.includes(seq) ? row.tombstone_seq : null,
    };
  }

  #note(seq: number, about: number | null, noteHash: string, of: 'review' | 'report'): void {
    const note = this.#ask.note.get(seq);
    const removed = about !== null && (this.#ask.projection.get(about)?.tombstone_seq ?? null) !== null;
    if (note === undefined && !removed) this.#fault('text-missing', seq, `The note of ${of} ${seq} is gone, and no tombstone says why.`);
    if (note !== undefined && textHash(note.salt, note.note) !== noteHash)
      this.#fault('text-changed', seq, `The note of ${of} ${seq} was changed.`);
    if (note !== undefined && removed && this.#removedBefore(about!, seq))
      this.#fault('state', seq, `The note of ${of} ${seq} should have been removed.`);
  }

  #texts(seq: number, body: RefusalBody, removed: boolean): void {
    const texts = this.#ask.texts.get(seq);
    if (texts === undefined) {
      if (body.text === 'stored' && !removed)
        this.#fault('text-missing', seq, `The text of refusal ${seq} is gone, and no tombstone says why.`);
      return;
    }
    if (body.text === 'hashed') return this.#fault('added', seq, `Refusal ${seq} has a text, though none was kept.`);
    if (textHash(texts.prompt_salt, texts.prompt) !== body.promptHash)
      this.#fault('text-changed', seq, `The prompt of refusal ${seq} was changed.`);
    if (textHash(texts.reply_salt, texts.reply) !== body.replyHash)
      this.#fault('text-changed', seq, `The reply of refusal ${seq} was changed.`);
    const { heat = null, heat_salt: heatSalt = null } = texts;
    const heatHash = heat === null && heatSalt === null ? undefined : textHash(heatSalt ?? '', heat ?? '');
    if (heatHash !== body.heatHash) this.#fault('text-changed', seq, `The scores of refusal ${seq}’s tokens were changed.`);
  }

  /** A row of the first version also fits its own chain, as long as its texts are there. */
  #legacy(seq: number, body: RefusalBody, first: NonNullable<RefusalBody['firstVersion']>): void {
    const { conversationId, messageId, cause, verdict, scores, profileSha256, modelSha256, modelName, createdAt } = body;
    const texts = this.#ask.texts.get(seq);
    if (first.seq !== this.#firstVersion.rows + 1 || first.prevHash !== (this.#firstVersion.head ?? first.prevHash)) {
      this.#fault('order', seq, `Row ${seq} did not continue the row before it when it was taken over.`);
    } else if (texts !== undefined) {
      const { prompt, reply } = texts;
      const identity = { profileSha256, modelSha256, modelName };
      const row = {
        seq: first.seq,
        conversationId,
        messageId,
        prompt,
        reply,
        cause,
        verdict,
        scores,
        ...identity,
        createdAt,
        prevHash: first.prevHash,
      };
      if (firstVersionHash(row) !== first.hash) this.#fault('changed', seq, `Row ${seq} had been changed when it was taken over.`);
    }
    this.#firstVersion = { rows: this.#firstVersion.rows + 1, head: first.hash };
  }

  #finish(file: ReturnType<typeof readHeadFile>): void {
    const given = this.#ask.given.get() ?? 0;
    if (given !== this.#seq) this.#fault('missing', this.#seq + 1, 'Rows at the end of the log are missing.');
    for (const [seq] of this.#blank) this.#fault('text-missing', seq, `What row ${seq} said is gone, and no tombstone says why.`);
    for (const { what, seq } of this.#ask.strangers.all())
      this.#fault('added', seq, `A ${what} (${seq}) was added that the log does not know.`);
    this.#recordedHead(file);
    this.#adminEvents();
    for (const { message } of schemaFaults(this.#db)) this.#fault('trigger', null, message);
    this.#searchIndex();
    const faults = this.#faults;
    this.result = {
      ok: faults.length === 0,
      checked: this.#checked,
      firstBadSeq: faults.reduce<number | null>((first, { seq }) => (seq === null || (first !== null && first <= seq) ? first : seq), null),
      faults,
      headSeq: this.#seq,
      head: this.#head,
    };
  }

  /** Few rows: nobody changes a passphrase by the thousand. */
  #adminEvents(): void {
    // A copy may be of a version that did not chain them yet.
    if (this.#db.prepare("SELECT 1 FROM pragma_table_info('admin_events') WHERE name = 'hash'").get() === undefined) return;
    const events = this.#db.prepare<[], ChainedEvent & { hash: string }>(
      'SELECT seq, at, kind, detail, hash FROM admin_events ORDER BY seq',
    );
    const given = this.#db.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'admin_events'").pluck();
    let last = 0;
    let previous = GENESIS;
    for (const { hash, ...event } of events.all()) {
      if (event.seq !== last + 1) this.#fault('admin', null, `Event ${last + 1} of the admin area is missing.`);
      else if (adminEventHash(event, previous) !== hash) this.#fault('admin', null, `Event ${event.seq} of the admin area was changed.`);
      last = event.seq;
      previous = hash;
    }
    if ((given.get() ?? 0) !== last) this.#fault('admin', null, 'The last events of the admin area are missing.');
  }

  /** What cannot be found would not be missed by who looks for it. */
  #searchIndex(): void {
    if (isIndexWhole(this.#db)) return;
    this.#indexStale = !this.#db.readonly;
    const anew = this.#indexStale ? ' It was made anew.' : '';
    this.#fault('search', null, `The search index does not hold all that the log holds.${anew}`);
  }

  #recordedHead(file: ReturnType<typeof readHeadFile>): void {
    const noted = createHeadKeeper(this.#db).noted();
    const notedFits = this.#seq === 0 ? noted === null : noted !== null && noted.seq === this.#seq && noted.hash === this.#head;
    if (!notedFits) this.#fault('head', null, 'The log does not end where the settings say.');
    const name = headPath(this.#db.name);
    if (file === 'missing') {
      // The head lies beside the app's own database; a copy usually comes without it.
      if (!this.#isCopy && hadHeadFile(this.#db)) this.#fault('head', null, `The recorded head is missing (${name}).`);
    } else if (file === 'damaged') {
      this.#fault('head', null, `The recorded head is damaged (${name}).`);
    } else if (file.seq > 0 && this.#ask.hashAt.get(file.seq) !== file.hash) {
      this.#fault(
        'head',
        file.seq,
        file.seq > this.#seq
          ? 'The log ends before the head that was recorded beside it.'
          : 'The log is another than the one whose head was recorded beside it.',
      );
    }
  }
}

/** @param options `isCopy`: the file is not the app's own, and need not have the recorded head beside it */
export function createRefusalVerifier(db: Database, { isCopy = false }: { isCopy?: boolean } = {}) {
  const ask = questions(db);
  const jobs = new Map<string, Check>();
  const job = (id: string): Check => {
    const found = jobs.get(id);
    if (!found) throw notFound('check');
    return found;
  };

  return {
    verifyChain: async (): Promise<ChainReport> => {
      const check = new Check(db, ask, isCopy);
      for (;;) {
        check.step(STEP_MS);
        if (check.result !== null) return check.result;
        await setImmediate();
      }
    },
    beginVerify: (): string => {
      const id = randomUUID();
      jobs.set(id, new Check(db, ask, isCopy));
      return id;
    },
    stepVerify: (id: string): StepProgress<ChainReport> => {
      const check = job(id);
      check.step(STEP_MS);
      if (check.result !== null) jobs.delete(id);
      return { done: check.checked, total: Math.max(check.total, check.checked), result: check.result };
    },
    endVerify: (id: string): void => void jobs.delete(id),
  };
}
