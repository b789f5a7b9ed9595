import type { ProtectionState } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';

/** Until the app has spoken, protection counts as not established and nothing may be sent. */
const UNKNOWN: ProtectionState = {
  status: 'pending',
  reason: null,
  message: 'Protection is being checked.',
  chatAllowed: false,
  profile: null,
};

/** Whether replies are protected right now, as the app last reported it. */
export class Protection {
  current = $state.raw<ProtectionState>(UNKNOWN);

  constructor(bridge: Bridge) {
    bridge.on('protection.changed', (state) => this.take(state));
  }

  take(state: ProtectionState): void {
    this.current = state;
  }
}
