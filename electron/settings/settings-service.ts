/** The settings as they are now, and the one way to change them: whoever needs them asks here, and never keeps a copy. */
import { checkSettings } from '../admin/check-settings.ts';
import type { Policies } from '../admin/policies.ts';
import type { Settings } from '../contract/index.ts';
import type { AppEvents } from '../events.ts';
import type { SettingsStore } from '../store/index.ts';

export interface SettingsServiceOptions {
  store: SettingsStore;
  policies: Policies;
  events: AppEvents;
}

export class SettingsService {
  readonly #options: SettingsServiceOptions;
  #current: Settings;

  private constructor(options: SettingsServiceOptions, current: Settings) {
    this.#options = options;
    this.#current = current;
  }

  static async open(options: SettingsServiceOptions): Promise<SettingsService> {
    return new SettingsService(options, await options.store.get());
  }

  get current(): Settings {
    return this.#current;
  }

  /** Stores what the patch names and tells every page. @throws SteadyError `policy` for what is forbidden; nothing is stored then */
  async update(patch: Partial<Settings>): Promise<Settings> {
    const { store, policies, events } = this.#options;
    checkSettings(patch, policies);
    this.#current = await store.update(patch);
    events.emit('settings.changed', this.#current);
    return this.#current;
  }
}
