/** Checks a bundle: its signature, its files, every link of the chain in it, and every text against its hash. */
import { createHash, createPublicKey, verify, type Hash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { toErrorShape, type ChainFault } from '../../../../contract/index.ts';
import { canonicalJson, ENTRY_KINDS, entryHash, GENESIS, sha256Hex, textHash, type EntryKind } from '../../chain.ts';
import { entryBody } from '../../entries.ts';
import { fingerprintOf } from './key.ts';
import { Lines, readBundle } from './read.ts';
import { bundleLine, bundleManifest, type BundleLine, type BundleManifest } from './write.ts';

export interface BundleReport {
  ok: boolean;
  /** Rows of every kind, and refusals that are there in full. */
  checked: number;
  refusals: number;
  headSeq: number;
  head: string;
  /** Of the key that signed it; null where it could not be read. */
  fingerprint: string | null;
  createdAt: string | null;
  appVersion: string | null;
  models: { sha256: string; name: string }[];
  profiles: { sha256: string; name: string }[];
  faults: ChainFault[];
}

const MAX_FAULTS = 100;
/** The manifest and what belongs to it are small; more than this is not ours. */
const MAX_SMALL_FILE = 4 * 1024 * 1024;

/**
 * @param fingerprint where given, the key that must have signed it
 * @throws what reading the file throws
 */
export async function verifyBundle(
  path: string,
  options: { fingerprint?: string | undefined; onProgress?: ((done: number, total: number) => void) | undefined } = {},
): Promise<BundleReport> {
  const { size: total } = await stat(path);
  const chain = new BundleChain();
  const small = new Map<string, Buffer[]>();
  const digests = new Map<string, { bytes: number; hash: Hash }>();
  let done = 0;
  try {
    await readBundle(path, (name, size) => {
      const digest = { bytes: size, hash: createHash('sha256') };
      digests.set(name, digest);
      if (name !== 'chain.jsonl' && size <= MAX_SMALL_FILE) small.set(name, []);
      return (data) => {
        digest.hash.update(data);
        if (name === 'chain.jsonl') chain.push(data);
        else small.get(name)?.push(Buffer.from(data));
        done += data.length;
        options.onProgress?.(done, total);
      };
    });
  } catch (error) {
    const { code, message } = toErrorShape(error);
    if (code !== 'bad-input') throw error;
    chain.fault('changed', null, message);
    return report(chain, null);
  }
  const file = (name: string): Buffer => Buffer.concat(small.get(name) ?? []);
  const manifest = readManifest(file('manifest.json'), chain);
  if (manifest === null) return report(chain, null);
  checkSignature(manifest, file('manifest.json'), file('manifest.sig'), file('public-key.pem'), chain);
  for (const { name, bytes, sha256 } of manifest.files) {
    const digest = digests.get(name);
    if (digest?.bytes !== bytes || digest.hash.digest('hex') !== sha256)
      chain.fault('changed', null, `${name} is not the file that was signed.`);
  }
  if (manifest.files.map(({ name }) => name).join() !== 'README.txt,chain.jsonl,public-key.pem')
    chain.fault('changed', null, 'The list of files is not a bundle’s.');
  const { chain: said } = manifest;
  if (said.last !== chain.seq || said.rows !== chain.checked || said.head !== chain.head || said.refusals !== chain.refusals) {
    chain.fault('head', chain.seq, 'The rows do not end where the manifest says.');
  }
  if (options.fingerprint !== undefined && options.fingerprint.toLowerCase() !== manifest.key.fingerprint) {
    chain.fault('changed', null, 'The bundle was signed with another key.');
  }
  return report(chain, manifest);
}

/** The rows of a bundle, one after the other. */
class BundleChain {
  readonly faults: ChainFault[] = [];
  readonly #lines = new Lines((line) => this.#line(line));
  seq = 0;
  checked = 0;
  refusals = 0;
  head = GENESIS;

  push(data: Buffer): void {
    this.#lines.push(data);
  }

  get complete(): boolean {
    return this.#lines.complete;
  }

  fault(kind: ChainFault['kind'], seq: number | null, message: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push({ kind, seq, message });
  }

  #line(text: string): void {
    const at = this.seq + 1;
    let line: BundleLine;
    try {
      line = bundleLine.parse(JSON.parse(text));
    } catch {
      return this.fault('changed', at, `Row ${at} is malformed.`);
    }
    const previous = this.head;
    this.checked++;
    this.seq = line.seq;
    this.head = line.hash;
    if (line.seq !== at) return this.fault('missing', at, `Row ${at} is missing.`);
    const { seq, kind, about, bodyHash } = line;
    if (!ENTRY_KINDS.includes(kind as EntryKind)) return this.fault('changed', seq, `Row ${seq} is of a kind that is not known.`);
    if (entryHash({ seq, kind: kind as EntryKind, about, bodyHash }, previous) !== line.hash) {
      return this.fault('order', seq, `Row ${seq} does not continue the row before it.`);
    }
    this.#content(line);
  }

  #content(line: BundleLine): void {
    const { seq, kind, body: given } = line;
    if (given === undefined) {
      if (Object.keys(line).length > 5) this.fault('added', seq, `Row ${seq} has texts that the log does not know.`);
      return;
    }
    const parsed = entryBody.safeParse(given);
    if (!parsed.success || parsed.data.kind !== kind || sha256Hex(canonicalJson(given)) !== line.bodyHash) {
      return this.fault('changed', seq, `Row ${seq} was changed.`);
    }
    const body = parsed.data;
    const hashes = {
      prompt: body.kind === 'refusal' ? body.promptHash : null,
      reply: body.kind === 'refusal' ? body.replyHash : null,
      heat: body.kind === 'refusal' ? body.heatHash : null,
      note: body.kind === 'review' ? body.noteHash : null,
    };
    for (const name of ['prompt', 'reply', 'heat', 'note'] as const) {
      const [text, salt] = [line[name], line[`${name}Salt`]];
      if (text === undefined && salt === undefined) continue;
      if (text === undefined || salt === undefined || textHash(salt, text) !== hashes[name]) {
        this.fault('text-changed', seq, `The ${name} of row ${seq} was changed.`);
      }
    }
    if (body.kind === 'refusal') this.refusals++;
  }
}

