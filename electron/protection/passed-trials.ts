/**
 * Which profiles passed their trial here. What a trial asks depends on nothing but the model, the profile, this version of the app
 * and what computes, so where all of them are the same it need not be asked again. The file is the user's to write: ask only where
 * nobody but the user is to be protected.
 */
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';

const passedTrial = z.strictObject({
  modelSha256: z.string(),
  profileSha256: z.string(),
  /** Of the app, and so of its trial, its engine and its steering. */
  appVersion: z.string(),
  /** What computes: another device has another library, which may do it wrong. */
  device: z.string(),
  deviceName: z.string().nullable(),
  /** How it computes where a person set that, since other numbers come of it; absent where nobody did. */
  computing: z.string().optional(),
});
type PassedTrial = z.infer<typeof passedTrial>;

/** The last ones are kept. */
const MOST = 32;
const passedTrials = z.array(passedTrial).max(MOST);

export class PassedTrials {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'profile-trials.json');
  }

  async includes(trial: PassedTrial): Promise<boolean> {
    const key = keyOf(trial);
    return (await this.#read()).some((passed) => keyOf(passed) === key);
  }

  /** Where it cannot be kept, the trial is made again next time. */
  async add(trial: PassedTrial): Promise<void> {
    const key = keyOf(trial);
    const others = (await this.#read()).filter((passed) => keyOf(passed) !== key);
    await writeJson(this.#path, [...others, trial].slice(-MOST)).catch(() => undefined);
  }

  async #read(): Promise<PassedTrial[]> {
    const parsed = passedTrials.safeParse(await readJson(this.#path));
    return parsed.success ? parsed.data : [];
  }
}

const keyOf = ({ modelSha256, profileSha256, appVersion, device, deviceName, computing = '' }: PassedTrial): string =>
  JSON.stringify([modelSha256, profileSha256, appVersion, device, deviceName, computing]);
