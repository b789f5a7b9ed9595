import type { ChainState } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

/** Whether the refusal log is still as it was written, as the last check said. */
export class RefusalChain {
  current = $state.raw<ChainState | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('refusals.chain', (state) => {
      this.current = state;
    });
  }

  /** Asks what the last check said. A failure is kept in `problem`. */
  refresh(): Promise<void> {
    return this.#ask(() => this.#bridge.call('refusals.chain', {}));
  }

  /** Checks every row anew; progress arrives while it runs. */
  verify(): Promise<void> {
    return this.#ask(() => this.#bridge.call('refusals.verify', {}));
  }

  async #ask(action: () => Promise<ChainState>): Promise<void> {
    try {
      this.current = await action();
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }
}
