/**
 * Signatures of profiles, beside the library: one file a profile, named by its identity. They are over the bytes that this version writes
 * for it, which are those of a file that it exported.
 */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { verifySignature } from '../signing/minisign.ts';
import { encodeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { readRegularFile } from '../../steering/files/regular-file.ts';
import { writeFileAtomic } from '../../steering/files/write-file-atomic.ts';

export const SIGNATURE_ENDING = '.minisig';
/** A signature is four short lines. */
export const MAX_SIGNATURE_BYTES = 8192;

const folderOf = (dataDir: string) => join(dataDir, 'profiles', 'signatures');
const pathOf = (dataDir: string, id: string) => join(folderOf(dataDir), `${id}${SIGNATURE_ENDING}`);

/** The text of a profile's signature; null where there is none that can be read. */
export async function readSignature(dataDir: string, id: string): Promise<string | null> {
  try {
    return (await readRegularFile(pathOf(dataDir, id), MAX_SIGNATURE_BYTES)).toString('utf8');
  } catch {
    return null;
  }
}

/** Keeps a profile's signature; one that was there goes. */
export async function keepSignature(dataDir: string, id: string, signature: string): Promise<void> {
  await mkdir(folderOf(dataDir), { recursive: true, mode: 0o700 });
  await writeFileAtomic(pathOf(dataDir, id), signature, 0o600);
}

/** Whether one of the keys signed this profile. */
export async function isSigned(dataDir: string, profile: SteeringProfile, keys: readonly string[]): Promise<boolean> {
  const bytes = encodeProfile(profile);
  const signature = await readSignature(dataDir, createHash('sha256').update(bytes).digest('hex'));
  return signature !== null && verifySignature(bytes, signature, keys) !== null;
}
