/** Hundreds of random single edits each, of a database and of a bundle: every one must be found. */
import { generateKeyPairSync, sign, createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { verifyBundle } from '../../../../electron/store/refusals/export/bundle/verify.ts';
import { fingerprintOf } from '../../../../electron/store/index.ts';
import { createRefusalVerifier } from '../../../../electron/store/refusals/verify.ts';
import { rounds } from '../../../fixtures/rounds.ts';
import { bundleRequest, exportAll, fillLog, openLog, pack, seeded, unpack } from './helpers.ts';

const EDITS = rounds(400);
const cleanups: (() => void)[] = [];
const cleanup = (task: () => void) => cleanups.push(task);
afterAll(() => cleanups.reverse().forEach((task) => task()));

let db: Database;
let folder: string;
let bundle: string;
beforeAll(async () => {
  const opened = await openLog(cleanup);
  ({ db, folder } = opened);
  fillLog(opened.log);
  bundle = join(folder, 'whole.tar');
  exportAll(opened.log, bundleRequest(bundle));
});

function verify() {
  const verifier = createRefusalVerifier(db);
  const job = verifier.beginVerify();
  for (;;) {
    const { result } = verifier.stepVerify(job);
    if (result === null) continue;
    // Without triggers, so that edits can be made at all: they must be found by what they change.
    const faults = result.faults.filter(({ kind }) => kind !== 'trigger');
    return { ...result, faults, ok: faults.length === 0 };
  }
}

/** Another value of the same type, one character or one step away. */
function changed(value: unknown, random: (below: number) => number): string | number {
  if (typeof value === 'number') return value + 1 + random(5);
  if (typeof value !== 'string' || value === '') return random(2) === 0 ? 'x' : 1;
  const at = random(value.length);
  const other = value[at] === 'a' ? 'b' : 'a';
  return value.slice(0, at) + other + value.slice(at + 1);
}

const TABLES = ['refusal_log', 'refusals', 'refusal_texts', 'refusal_notes'];
type Row = Record<string, string | number | null>;

/** One edit of the database file, as SQL that runs; answers what it was, or null for one that the schema does not allow. */
function editDatabase(random: (below: number) => number): string | null {
  const table = TABLES[random(TABLES.length)]!;
  const rows = db.prepare<[], Row>(`SELECT * FROM ${table} ORDER BY seq`).all();
  const row = rows[random(rows.length)]!;
  const columns = Object.keys(row);
  const put = (values: Row) =>
    db.prepare(`INSERT INTO ${table} (${columns.join()}) VALUES (${columns.map((name) => `@${name}`).join()})`).run(values);
  const drop = (seq: unknown) => db.prepare(`DELETE FROM ${table} WHERE seq = ?`).run(seq);
  switch (random(5)) {
    case 0: {
      const column = columns[random(columns.length)]!;
      db.prepare(`UPDATE ${table} SET ${column} = ? WHERE seq = ?`).run(changed(row[column], random), row['seq']);
      return `${table}.${column} of ${row['seq']}`;
    }
    case 1:
      drop(row['seq']);
      return `${table}: ${row['seq']} dropped`;
    case 2: {
      const other = rows[random(rows.length)]!;
      if (other === row) return null;
      drop(row['seq']);
      drop(other['seq']);
      put({ ...row, seq: other['seq']! });
      put({ ...other, seq: row['seq']! });
      return `${table}: ${row['seq']} and ${other['seq']} swapped`;
    }
    case 3:
      put({ ...row, seq: 1000 + random(10) });
      return `${table}: ${row['seq']} inserted again`;
    default:
      return truncate(1 + random(5));
  }
}

/** Cuts the tail off and covers every trace of it that there is in the database. */
function truncate(rows: number): string {
  const last = db.prepare<[], number>('SELECT max(seq) FROM refusal_log').pluck().get()! - rows;
  for (const table of ['refusal_texts', 'refusal_notes', 'refusals', 'refusal_log'])
    db.prepare(`DELETE FROM ${table} WHERE seq > ?`).run(last);
  db.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'refusal_log'").run(last);
  const hash = db.prepare<[number], string>('SELECT hash FROM refusal_log WHERE seq = ?').pluck().get(last);
  db.prepare("UPDATE settings SET value = ? WHERE key = 'refusalLogHead'").run(JSON.stringify({ seq: last, hash }));
  return `${rows} rows cut off the end`;
}

describe('the database', () => {
  test(`${EDITS} random edits are found`, () => {
    expect(verify()).toMatchObject({ ok: true, faults: [] });
    db.pragma('foreign_keys = OFF');
    for (const name of [
      'refusal_log_no_update',
      'refusal_log_no_delete',
      'refusal_log_in_order',
      'refusal_texts_no_update',
      'refusal_texts_no_delete',
    ]) {
      db.exec(`DROP TRIGGER ${name}`);
    }
    const random = seeded(1);
    const missed: string[] = [];
    const kinds = new Map<string, number>();
    for (let done = 0; done < EDITS;) {
      db.exec('BEGIN');
      try {
        const edit = editDatabase(random);
        if (edit === null) continue;
        done++;
        const kind = /cut off|dropped|swapped|inserted/.exec(edit)?.[0] ?? 'changed';
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (verify().ok) missed.push(edit);
      } catch (error) {
        // A NOT NULL or a type that does not fit: SQLite itself refuses it.
        if (!String((error as { code?: string }).code).startsWith('SQLITE_')) throw error;
      } finally {
        db.exec('ROLLBACK');
      }
    }
    expect(missed).toEqual([]);
    expect([...kinds.keys()].sort()).toEqual(['changed', 'cut off', 'dropped', 'inserted', 'swapped']);
    for (const count of kinds.values()) expect(count).toBeGreaterThan(EDITS / 10);
    expect(verify()).toMatchObject({ ok: true });
  }, 300_000);
});

/** One edit of the rows of a bundle. */
function editRows(chain: Buffer, random: (below: number) => number): { edit: string; chain: Buffer } {
  const lines = chain.toString('utf8').split('\n').slice(0, -1);
  const at = random(lines.length);
  const line = lines[at]!;
  switch (random(5)) {
    case 0:
      lines[at] = String(changed(line, random));
      return { edit: `row ${at + 1} changed: ${lines[at]}`, chain: Buffer.from(`${lines.join('\n')}\n`) };
    case 1:
      lines.splice(at, 1);
      return { edit: `row ${at + 1} dropped`, chain: Buffer.from(`${lines.join('\n')}\n`) };
    case 2: {
      const other = (at + 1 + random(lines.length - 1)) % lines.length;
      [lines[at], lines[other]] = [lines[other]!, line];
      return { edit: `rows ${at + 1} and ${other + 1} swapped`, chain: Buffer.from(`${lines.join('\n')}\n`) };
    }
    case 3:
      lines.splice(random(lines.length + 1), 0, line);
      return { edit: `row ${at + 1} inserted again`, chain: Buffer.from(`${lines.join('\n')}\n`) };
    default:
      lines.splice(lines.length - 1 - random(5));
      return { edit: 'tail cut off', chain: Buffer.from(lines.map((text) => `${text}\n`).join('')) };
  }
}

describe('a bundle', () => {
  test('as it was exported is whole', async () => {
    expect(await verifyBundle(bundle)).toMatchObject({ ok: true, refusals: 11, faults: [] });
  });

  test(`${EDITS} random edits are found`, async () => {
    const random = seeded(2);
    const files = unpack(bundle);
    const whole = readFileSync(bundle);
    const path = join(folder, 'edited.tar');
    const missed: string[] = [];
    for (let done = 0; done < EDITS; done++) {
      let edit: string;
      if (random(3) > 0) {
        const edited = editRows(files[1]![1], random);
        ({ edit } = edited);
        pack(
          path,
          files.map(([name, data]) => [name, name === 'chain.jsonl' ? edited.chain : data]),
        );
      } else {
        // Any byte of the file: headers, padding, the manifest, the signature, the key.
        const copy = Buffer.from(whole);
        const at = random(copy.length);
        copy[at] = copy[at]! ^ (1 << random(8));
        edit = `byte ${at}`;
        writeFileSync(path, copy);
      }
      if ((await verifyBundle(path)).ok) missed.push(edit);
    }
    expect(missed).toEqual([]);
  }, 300_000);

  test('edits are found by the chain itself where a forger signs anew with a key of their own', async () => {
    const random = seeded(3);
    const files = unpack(bundle);
    const { fingerprint } = await verifyBundle(bundle);
    const path = join(folder, 'forged.tar');
    const missed: string[] = [];
    for (let done = 0; done < 200; done++) {
      const { edit, chain } = editRows(files[1]![1], random);
      pack(path, forge(files, chain));
      const report = await verifyBundle(path);
      // A shorter log can be a whole one: only the key, or a head noted elsewhere, tells that something is missing.
      if (edit === 'tail cut off' || edit === `row ${files[1]![1].toString().trimEnd().split('\n').length} dropped`) {
        expect(report.fingerprint).not.toBe(fingerprint);
        expect(await verifyBundle(path, { fingerprint: fingerprint! })).toMatchObject({ ok: false });
      } else if (report.ok) missed.push(edit);
    }
    expect(missed).toEqual([]);
  }, 120_000);

  test('cut off, or with something behind it, it is refused', async () => {
    const whole = readFileSync(bundle);
    const path = join(folder, 'cut.tar');
    for (const data of [
      whole.subarray(0, 100),
      whole.subarray(0, -1),
      whole.subarray(0, -1024),
      Buffer.concat([whole, Buffer.alloc(512)]),
      Buffer.alloc(0),
    ]) {
      writeFileSync(path, data);
      expect(await verifyBundle(path)).toMatchObject({ ok: false });
    }
  });
});

const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');

/** The bundle with other rows, and everything that a forger can make fit made to fit. */
function forge(files: readonly [string, Buffer][], chain: Buffer): [string, Buffer][] {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const file = (name: string) => files.find(([other]) => other === name)![1];
  const manifest = JSON.parse(file('manifest.json').toString()) as Record<string, unknown>;
  const lines = chain.toString().split('\n').slice(0, -1);
  const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  const last = safe(lines.at(-1) ?? '{}');
  const refusals = lines.filter((line) => /"kind":"refusal".*"body":/.test(line)).length;
  manifest['chain'] = { first: 1, last: last.seq ?? 0, rows: lines.length, head: last.hash ?? '0'.repeat(64), refusals };
  manifest['files'] = [['README.txt', file('README.txt')] as const, ['chain.jsonl', chain] as const, ['public-key.pem', pem] as const].map(
    ([name, data]) => ({ name, bytes: data.length, sha256: sha256(data) }),
  );
  const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  manifest['key'] = { algorithm: 'Ed25519', publicKey: der, fingerprint: fingerprintOf(publicKey) };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const signature = Buffer.from(`${sign(null, bytes, privateKey).toString('base64')}\n`);
  return [
    ['README.txt', file('README.txt')],
    ['chain.jsonl', chain],
    ['public-key.pem', pem],
    ['manifest.json', bytes],
    ['manifest.sig', signature],
  ];
}

function safe(line: string): { seq?: number; hash?: string } {
  try {
    return JSON.parse(line) as { seq?: number; hash?: string };
  } catch {
    return {};
  }
}
