/** Passphrases: how they are hashed (scrypt, RFC 7914) and compared. */
import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { MAX_PASSPHRASE_LENGTH, MIN_PASSPHRASE_LENGTH, SteadyError } from '../contract/index.ts';

/** N = 2^17, r = 8, p = 1: 128 MiB and some tenths of a second, what OWASP asks for. Kept with every hash, so they can grow. */
const COST = { ln: 17, r: 8, p: 1 } as const;
/** Limits on what is read from a stored hash, so that a changed file cannot make the app take all memory. */
const MAX_LN = 20;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const FORMAT = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w+/]+)\$([\w+/]+)$/;

function derive(passphrase: string, salt: Buffer, { ln, r, p }: { ln: number; r: number; p: number }): Promise<Buffer> {
  const options: ScryptOptions = { N: 2 ** ln, r, p, maxmem: 128 * 2 ** ln * r + 1024 * 1024 };
  return new Promise((resolve, reject) => {
    // The same text typed on another keyboard or system is the same passphrase.
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** What nobody can type or see: NUL and its like. */
const CONTROL = /\p{Cc}/u;
/** Characters that show nothing by themselves (joiners, marks of direction, halves of pairs): they may stand in a passphrase and do not count. */
const INVISIBLE = /[\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** @throws SteadyError `bad-input` for a passphrase that is too short or too long, or holds control characters. */
export function checkNewPassphrase(passphrase: string): void {
  const normalised = passphrase.normalize('NFKC').trim();
  if (CONTROL.test(normalised)) {
    throw new SteadyError('bad-input', 'A passphrase has no control characters.', { hint: 'Use letters, digits, signs and spaces.' });
  }
  const { length } = [...normalised.replace(INVISIBLE, '')];
  if (length >= MIN_PASSPHRASE_LENGTH && [...normalised].length <= MAX_PASSPHRASE_LENGTH) return;
  throw new SteadyError('bad-input', `A passphrase has at least ${MIN_PASSPHRASE_LENGTH} characters.`, {
    hint: 'A few words that do not belong together are easy to keep in mind and hard to guess.',
  });
}

/** A hash with its salt and cost: `$scrypt$ln=17,r=8,p=1$salt$key`, base64 without padding. */
export async function hashPassphrase(passphrase: string, cost: { ln: number; r: number; p: number } = COST): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(passphrase, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${encode(salt)}$${encode(key)}`;
}

/**
 * Whether a passphrase is the one of a hash; compared in constant time.
 * @throws SteadyError `store-damaged` for a hash that cannot be read: it opens nothing.
 */
export async function verifyPassphrase(passphrase: string, hash: string): Promise<boolean> {
  const [, ln, r, p, salt, key] = FORMAT.exec(hash) ?? [];
  if (salt === undefined || key === undefined || Number(ln) > MAX_LN || Number(ln) < 1) {
    throw new SteadyError('store-damaged', 'The stored passphrase cannot be read.', {
      hint: 'Whoever owns the data folder can set a new one: steady admin reset-passphrase.',
    });
  }
  const expected = Buffer.from(key, 'base64');
  const given = await derive(passphrase, Buffer.from(salt, 'base64'), { ln: Number(ln), r: Number(r), p: Number(p) });
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/** Whether a hash was made with less work than is asked for now. */
export function isWeak(hash: string): boolean {
  const [, ln, r, p] = FORMAT.exec(hash) ?? [];
  return Number(ln) < COST.ln || Number(r) < COST.r || Number(p) < COST.p;
}
