/** The key that signs bundles: made on first use, kept beside the database, readable by its owner alone. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { SteadyError } from '../../../../contract/index.ts';

export const keyPath = (databasePath: string): string => join(dirname(databasePath), 'refusal-log.key');

/** SHA-256 (hex) of the public key's DER form: what people compare. */
export function fingerprintOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex');
}

export interface SigningKey {
  privateKey: KeyObject;
  publicKey: KeyObject;
  fingerprint: string;
}

/** @throws SteadyError `internal` for a key file that is not one. */
export function signingKey(databasePath: string): SigningKey {
  const path = keyPath(databasePath);
  if (!existsSync(path)) make(path);
  try {
    const privateKey = createPrivateKey(readFileSync(path));
    if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error(`a key of type ${privateKey.asymmetricKeyType}`);
    const publicKey = createPublicKey(privateKey);
    return { privateKey, publicKey, fingerprint: fingerprintOf(publicKey) };
  } catch (cause) {
    throw new SteadyError('internal', `The key that signs exports cannot be read (${path}).`, {
      hint: 'Put a backup of it in its place, or move it aside: a new one is made then, with another fingerprint.',
      cause,
    });
  }
}

/** Two processes may do this at once: the link is made once, and both read the same key. */
function make(path: string): void {
  const temporary = `${path}.${process.pid}-${threadId}`;
  try {
    const file = openSync(temporary, 'w', 0o600);
    try {
      writeFileSync(file, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}
