import type { Settings } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { applyAppearance, rememberedAppearance } from './appearance.ts';

/** The user's settings as the app last reported them. */
export class SettingsState {
  current = $state.raw<Settings>({
    ...rememberedAppearance(),
    defaultSystemPrompt: '',
    defaultSampling: null,
    modelId: null,
    allowUnprotectedChat: false,
  });
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('settings.changed', (settings) => this.take(settings));
  }

  take(settings: Settings): void {
    this.current = settings;
    applyAppearance(settings);
  }

  /** Saves some settings; what is shown follows the app's answer. @throws Problem-shaped errors of the app. */
  async update(changes: Partial<Settings>): Promise<void> {
    this.take(await this.#bridge.call('settings.update', changes));
  }
}
