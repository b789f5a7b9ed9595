/** Protecting the loaded model with one button: how far it is, and how long it would take. */
import type { ProtectState } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';

const NOTHING: ProtectState = { running: null, resumable: false, problem: null };

export class Protect {
  current = $state.raw<ProtectState>(NOTHING);
  /** What it would take here, in seconds, for the model it was measured with; null until that is known. */
  measured = $state.raw<{ modelId: string; seconds: number } | null>(null);
  readonly #bridge: Bridge;
  /** The model that is being measured with. */
  #measuring: string | null = null;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('protect.changed', (state) => this.take(state));
  }

  take(state: ProtectState): void {
    this.current = state;
  }

  /** Reads how things stand. What cannot be read offers nothing. */
  async refresh(): Promise<void> {
    try {
      this.take(await this.#bridge.call('protect.state', {}));
    } catch {
      this.take(NOTHING);
    }
  }

  /** Finds out how long it would take with the loaded model, once. Where that fails, no time is said. */
  async measure(modelId: string): Promise<void> {
    if (this.measured?.modelId === modelId || this.#measuring === modelId) return;
    this.#measuring = modelId;
    try {
      await this.refresh();
      if (this.current.running !== null) return;
      const { seconds } = await this.#bridge.call('protect.estimate', {});
      this.measured = { modelId, seconds };
    } catch {
      // Its absence is seen.
    } finally {
      this.#measuring = null;
    }
  }

  /** @throws Problem-shaped errors of the app: busy, forbidden, no model. */
  async start(): Promise<void> {
    this.take(await this.#bridge.call('protect.start', {}));
  }

  async stop(): Promise<void> {
    this.take(await this.#bridge.call('protect.stop', {}));
  }
}
