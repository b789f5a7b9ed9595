import type { AdminState } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

/** The admin area's tabs in their order. */
export const ADMIN_TABS = [
  { id: 'refusals', label: 'Refusals' },
  { id: 'calibration', label: 'Calibration' },
  { id: 'profiles', label: 'Profiles' },
  { id: 'evaluation', label: 'Evaluation' },
  { id: 'policies', label: 'Policies' },
] as const;
export type AdminTab = (typeof ADMIN_TABS)[number]['id'];

/** The admin area: which tab is shown, and whether this page has unlocked it. */
export class Admin {
  /** The tab that is shown; null while the chat is. */
  tab = $state<AdminTab | null>(null);
  current = $state.raw<AdminState | null>(null);
  problem = $state.raw<Problem | null>(null);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('admin.changed', (state) => this.take(state));
  }

  /** Whether what is behind the lock may be asked for. */
  get unlocked(): boolean {
    return this.current?.unlocked === true;
  }

  take(state: AdminState): void {
    this.current = state;
    this.problem = null;
  }

  /** Asks for the lock's state. A failure is kept in `problem`. */
  async refresh(): Promise<void> {
    try {
      this.take(await this.#bridge.call('admin.state', {}));
    } catch (error) {
      this.problem = toProblem(error);
    }
  }

  open(tab: AdminTab = 'refusals'): void {
    this.tab = tab;
  }

  /** Goes back to the chat. */
  leave(): void {
    this.tab = null;
  }
}
