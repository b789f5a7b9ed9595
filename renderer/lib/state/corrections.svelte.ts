import type { CorrectionItem, CorrectionState, WantedOutcome } from '../contract.ts';
import type { Bridge } from '../bridge/index.ts';
import { toProblem, type Problem } from '../problem.ts';

/** A request that may be corrected, and whether it is to be. */
export interface CorrectionChoice extends CorrectionItem {
  readonly chosen: boolean;
}

/** Corrections of single requests: which, what they would do, and what became of them. */
export class Corrections {
  state = $state.raw<CorrectionState | null>(null);
  choices = $state.raw<readonly CorrectionChoice[]>([]);
  problem = $state.raw<Problem | null>(null);
  /** The name of the profile that was applied or gone back to last, while the dialog is open. */
  done = $state<'applied' | 'undone' | null>(null);
  busy = $state(false);
  readonly #bridge: Bridge;

  constructor(bridge: Bridge) {
    this.#bridge = bridge;
    bridge.on('corrections.changed', (state) => (this.state = state));
  }

  readonly chosen = $derived(this.choices.filter(({ chosen }) => chosen));

  /** Reads what reviews suggest. What was typed in here stays. */
  async open(): Promise<void> {
    this.done = null;
    await this.#attempt(async () => {
      const [state, { items }] = await Promise.all([
        this.#bridge.call('corrections.state', {}),
        this.#bridge.call('corrections.suggest', {}),
      ]);
      this.state = state;
      const known = new Map(this.choices.map((choice) => [choice.text, choice]));
      const suggested = items.map(({ text, wanted }) => known.get(text) ?? { text, wanted, chosen: true });
      const texts = new Set(suggested.map(({ text }) => text));
      this.choices = [...this.choices.filter(({ text }) => !texts.has(text)), ...suggested];
    });
  }

  /** Adds a request that somebody typed. One that is there already is chosen, with what is wanted now. */
  add(text: string, wanted: WantedOutcome): void {
    const tidy = text.trim();
    if (tidy === '') return;
    this.choices = [{ text: tidy, wanted, chosen: true }, ...this.choices.filter((choice) => choice.text !== tidy)];
  }

  choose(text: string, chosen: boolean): void {
    this.choices = this.choices.map((choice) => (choice.text === text ? { ...choice, chosen } : choice));
  }

  measure(): Promise<void> {
    this.done = null;
    const items = this.chosen.map(({ text, wanted }) => ({ text, wanted }));
    return this.#attempt(async () => (this.state = await this.#bridge.call('corrections.measure', { items })));
  }

  cancel(): Promise<void> {
    return this.#attempt(async () => (this.state = await this.#bridge.call('corrections.cancel', {})));
  }

  discard(): Promise<void> {
    return this.#attempt(async () => (this.state = await this.#bridge.call('corrections.discard', {})));
  }

  apply(): Promise<void> {
    return this.#attempt(async () => {
      await this.#bridge.call('corrections.apply', {});
      this.state = await this.#bridge.call('corrections.state', {});
      this.done = 'applied';
    });
  }

  undo(): Promise<void> {
    return this.#attempt(async () => {
      await this.#bridge.call('corrections.undo', {});
      this.state = await this.#bridge.call('corrections.state', {});
      this.done = 'undone';
    });
  }

  async #attempt(action: () => Promise<unknown>): Promise<void> {
    this.busy = true;
    this.problem = null;
    try {
      await action();
    } catch (error) {
      this.problem = toProblem(error);
    } finally {
      this.busy = false;
    }
  }
}
