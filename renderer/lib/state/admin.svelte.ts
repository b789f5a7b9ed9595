import type { AdminEvent, AdminState, PolicyState, PolicyValues } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

/** The admin area's tabs in their order. */
export const ADMIN_TABS = [
  { id: 'refusals', label: 'Refusals' },
  { id: 'calibration', label: 'Calibration' },
  { id: 'profiles', label: 'Profiles' },
  { id: 'playground', label: 'Playground' },
  { id: 'evaluation', label: 'Evaluation' },
  { id: 'programs', label: 'Programs' },
  { id: 'policies', label: 'Policies' },
] as const;
export type AdminTab = (typeof ADMIN_TABS)[number]['id'];

/** How often the app is told that somebody is there, at most. */
const TOUCH_EVERY_MS = 10_000;
const EVENTS_SHOWN = 50;

/** The admin area: which tab is shown, and whether this page has unlocked it. */
export class Admin {
  /** The tab that is shown; null while the chat is. */
  tab = $state<AdminTab | null>(null);
  current = $state.raw<AdminState | null>(null);
  problem = $state.raw<Problem | null>(null);
  policies = $state.raw<PolicyState | null>(null);
  policiesProblem = $state.raw<Problem | null>(null);
  /** What was done to the passphrase and the policies, newest first. */
  events = $state.raw<readonly AdminEvent[]>([]);
  readonly #bridge: Bridge;
  #touchedAt = 0;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('admin.changed', (state) => this.take(state));
  }

  /** Whether what is behind the lock may be asked for. */
  get unlocked(): boolean {
    return this.current?.unlocked === true;
  }

  /** Whether the refusal log may be read although the area is locked. */
  get logIsOpen(): boolean {
    return this.current?.policies.logVisibility === 'everyone' && this.current.passphrase !== 'undecided';
  }

  /** Whether a tab's contents may be shown. */
  mayShow(tab: AdminTab): boolean {
    return this.unlocked || (tab === 'refusals' && this.logIsOpen);
  }

  take(state: AdminState): void {
    this.current = state;
    this.problem = null;
    // What was behind the lock does not stay in the page.
    if (!state.unlocked) {
      this.policies = null;
      this.events = [];
    } else if (this.policies !== null) void this.loadPolicies();
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
    // Somebody else may have chosen, or waited long enough.
    void this.refresh();
  }

  /** Goes back to the chat. */
  leave(): void {
    this.tab = null;
  }

  /** The first choice: a passphrase, or none (null). @throws Problem-shaped errors of the app: too short, already chosen. */
  async choose(passphrase: string | null): Promise<void> {
    this.take(await this.#bridge.call('admin.choose', { passphrase }));
  }

  /** @throws Problem-shaped errors of the app: a wrong passphrase, too many of them. The time to wait is in `current` then. */
  async unlock(passphrase: string): Promise<void> {
    try {
      this.take(await this.#bridge.call('admin.unlock', { passphrase }));
    } catch (error) {
      await this.refresh();
      throw error;
    }
  }

  async lock(): Promise<void> {
    this.take(await this.#bridge.call('admin.lock', {}));
  }

  /** Sets, changes or removes (null) the passphrase. @throws Problem-shaped errors of the app. */
  async changePassphrase(current: string | null, next: string | null): Promise<void> {
    this.take(await this.#bridge.call('admin.changePassphrase', { current, next }));
    await this.loadPolicies();
  }

  /** Somebody is there: keeps the area from locking itself. */
  touch(): void {
    const now = Date.now();
    if (!this.unlocked || this.current?.passphrase !== 'set' || now - this.#touchedAt < TOUCH_EVERY_MS) return;
    this.#touchedAt = now;
    void this.#bridge.call('admin.touch', {}).catch(() => undefined);
  }

  /** Reads the policies and what was done to them. A failure is kept in `policiesProblem`. */
  async loadPolicies(): Promise<void> {
    try {
      const [policies, events] = await Promise.all([
        this.#bridge.call('admin.policies', {}),
        this.#bridge.call('admin.events', { limit: EVENTS_SHOWN }),
      ]);
      if (!this.unlocked) return;
      this.policies = policies;
      this.events = events;
      this.policiesProblem = null;
    } catch (error) {
      this.policiesProblem = toProblem(error);
    }
  }

  /** @throws Problem-shaped errors of the app: a policy file sets the value. */
  async setPolicies(patch: Partial<PolicyValues>): Promise<void> {
    this.policies = await this.#bridge.call('admin.setPolicies', patch);
    await this.loadPolicies();
  }

  /** Switches steering off or on again, where the policies allow it. @throws Problem-shaped errors of the app. */
  async switchProtection(on: boolean): Promise<void> {
    await this.#bridge.call('protection.switch', { on });
  }
}
