/**
 * Where a model's own profiles lie: `profiles/<model>.safetensors` is the current one, which protection reads;
 * `profiles/history/<model>/` holds every one that was ever there, named by its identity, and the order of their use.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeJson } from '../json-file.ts';
import { profileSha256, readProfile, writeProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { ownProfilePath } from '../protection/locate-profile.ts';

/** One use of a profile; `id` null: the shipped one, or none. `by`: what made it there and then; a name can say anything. */
const applied = z.object({ id: z.string().nullable(), at: z.number(), by: z.literal('correction').optional() });
export type Applied = z.infer<typeof applied>;

const ENDING = '.safetensors';
const MODEL = /^[0-9a-f]{64}$/;

export class ProfileHistory {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  currentPath(modelSha256: string): string {
    return ownProfilePath(this.#dataDir, modelSha256);
  }

  hasCurrent(modelSha256: string): boolean {
    return existsSync(this.currentPath(modelSha256));
  }

  path(modelSha256: string, id: string): string {
    return join(this.#folder(modelSha256), `${id}${ENDING}`);
  }

  /** Models that have a profile of their own, or had one. */
  async models(): Promise<string[]> {
    const [current, kept] = await Promise.all([names(join(this.#dataDir, 'profiles')), names(join(this.#dataDir, 'profiles', 'history'))]);
    const owners = current.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
    return [...new Set([...owners, ...kept])].filter((name) => MODEL.test(name)).sort();
  }

  /** Files kept for a model, current one apart. */
  async files(modelSha256: string): Promise<string[]> {
    const found = await names(this.#folder(modelSha256));
    return found.filter((name) => name.endsWith(ENDING)).map((name) => join(this.#folder(modelSha256), name));
  }

  /** Keeps a profile; one that is there already stays, unless it has been damaged since. Answers its id. */
  async keep(profile: SteeringProfile): Promise<string> {
    const id = profileSha256(profile);
    const path = this.path(profile.model.sha256, id);
    const kept = await readProfile(path).then(profileSha256, () => null);
    if (kept !== id) await writeProfile(path, profile);
    return id;
  }

  /** Makes a profile the current one. What was current before is kept, if it can be read. */
  async makeCurrent(profile: SteeringProfile): Promise<void> {
    await this.keepCurrent(profile.model.sha256);
    await writeProfile(this.currentPath(profile.model.sha256), profile);
  }

  /** Takes the current profile away, so that the shipped one counts again. */
  async removeCurrent(modelSha256: string): Promise<void> {
    await this.keepCurrent(modelSha256);
    await rm(this.currentPath(modelSha256), { force: true });
  }

  /** Keeps a copy of the current profile; answers its id, or null where there is none that can be read. */
  async keepCurrent(modelSha256: string): Promise<string | null> {
    if (!this.hasCurrent(modelSha256)) return null;
    const profile = await readProfile(this.currentPath(modelSha256)).catch(() => null);
    return profile === null ? null : this.keep(profile);
  }

  async delete(modelSha256: string, id: string): Promise<void> {
    await unlink(this.path(modelSha256, id));
    const log = await this.log(modelSha256);
    await this.writeLog(
      modelSha256,
      log.filter((entry) => entry.id !== id),
    );
  }

  /** Which profiles were applied, the current one last. */
  async log(modelSha256: string): Promise<Applied[]> {
    const parsed = z.array(applied).safeParse(await readJson(this.#logPath(modelSha256)));
    return parsed.success ? parsed.data : [];
  }

  async writeLog(modelSha256: string, log: readonly Applied[]): Promise<void> {
    await mkdir(this.#folder(modelSha256), { recursive: true });
    await writeJson(this.#logPath(modelSha256), log);
  }

  #folder(modelSha256: string): string {
    return join(this.#dataDir, 'profiles', 'history', modelSha256);
  }

  #logPath(modelSha256: string): string {
    return join(this.#folder(modelSha256), 'applied.json');
  }
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith('.')).sort();
  } catch {
    return []; // Nothing was kept yet.
  }
}
