/**
 * The profile library: a model's own profiles with their history, and those that ship, which are read-only. Applying one
 * makes it the model's current profile on disk first and in the engine then; where the engine cannot use it, the old one
 * is put back.
 */
import { randomBytes } from 'node:crypto';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  SteadyError,
  toErrorShape,
  type ProfileComparison,
  type ProfileDetails,
  type ProfileEntry,
  type ProfileList,
} from '../contract/index.ts';
import type { EngineSupervisor } from '../engine/supervisor.ts';
import { shippedProfilePath } from '../protection/locate-profile.ts';
import type { ProtectionService } from '../protection/protection-service.ts';
import { CATALOGUE } from '../../models/index.ts';
import { assertProfileFits, encodeProfile, profileSha256, readProfile, type SteeringProfile } from '../../steering/profile/index.ts';
import { compare, detailsOf } from './details.ts';
import { keepSignature, MAX_SIGNATURE_BYTES, readSignature, SIGNATURE_ENDING } from './signatures.ts';
import { signBytes, type SecretKey } from '../signing/minisign.ts';
import { readRegularFile } from '../../steering/files/regular-file.ts';
import { ProfileHistory, type Applied } from './history.ts';

export interface ProfileLibraryOptions {
  dataDir: string;
  engine: EngineSupervisor;
  protection: ProtectionService;
  /** SHA-256 of every model that the app knows: profiles of others are not imported. */
  knownModels(): Promise<string[]>;
  onChange(): void;
}

interface Found {
  entry: ProfileEntry;
  profile: SteeringProfile;
  path: string;
}

