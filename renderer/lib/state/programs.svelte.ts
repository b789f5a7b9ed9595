/** Other programs: whether they are answered, and their keys. */
import type { ApiKey, ApiKeyScope, ApiServing, ApiState } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

export class Programs {
  state = $state.raw<ApiState | null>(null);
  /** Newest first, revoked ones included. */
  keys = $state.raw<readonly ApiKey[]>([]);
  problem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('api.changed', (state) => (this.state = state));
  }

  /** Keys that open. */
  get live(): readonly ApiKey[] {
    return this.keys.filter(({ revokedAt }) => revokedAt === null);
  }

  /** Reads everything anew. A failure is kept in `problem`. */
  async refresh(): Promise<void> {
    try {
      [this.state, this.keys] = await Promise.all([this.#bridge.call('api.state', {}), this.#bridge.call('api.keys', {})]);
      this.problem = null;
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  async serve(serving: ApiServing): Promise<void> {
    this.state = await this.#bridge.call('api.serve', serving);
  }

  /** Makes a key; the answer is the only place where it stands. */
  async create(name: string, scope: Partial<ApiKeyScope>): Promise<string> {
    const { key } = await this.#bridge.call('api.keys.create', { name, scope });
    await this.refresh();
    return key;
  }

  async revoke(name: string): Promise<void> {
    await this.#bridge.call('api.keys.revoke', { name });
    await this.refresh();
  }
}
