/**
 * A bundle: the whole chain, with the rows that were asked for in full and only the hashes of the others, and a signed
 * manifest. `electron/store/refusals/export/bundle/verify.ts` checks one.
 */
import { sign } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { z } from 'zod';
import { refusalFilter, type RefusalFilter } from '../../../../contract/index.ts';
import type { RefusalExportRequest } from '../../interface.ts';
import type { StoredEntry, RefusalBody } from '../../entries.ts';
import { whereOf } from '../../filter.ts';
import type { Head } from '../../head.ts';
import { signingKey } from './key.ts';
import type { TarredFile, TarWriter } from './tar.ts';

/** The files of a bundle, in their order. */
export const BUNDLE_FILES = ['README.txt', 'chain.jsonl', 'public-key.pem', 'manifest.json', 'manifest.sig'] as const;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const identity = z.strictObject({ sha256, name: z.string() });
export const bundleManifest = z.strictObject({
  format: z.literal('steady-refusal-bundle'),
  version: z.literal(1),
  createdAt: z.iso.datetime(),
  app: z.strictObject({ name: z.literal('Steady'), version: z.string() }),
  filter: refusalFilter,
  includes: z.strictObject({ prompts: z.boolean(), replies: z.boolean() }),
  /** `rows`: of every kind, from 1 to `last`. `refusals`: those that are there in full. */
  chain: z.strictObject({
    first: z.literal(1),
    last: z.number().int().min(0),
    rows: z.number().int().min(0),
    head: sha256,
    refusals: z.number().int().min(0),
  }),
  models: z.array(identity),
  profiles: z.array(identity),
  /** Of every file before this one. */
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number().int().min(0), sha256 })),
  /** Ed25519; the public key's DER form (SPKI) in base64, and the SHA-256 of that form. */
  key: z.strictObject({ algorithm: z.literal('Ed25519'), publicKey: z.string(), fingerprint: sha256 }),
});
export type BundleManifest = z.infer<typeof bundleManifest>;

const README = `This is an export of Steady's refusal log.

chain.jsonl      one row of the log a line, of every kind, from the first to the last at the time of the export
manifest.json    what was exported, the chain's head, and the SHA-256 of the other files
manifest.sig     the Ed25519 signature of manifest.json, in base64
public-key.pem   the public key that belongs to it

Check it with:   steady refusals verify FILE

A row's hash is the SHA-256 of five lines: its number, the hash of the row before (64 zeros for the first), its kind, the
number of the refusal it is about (empty for none), and its body hash. The body hash is the SHA-256 of the body's canonical
JSON (RFC 8785). promptHash, replyHash, heatHash and noteHash are the SHA-256 of the salt, a line feed and the text. A row
without a body was not asked for, or was removed; it still holds its place.

The signature proves that the holder of the key exported these rows in this order, and that nothing was changed since. It
does not prove who that holder is: compare the key's fingerprint with one that you got another way.
`;

/** A line of chain.jsonl. */
export const bundleLine = z.strictObject({
  seq: z.number().int().min(1),
  kind: z.string(),
  about: z.number().int().nullable(),
  bodyHash: sha256,
  hash: sha256,
  body: z.record(z.string(), z.unknown()).optional(),
  prompt: z.string().optional(),
  promptSalt: sha256.optional(),
  reply: z.string().optional(),
  replySalt: sha256.optional(),
  /** The scores of the prompt's tokens, canonical JSON as it is hashed. */
  heat: z.string().optional(),
  heatSalt: sha256.optional(),
  note: z.string().optional(),
  noteSalt: sha256.optional(),
});
export type BundleLine = z.infer<typeof bundleLine>;

type JoinedEntry = StoredEntry & {
  prompt: string | null;
  reply: string | null;
  prompt_salt: string | null;
  reply_salt: string | null;
  heat: string | null;
  heat_salt: string | null;
  note: string | null;
  note_salt: string | null;
};

/** Says nothing of any refusal, so that it is always there in full. */
const ABOUT_NOBODY = new Set(['tombstone', 'migration', 'head']);

