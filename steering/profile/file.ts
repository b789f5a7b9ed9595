/** Profiles on disk: read whole, written atomically. */
import { SteeringError } from '../errors.ts';
import { writeFileAtomic } from '../files/write-file-atomic.ts';
import { FileTooLarge, readRegularFile } from '../files/regular-file.ts';
import { decodeProfile, encodeProfile } from './codec.ts';
import { MAX_PROFILE_BYTES, type SteeringProfile } from './schema.ts';

/** Profiles hold no secrets; their folder decides who gets at them. */
const MODE = 0o644;

/**
 * Reads and checks a profile.
 * @throws SteeringError `profile-missing` (no such file), `profile-version`, `profile-damaged` (anything else)
 */
export async function readProfile(path: string): Promise<SteeringProfile> {
  return decodeProfile(await readLimited(path));
}

/**
 * Writes a profile so that `path` holds either what it held before or the whole new profile, even across a power cut.
 * Makes the folder where it is missing.
 * @throws SteeringError `bad-input` for an invalid profile; the file system's own error (ENOSPC, EACCES, …) otherwise
 */
export async function writeProfile(path: string, profile: SteeringProfile): Promise<void> {
  await writeFileAtomic(path, encodeProfile(profile), MODE);
}

async function readLimited(path: string): Promise<Uint8Array> {
  try {
    return await readRegularFile(path, MAX_PROFILE_BYTES);
  } catch (cause) {
    if (cause instanceof FileTooLarge) {
      throw new SteeringError('profile-damaged', `The file at ${path} is too large to be a profile (${cause.bytes} bytes).`, {
        hint: 'Choose a profile file.',
      });
    }
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SteeringError('profile-missing', `There is no profile at ${path}.`, { hint: 'Calibrate this model to make one.', cause });
    }
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): SteeringError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SteeringError('profile-damaged', `The profile at ${path} cannot be read (${reason}).`, {
    hint: 'Check that the file exists and may be read.',
    cause,
  });
}
