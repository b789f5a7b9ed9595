import type { Bridge, LinkStatus } from '../bridge/index.ts';

/** Whether the page can reach the app, and what to do when it can again. */
export class Connection {
  status = $state<LinkStatus>('open');
  readonly #bridge: Bridge;

  /** `onReturn` runs after a lost connection is back. */
  constructor(bridge: Bridge, onReturn: () => void) {
    this.#bridge = bridge;
    if (bridge.link === undefined) return;
    this.status = bridge.link.status;
    let wasLost = false;
    bridge.link.subscribe((status) => {
      this.status = status;
      if (status === 'lost') wasLost = true;
      if (status === 'open' && wasLost) {
        wasLost = false;
        onReturn();
      }
    });
  }

  retry(): void {
    this.#bridge.link?.retry();
  }
}
