/**
 * Signatures in minisign's format (https://jedisct1.github.io/minisign/): Ed25519 over the BLAKE2b-512 of the bytes, with a comment that is
 * signed as well. Node's own BLAKE2b is missing in Electron.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { blake2b } from '@noble/hashes/blake2.js';
import { SteadyError } from '../contract/index.ts';

const ED = 'Ed';
const PREHASHED = 'ED';
const [KEY_ID, PUBLIC, SIGNATURE] = [8, 32, 64];
/** DER around the bare 32 bytes of a key (RFC 8410). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');
/** Longer comments are not ours to keep. */
const MAX_TEXT = 8192;

/** Someone who may sign. */
export interface SecretKey {
  keyId: Buffer;
  privateKey: KeyObject;
}

/** As policies name it: `RW` and 54 more characters. @throws RangeError for anything else */
export function readPublicKey(text: string): { keyId: Buffer; publicKey: KeyObject } {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== 2 + KEY_ID + PUBLIC || bytes.toString('latin1', 0, 2) !== ED)
    throw new RangeError('This is no public key of minisign.');
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI, bytes.subarray(2 + KEY_ID)]), format: 'der', type: 'spki' });
  return { keyId: bytes.subarray(2, 2 + KEY_ID), publicKey };
}

/**
 * Whether `signature`, the text of a `.minisig` file, is one of these bytes by one of the keys.
 * @param keys public keys as policies name them; such as cannot be read are passed over
 * @returns the signed comment, or null where it is not
 */
export function verifySignature(bytes: Uint8Array, signature: string, keys: readonly string[]): string | null {
  const lines = signature.length > MAX_TEXT ? [] : signature.split(/\r?\n/);
  const [first = '', body = '', trusted = '', whole = ''] = lines;
  if (!first.startsWith('untrusted comment:') || !trusted.startsWith('trusted comment: ')) return null;
  const packed = Buffer.from(body, 'base64');
  const global = Buffer.from(whole, 'base64');
  if (packed.length !== 2 + KEY_ID + SIGNATURE || global.length !== SIGNATURE) return null;
  const algorithm = packed.toString('latin1', 0, 2);
  if (algorithm !== ED && algorithm !== PREHASHED) return null;
  const [keyId, mark] = [packed.subarray(2, 2 + KEY_ID), packed.subarray(2 + KEY_ID)];
  const comment = trusted.slice('trusted comment: '.length);
  const signed = algorithm === PREHASHED ? blake2b(bytes) : bytes;
  for (const key of keys) {
    try {
      const known = readPublicKey(key);
      if (!known.keyId.equals(keyId)) continue;
      if (verify(null, signed, known.publicKey, mark) && verify(null, Buffer.concat([mark, Buffer.from(comment)]), known.publicKey, global))
        return comment;
    } catch {
      // No key: it signed nothing.
    }
  }
  return null;
}

/** The text of a `.minisig` file. @param comment one line, signed as well */
export function signBytes(bytes: Uint8Array, { keyId, privateKey }: SecretKey, comment: string): string {
  const line = comment.replace(/\s+/g, ' ').slice(0, 1000);
  const mark = sign(null, blake2b(bytes), privateKey);
  const global = sign(null, Buffer.concat([mark, Buffer.from(line)]), privateKey);
  const packed = Buffer.concat([Buffer.from(PREHASHED, 'latin1'), keyId, mark]);
  return `untrusted comment: signature by Steady\n${packed.toString('base64')}\ntrusted comment: ${line}\n${global.toString('base64')}\n`;
}

/** The bare 32 bytes of the public key that belongs to a private one. */
const pointOf = (privateKey: KeyObject): Buffer =>
  createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(SPKI.length);

/** A new pair of keys: the text of both files, as `minisign -G -W` writes them, and the public one as policies name it. */
export function newKeyPair(): { secret: string; public: string; key: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const keyId = randomBytes(KEY_ID);
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8.length);
  const point = pointOf(privateKey);
  const key = Buffer.concat([Buffer.from(ED, 'latin1'), keyId, point]).toString('base64');
  const secretBytes = Buffer.concat([seed, point]);
  const check = blake2b(Buffer.concat([Buffer.from(ED, 'latin1'), keyId, secretBytes]), { dkLen: 32 });
  // Without a password: no key derivation, no salt, no limits.
  const packed = Buffer.concat([Buffer.from('Ed\0\0B2', 'latin1'), Buffer.alloc(32 + 8 + 8), keyId, secretBytes, check]);
  const name = Buffer.from(keyId).reverse().toString('hex').toUpperCase();
  return {
    secret: `untrusted comment: minisign secret key ${name}\n${packed.toString('base64')}\n`,
    public: `untrusted comment: minisign public key ${name}\n${key}\n`,
    key,
  };
}

/** Reads a secret key's file. @throws SteadyError `bad-input` for one with a password, or none at all */
export function readSecretKey(text: string): SecretKey {
  const packed = Buffer.from(text.split(/\r?\n/)[1] ?? '', 'base64');
  const hint = 'Make one with `steady profiles new-key`, or with `minisign -G -W`.';
  if (packed.length !== 158 || packed.toString('latin1', 0, 2) !== ED)
    throw new SteadyError('bad-input', 'This is no secret key of minisign.', { hint });
  if (packed.readUInt16LE(2) !== 0) {
    throw new SteadyError('bad-input', 'This secret key has a password, which Steady cannot use.', {
      hint: 'Sign the exported file with minisign itself (`minisign -S -m FILE`), and import it with its signature.',
    });
  }
  const [keyId, seed, point] = [packed.subarray(54, 62), packed.subarray(62, 94), packed.subarray(94, 126)];
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  // The checksum says less, and minisign leaves it empty where there is no password.
  if (!pointOf(privateKey).equals(point)) throw new SteadyError('bad-input', 'This secret key is damaged.', { hint });
  return { keyId, privateKey };
}