/** Writes a bundle in portions. */
export function createBundle(db: Database, tar: TarWriter, request: RefusalExportRequest, head: Head) {
  const selected = selector(db, request.filter);
  const entries = db.prepare<[number, number, number], JoinedEntry>(
    `SELECT l.*, t.prompt AS prompt, t.reply AS reply, t.prompt_salt AS prompt_salt, t.reply_salt AS reply_salt,
       t.heat AS heat, t.heat_salt AS heat_salt, n.note AS note, n.salt AS note_salt
     FROM refusal_log l LEFT JOIN refusal_texts t ON t.seq = l.seq LEFT JOIN refusal_notes n ON n.seq = l.seq
     WHERE l.seq > ? AND l.seq <= ? ORDER BY l.seq LIMIT ?`,
  );
  const models = new Map<string, string>();
  const profiles = new Map<string, string>();
  const files: TarredFile[] = [tar.add('README.txt', Buffer.from(README))];
  let after = 0;
  let refusals = 0;
  tar.begin('chain.jsonl');

  const line = (entry: JoinedEntry, full: boolean): string => {
    const { seq, kind, about, body_hash: bodyHash, hash } = entry;
    // Written by hand: the stored body is canonical already.
    let text = JSON.stringify({ seq, kind, about, bodyHash, hash }).slice(0, -1);
    if (!full || entry.body === null) return `${text}}\n`;
    text += `,"body":${entry.body}`;
    const add = (name: string, value: string | null) => {
      if (value !== null) text += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
    };
    if (request.includePrompts)
      for (const [name, value] of [
        ['prompt', entry.prompt],
        ['promptSalt', entry.prompt_salt],
        ['heat', entry.heat],
        ['heatSalt', entry.heat_salt],
      ] as const)
        add(name, value);
    if (request.includeReplies)
      for (const [name, value] of [
        ['reply', entry.reply],
        ['replySalt', entry.reply_salt],
      ] as const)
        add(name, value);
    add('note', entry.note);
    add('noteSalt', entry.note_salt);
    if (kind === 'refusal') {
      const { modelSha256, modelName, profileSha256, profileName } = JSON.parse(entry.body) as RefusalBody;
      models.set(modelSha256, modelName);
      if (profileSha256 !== null) profiles.set(profileSha256, profileName ?? '');
      refusals++;
    }
    return `${text}}\n`;
  };

  return {
    /** Writes up to `limit` rows; answers how many. Fewer than `limit`: there are no more. */
    portion: (limit: number): number => {
      const rows = entries.all(after, head.seq, limit);
      const wanted = selected(rows.flatMap(({ about }) => (about === null ? [] : [about])));
      tar.write(
        Buffer.from(rows.map((row) => line(row, ABOUT_NOBODY.has(row.kind) || (row.about !== null && wanted.has(row.about)))).join('')),
      );
      after = rows.at(-1)?.seq ?? after;
      return rows.length;
    },
    /** Ends the bundle; answers the fingerprint of the key that signed it. */
    finish: (): string => {
      const key = signingKey(db.name);
      files.push(tar.end(), tar.add('public-key.pem', Buffer.from(key.publicKey.export({ type: 'spki', format: 'pem' }))));
      const named = (map: ReadonlyMap<string, string>) =>
        [...map].map(([hash, name]) => ({ sha256: hash, name })).sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
      const manifest: BundleManifest = {
        format: 'steady-refusal-bundle',
        version: 1,
        createdAt: new Date().toISOString(),
        app: { name: 'Steady', version: request.appVersion },
        filter: request.filter,
        includes: { prompts: request.includePrompts, replies: request.includeReplies },
        chain: { first: 1, last: head.seq, rows: head.seq, head: head.hash, refusals },
        models: named(models),
        profiles: named(profiles),
        files,
        key: {
          algorithm: 'Ed25519',
          publicKey: key.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
          fingerprint: key.fingerprint,
        },
      };
      const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
      tar.add('manifest.json', bytes);
      tar.add('manifest.sig', Buffer.from(`${sign(null, bytes, key.privateKey).toString('base64')}\n`));
      tar.finish();
      return key.fingerprint;
    },
  };
}

/** Which of some refusals fit a filter. */
function selector(db: Database, filter: RefusalFilter): (seqs: readonly number[]) => ReadonlySet<number> {
  const where = whereOf(filter);
  const fitting = db
    .prepare<[object], number>(
      `SELECT r.seq FROM ${where.from} WHERE ${where.sql} AND ${where.order} BETWEEN @least AND @most
       AND r.seq IN (SELECT value FROM json_each(@seqs))`,
    )
    .pluck();
  return (seqs) => {
    if (seqs.length === 0) return new Set();
    const range = { least: Math.min(...seqs), most: Math.max(...seqs), seqs: JSON.stringify([...new Set(seqs)]) };
    return new Set(fitting.all({ ...where.values, ...range }));
  };
}
