import { IDLE_ENGINE, type EngineState } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';

/** What the engine is doing, as the app last reported it. */
export class Engine {
  current = $state.raw<EngineState>(IDLE_ENGINE);
  /** Whether a model is on its way or there: nothing needs the user's hand. */
  readonly working = $derived(this.current.status === 'starting' || this.current.status === 'loading' || this.current.status === 'crashed');
  readonly ready = $derived(this.current.status === 'ready');

  constructor(bridge: Bridge) {
    bridge.on('engine.changed', (state) => this.take(state));
  }

  take(state: EngineState): void {
    this.current = state;
  }
}