export class ProfileLibrary {
  readonly #options: ProfileLibraryOptions;
  readonly #history: ProfileHistory;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ProfileLibraryOptions) {
    this.#options = options;
    this.#history = new ProfileHistory(options.dataDir);
  }

  /** By model, then the newest first; what cannot be read is named. */
  async list(): Promise<ProfileList> {
    const { found, damaged } = await this.#scan();
    return { profiles: found.map(({ entry }) => entry), damaged };
  }

  async show(id: string): Promise<ProfileDetails> {
    const { entry, profile } = await this.#find(id);
    return detailsOf(entry, profile);
  }

  async compare(a: string, b: string): Promise<ProfileComparison> {
    const side = async (id: string) => {
      const { entry, profile } = await this.#find(id);
      return { details: detailsOf(entry, profile), profile };
    };
    return compare(await side(a), await side(b));
  }

  /** Where a profile lies, its own strength, and whether it protects its model now. @throws `not-found` */
  async locate(id: string): Promise<{ path: string; strength: number; current: boolean }> {
    const { entry, path } = await this.#find(id);
    return { path, strength: entry.strength, current: entry.current };
  }

  /** The bytes of a profile's file, and a name for it. */
  async export(id: string): Promise<{ fileName: string; bytes: Uint8Array }> {
    const { entry, path } = await this.#find(id);
    const name = `${entry.modelName}-${entry.name}`.replace(/[^\p{L}\p{N}._-]+/gu, '-').slice(0, 120);
    return { fileName: `${name}.safetensors`, bytes: await readFile(path) };
  }

  /** Adds a profile file without applying it. @throws `profile-damaged`, `profile-version`, `profile-mismatch`, `bad-input` */
  async import(fileName: string, bytes: Uint8Array): Promise<ProfileEntry> {
    const temporary = join(tmpdir(), `steady-import-${randomBytes(8).toString('hex')}.safetensors`);
    await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600 });
    try {
      return await this.importFile(temporary);
    } catch (error) {
      const { code, message, hint } = toErrorShape(error);
      // Whatever the file is: nothing that was there before was touched.
      const kept = 'Nothing was imported, and the profiles that are here stay as they are.';
      throw new SteadyError(code, message.replaceAll(temporary, fileName), { hint: `${hint} ${kept}`.trim(), cause: error });
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async importFile(path: string): Promise<ProfileEntry> {
    const profile = await readProfile(path);
    if (!(await this.#options.knownModels()).includes(profile.model.sha256)) {
      throw new SteadyError('profile-mismatch', `This profile was made for ${profile.model.name}, which is not among your models.`, {
        hint: 'Add that model file first. A profile fits one model file only, to its last byte.',
        details: { profileSha256: profile.model.sha256 },
      });
    }
    this.#requireFit(profile);
    const id = await this.#history.keep(profile);
    await this.#takeSignature(path, profile, id);
    this.#options.onChange();
    return (await this.#find(id)).entry;
  }

  /** Keeps a signature of a profile. */
  async sign(id: string, secret: SecretKey, comment: string): Promise<string> {
    const { profile } = await this.#find(id);
    const signature = signBytes(encodeProfile(profile), secret, comment);
    await keepSignature(this.#options.dataDir, id, signature);
    return signature;
  }

  /** The text of a profile's signature; null where there is none. */
  signature(id: string): Promise<string | null> {
    return readSignature(this.#options.dataDir, id);
  }

  /** The file that protects a model where an admin applied a profile. */
  currentPath(modelSha256: string): string {
    return this.#history.currentPath(modelSha256);
  }

  /** Makes a profile of the library its model's current one. */
  async apply(id: string, by?: Applied['by']): Promise<ProfileEntry> {
    return this.#exclusive(async () => {
      const { entry, profile } = await this.#find(id);
      await this.#makeCurrent(profile, { id: entry.source === 'own' ? id : null, ...(by === undefined ? {} : { by }) });
      return (await this.#find(id)).entry;
    });
  }

  /** Keeps a new profile and makes it its model's current one. */
  async add(profile: SteeringProfile, by?: Applied['by']): Promise<ProfileEntry> {
    return this.apply(await this.#history.keep(profile), by);
  }

  /** Whether this profile protects its model because a correction made it, and not because somebody chose or imported it. */
  async isCorrection(modelSha256: string, id: string): Promise<boolean> {
    const last = (await this.#history.log(modelSha256)).at(-1);
    return last?.id === id && last.by === 'correction';
  }

  /** Goes back to what was applied before. @throws `conflict` where there is nothing to go back to. */
  async rollback(modelSha256: string): Promise<ProfileEntry> {
    return this.#exclusive(async () => {
      const log = await this.#history.log(modelSha256);
      const before = log.slice(0, -1);
      const previous = before.at(-1);
      const { found } = await this.#scan();
      const target = found.find(
        ({ entry }) =>
          entry.modelSha256 === modelSha256 &&
          previous !== undefined &&
          (previous.id === null ? entry.source === 'shipped' : entry.id === previous.id),
      );
      if (target === undefined) {
        throw new SteadyError('conflict', 'There is no earlier profile of this model to go back to.', {
          hint: 'Apply another one from the list.',
        });
      }
      await this.#switch(target.profile, previous!.id);
      await this.#history.writeLog(modelSha256, before);
      this.#options.onChange();
      return (await this.#find(target.entry.id)).entry;
    });
  }

  async delete(id: string): Promise<void> {
    return this.#exclusive(async () => {
      const { entry } = await this.#find(id);
      if (entry.source === 'shipped') throw new SteadyError('conflict', 'Profiles that come with the app cannot be deleted.');
      if (entry.current)
        throw new SteadyError('conflict', 'This profile protects its model now.', { hint: 'Apply another one first, then delete it.' });
      await this.#history.delete(entry.modelSha256, id);
      this.#options.onChange();
    });
  }

  async #makeCurrent(profile: SteeringProfile, use: Omit<Applied, 'at'>): Promise<void> {
    const model = profile.model.sha256;
    const log = await this.#history.log(model);
    // What counted before the library took notes comes first, so that one can go back to it.
    const start = log.length > 0 ? log : [{ id: await this.#history.keepCurrent(model), at: 0 }];
    await this.#switch(profile, use.id);
    const last = start.at(-1);
    await this.#history.writeLog(
      model,
      last?.id === use.id ? [...start.slice(0, -1), { ...last, at: Date.now() }] : [...start, { ...use, at: Date.now() }],
    );
    this.#options.onChange();
  }

  /** Changes the file that protection reads, then the engine; puts the old file back where the engine refuses the new one. */
  async #switch(profile: SteeringProfile, id: string | null): Promise<void> {
    const model = profile.model.sha256;
    this.#requireFit(profile);
    const path = this.#history.currentPath(model);
    const old = this.#history.hasCurrent(model) ? await readFile(path) : null;
    if (id === null) await this.#history.removeCurrent(model);
    else await this.#history.makeCurrent(profile);
    try {
      await this.#applyToEngine(model);
    } catch (error) {
      if (old === null) await rm(path, { force: true });
      else await writeFile(path, old);
      await this.#applyToEngine(model).catch(() => undefined);
      throw error;
    }
  }

  async #applyToEngine(modelSha256: string): Promise<void> {
    const { engine, protection } = this.#options;
    const { model, target } = engine;
    if (model === null || target?.modelSha256 !== modelSha256) return;
    await protection.apply(model, target, { call: (name, input) => engine.call(name, input) });
    // Not whether replies are steered now: a user may have switched that off, and the profile is good all the same.
    const { status, reason, message } = protection.applied;
    if (status === 'off') {
      const code = reason === 'self-test-failed' ? 'profile-ineffective' : reason === 'unsigned' ? 'policy' : 'profile-damaged';
      throw new SteadyError(code, message, {
        hint: 'The profile that was there before counts again.',
      });
    }
  }

  /** @throws `profile-mismatch` where the loaded model shows that it cannot fit */
  #requireFit(profile: SteeringProfile): void {
    const { model, target } = this.#options.engine;
    if (model === null || target?.modelSha256 !== profile.model.sha256) return;
    assertProfileFits(profile, { ...model, modelSha256: target.modelSha256, modelName: target.modelName });
  }

  /** A signature lies beside the file, and counts for its bytes. @throws `bad-input` where this version would write others for the profile */
  async #takeSignature(path: string, profile: SteeringProfile, id: string): Promise<void> {
    const text = await readRegularFile(`${path}${SIGNATURE_ENDING}`, MAX_SIGNATURE_BYTES).catch(() => null);
    if (text === null) return;
    if (!Buffer.from(encodeProfile(profile)).equals(await readFile(path))) {
      throw new SteadyError('bad-input', 'This profile was written by another version of Steady, so that its signature cannot be kept.', {
        hint: 'Export it with this version, and have that file signed.',
      });
    }
    await keepSignature(this.#options.dataDir, id, text.toString('utf8'));
  }

  async #find(id: string): Promise<Found> {
    const { found } = await this.#scan();
    const entry = found.find((candidate) => candidate.entry.id === id);
    if (entry === undefined) {
      throw new SteadyError('not-found', 'There is no such profile.', { hint: 'It may have been deleted. Look at the list again.' });
    }
    return entry;
  }

  async #scan(): Promise<{ found: Found[]; damaged: ProfileList['damaged'] }> {
    const found = new Map<string, Found>();
    const damaged: ProfileList['damaged'] = [];
    const add = async (path: string, source: 'own' | 'shipped', modelSha256: string, current: boolean) => {
      try {
        const profile = await readProfile(path);
        const id = profileSha256(profile);
        const known = found.get(id);
        if (known === undefined) found.set(id, { profile, path, entry: await this.#entry(id, profile, path, { source, current }) });
        else if (current) known.entry.current = true;
      } catch (error) {
        damaged.push({ fileName: basename(path), modelSha256, message: toErrorShape(error).message });
      }
    };
    for (const { sha256 } of CATALOGUE) {
      const path = shippedProfilePath(sha256);
      if (path !== null) await add(path, 'shipped', sha256, !this.#history.hasCurrent(sha256));
    }
    for (const model of await this.#history.models()) {
      for (const path of await this.#history.files(model)) await add(path, 'own', model, false);
      if (this.#history.hasCurrent(model)) await add(this.#history.currentPath(model), 'own', model, true);
    }
    const order = (a: Found, b: Found) =>
      a.entry.modelName.localeCompare(b.entry.modelName, 'en') ||
      (a.entry.modelSha256 < b.entry.modelSha256 ? -1 : a.entry.modelSha256 > b.entry.modelSha256 ? 1 : 0) ||
      b.entry.createdAt - a.entry.createdAt;
    return { found: [...found.values()].sort(order), damaged };
  }

  async #entry(
    id: string,
    profile: SteeringProfile,
    path: string,
    { source, current }: { source: 'own' | 'shipped'; current: boolean },
  ): Promise<ProfileEntry> {
    const model = profile.model.sha256;
    const logged = source === 'shipped' ? null : id;
    const uses = (await this.#history.log(model)).filter((use) => use.id === logged && use.at > 0);
    return {
      id,
      name: profile.name,
      source,
      modelSha256: model,
      modelName: profile.model.name,
      createdAt: Date.parse(profile.createdAt),
      appliedAt: uses.at(-1)?.at ?? null,
      current,
      modelLoaded: this.#options.engine.target?.modelSha256 === model && this.#options.engine.model !== null,
      strength: profile.method.strength,
      layers: profile.layers.map(({ layer }) => layer),
      bytes: (await stat(path)).size,
    };
  }

  #exclusive<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(task);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
