/** The library of protection profiles, as the app last reported it. */
import { MAX_IMPORT_BYTES, type ProfileComparison, type ProfileDetails, type ProfileEntry, type ProfileList } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';
import { formatBytes } from '../util/format.ts';
import { toBase64 } from '../util/base64.ts';

export class Profiles {
  list = $state.raw<ProfileList>({ profiles: [], damaged: [] });
  loaded = $state(false);
  problem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('profiles.changed', () => {
      if (this.loaded) void this.refresh();
    });
  }

  /** Lists the profiles anew. A failure is kept in `problem`. */
  async refresh(): Promise<void> {
    try {
      this.list = await this.#bridge.call('profiles.list', {});
      this.loaded = true;
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  /** Profiles by model, models whose turn it is first: the loaded one, then by name. */
  get byModel(): { modelSha256: string; modelName: string; loaded: boolean; profiles: ProfileEntry[] }[] {
    const groups = new Map<string, ProfileEntry[]>();
    for (const profile of this.list.profiles) groups.set(profile.modelSha256, [...(groups.get(profile.modelSha256) ?? []), profile]);
    return [...groups]
      .map(([modelSha256, profiles]) => ({
        modelSha256,
        modelName: profiles[0]?.modelName ?? '',
        loaded: profiles.some(({ modelLoaded }) => modelLoaded),
        profiles,
      }))
      .sort((a, b) => Number(b.loaded) - Number(a.loaded) || a.modelName.localeCompare(b.modelName));
  }

  async show(id: string): Promise<ProfileDetails> {
    return this.#bridge.call('profiles.show', { id });
  }

  async compare(a: string, b: string): Promise<ProfileComparison> {
    return this.#bridge.call('profiles.compare', { a, b });
  }

  async apply(id: string): Promise<ProfileEntry> {
    const entry = await this.#bridge.call('profiles.apply', { id });
    await this.refresh();
    return entry;
  }

  async rollback(modelSha256: string): Promise<ProfileEntry> {
    const entry = await this.#bridge.call('profiles.rollback', { modelSha256 });
    await this.refresh();
    return entry;
  }

  async delete(id: string): Promise<void> {
    await this.#bridge.call('profiles.delete', { id });
    await this.refresh();
  }

  /** The profile's file, ready to be saved. */
  async export(id: string): Promise<{ fileName: string; bytes: Uint8Array<ArrayBuffer> }> {
    const { fileName, base64 } = await this.#bridge.call('profiles.export', { id });
    return { fileName, bytes: Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) };
  }

  /** @throws Problem-shaped errors: too large, damaged, for an unknown model. */
  async import(file: File): Promise<ProfileEntry> {
    if (file.size > MAX_IMPORT_BYTES) {
      throw {
        code: 'bad-input',
        message: `${file.name} has ${formatBytes(file.size)}; a profile has at most ${formatBytes(MAX_IMPORT_BYTES)}.`,
        hint: 'Choose a profile that was exported from Steady.',
      } satisfies Problem;
    }
    const base64 = toBase64(new Uint8Array(await file.arrayBuffer()));
    const entry = await this.#bridge.call('profiles.import', { fileName: file.name, base64 });
    await this.refresh();
    return entry;
  }
}