function readManifest(bytes: Buffer, chain: BundleChain): BundleManifest | null {
  try {
    return bundleManifest.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    chain.fault('changed', null, 'The manifest is malformed.');
    return null;
  }
}

function checkSignature({ key }: BundleManifest, manifest: Buffer, signature: Buffer, pem: Buffer, chain: BundleChain): void {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key.publicKey, 'base64'), format: 'der', type: 'spki' });
    const bytes = Buffer.from(signature.toString('latin1'), 'base64');
    const sameKey =
      publicKey.export({ type: 'spki', format: 'pem' }) === pem.toString('latin1') && fingerprintOf(publicKey) === key.fingerprint;
    const sameText = `${bytes.toString('base64')}\n` === signature.toString('latin1');
    if (publicKey.asymmetricKeyType === 'ed25519' && sameKey && sameText && verify(null, manifest, publicKey, bytes)) return;
  } catch {
    // Not a key at all.
  }
  chain.fault('changed', null, 'The signature does not fit the manifest.');
}

function report(chain: BundleChain, manifest: BundleManifest | null): BundleReport {
  if (!chain.complete) chain.fault('changed', chain.seq + 1, 'The last row is cut off.');
  return {
    ok: chain.faults.length === 0,
    checked: chain.checked,
    refusals: chain.refusals,
    headSeq: chain.seq,
    head: chain.head,
    fingerprint: manifest?.key.fingerprint ?? null,
    createdAt: manifest?.createdAt ?? null,
    appVersion: manifest?.app.version ?? null,
    models: manifest?.models ?? [],
    profiles: manifest?.profiles ?? [],
    faults: chain.faults,
  };
}
