/** Where a model's profile lies: the admin's own comes before the one that ships. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryBySha256 } from '../../models/index.ts';

/** Profiles that come with the app, named by catalogue id. */
function shippedDir(): string {
  const source = fileURLToPath(new URL('../../steering/profiles/', import.meta.url));
  const candidates = [process.env['STEADY_PROFILES'] ?? '', source, fileURLToPath(new URL('./profiles/', import.meta.url))];
  return candidates.find((path) => path !== '' && existsSync(path)) ?? source;
}

/** The file an admin's own profile for a model is kept in. */
export function ownProfilePath(dataDir: string, modelSha256: string): string {
  return join(dataDir, 'profiles', `${modelSha256}.safetensors`);
}

/**
 * The profile file to apply to a model; null when there is none. A damaged file is still the one: falling back to
 * another profile in silence would hide the damage.
 */
export function profilePathFor(dataDir: string, modelSha256: string): string | null {
  const own = ownProfilePath(dataDir, modelSha256);
  return existsSync(own) ? own : shippedProfilePath(modelSha256);
}

/** The profile that ships for a model of the catalogue; null when there is none. */
export function shippedProfilePath(modelSha256: string): string | null {
  const entry = entryBySha256(modelSha256);
  if (entry === undefined) return null;
  const shipped = join(shippedDir(), `${entry.id}.safetensors`);
  return existsSync(shipped) ? shipped : null;
}
